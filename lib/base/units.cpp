#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace sluice {

namespace {

struct unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<unit, 5> duration_units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}
};

constexpr std::array<unit, 10> byte_units{{
    {"B", 1},
    {"kB", 1'000},
    {"KB", 1'000},
    {"KiB", 1ULL << 10},
    {"MB", 1'000'000},
    {"MiB", 1ULL << 20},
    {"GB", 1'000'000'000},
    {"GiB", 1ULL << 30},
    {"TB", 1'000'000'000'000},
    {"TiB", 1ULL << 40},
}};

constexpr std::uint64_t most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Takes one "number unit" off the front; nullopt-like pair with an empty unit when it is malformed.
std::pair<std::uint64_t, std::string_view> take(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end == text.data()) return {0, {}};
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const auto length = static_cast<std::size_t>(std::ranges::find_if(text, is_digit) - text.begin());
    const auto name = text.substr(0, length);
    text.remove_prefix(length);
    return {number, name};
}

bool would_overflow(std::uint64_t number, std::uint64_t factor, std::uint64_t so_far) {
    return number > (most - so_far) / factor;
}

} // namespace

result<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto malformed = [&] {
        return fail(
            errc::invalid, "read the duration", std::string(text), "write it like 500ms, 10s, 5m or 1h30m"
        );
    };
    if (text.empty()) return malformed();
    std::uint64_t total = 0;
    auto next = duration_units.begin(); // units only from the largest down
    for (auto rest = text; !rest.empty();) {
        const auto [number, name] = take(rest);
        const auto named = [wanted = std::string_view(name)](const unit& u) { return u.name == wanted; };
        const auto found = std::find_if(next, duration_units.end(), named);
        if (found == duration_units.end() || would_overflow(number, found->factor, total)) return malformed();
        total += number * found->factor;
        next = std::next(found);
    }
    return std::chrono::milliseconds(static_cast<std::int64_t>(total));
}

result<std::uint64_t> parse_bytes(std::string_view text) {
    auto rest = text;
    const auto [number, name] = take(rest);
    const auto named = [wanted = std::string_view(name)](const unit& u) { return u.name == wanted; };
    const auto found = std::ranges::find_if(byte_units, named);
    if (found == byte_units.end() || !rest.empty() || would_overflow(number, found->factor, 0))
        return fail(errc::invalid, "read the size", std::string(text), "write it like 512KiB, 64MiB or 2GiB");
    return number * found->factor;
}

std::string format_duration(std::chrono::milliseconds d) {
    auto rest = static_cast<std::uint64_t>(std::max<std::int64_t>(d.count(), 0));
    if (rest == 0) return "0s";
    std::string text;
    for (const auto& u : duration_units) {
        if (const auto n = rest / u.factor; n > 0) text += fmt::format("{}{}", n, u.name);
        rest %= u.factor;
    }
    return text;
}

std::string format_bytes(std::uint64_t bytes) {
    constexpr std::array<std::string_view, 5> names{"B", "KiB", "MiB", "GiB", "TiB"};
    auto value = static_cast<double>(bytes);
    std::size_t i = 0;
    // As it is written, with one decimal: 1023.95 would be written as 1024.0.
    while (std::round(value * 10) >= 10240 && i + 1 < names.size()) {
        value /= 1024;
        ++i;
    }
    const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
    return whole ? fmt::format("{:.0f} {}", value, names[i]) : fmt::format("{:.1f} {}", value, names[i]);
}

} // namespace sluice
