#pragma once
// Durations and sizes as people write them. Both need a unit: a bare number is refused.

#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// "500ms", "10s", "5m", "1h30m", "7d". Units: ms s m h d, from the largest down, each at most once.
result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "512B", "64KiB", "2GiB", also "2GB" (powers of ten). Units: B kB KB KiB MB MiB GB GiB TB TiB.
result<std::uint64_t> parse_bytes(std::string_view text);

/// The shortest exact form that parse_duration reads back: "1h30m", "250ms", "0s".
std::string format_duration(std::chrono::milliseconds d);

/// For people, at most one decimal: "1.5 GiB", "512 B".
std::string format_bytes(std::uint64_t bytes);

} // namespace sluice
