#pragma once
// A long text made small enough to keep, as text again: deflated and in base 64. zlib and OpenSSL underneath.

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {

std::string pack(std::string_view text);

/// Errors: bad_answer where it was not packed so, too_large beyond `most` bytes.
result<std::string> unpack(std::string_view packed, std::size_t most);

} // namespace sluice
