#pragma once
// A secret that is written out in the file.

#include <string_view>

namespace sluice::config {

/// What to add to the warning of it: `$NAME` and `${NAME}`, as shells have it, are not filled in. Shows
/// nothing of the text, for it may be a password after all.
std::string_view hint_on_literal_secret(std::string_view text);

} // namespace sluice::config
