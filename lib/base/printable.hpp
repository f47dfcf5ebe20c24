#pragma once
// Foreign text as it may be shown: what a terminal could take for a command becomes '?'.

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

/// UTF-8 stays as it is, but for control characters.
std::string printable(std::string_view text);

/// At most `count` bytes of it in one line: white space folded, anything that is not ASCII as '?'.
std::string printable_line(std::string_view text, std::size_t count);

} // namespace sluice
