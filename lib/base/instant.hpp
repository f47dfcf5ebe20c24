#pragma once
// Instants as people and machines write them: RFC 3339, or how long ago.

#include "base/error.hpp"
#include "base/time.hpp"

#include <string>
#include <string_view>

namespace sluice {

/// UTC to the millisecond: "2026-11-23T18:27:50.123Z".
std::string to_rfc3339(wall_time t);

/// "2026-11-23T18:27:50Z", with up to nine digits of a second, with Z or an offset such as +01:00. Errors:
/// invalid.
result<wall_time> parse_rfc3339(std::string_view text);

/// A duration ("2h": that long before `now`) or an RFC 3339 time. Errors: invalid.
result<wall_time> parse_instant(std::string_view text, wall_time now);

} // namespace sluice
