#pragma once
// Which Host header a request may carry. A page of another site can make a browser send requests here under
// its own name (DNS rebinding); such a name is none of these. Pure.

#include <span>
#include <string>
#include <string_view>

namespace sluice::http {

/// True for an IP literal, `localhost`, `*.localhost` and the names in `configured` (lower case), each with
/// or without a port.
bool is_allowed_host(std::string_view header, std::span<const std::string> configured);

} // namespace sluice::http
