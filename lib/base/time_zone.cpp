#include "base/time_zone.hpp"

#include "base/nearest.hpp"

#include <fmt/format.h>

#include <date/tz.h>

#include <algorithm>
#include <exception>
#include <vector>

namespace sluice {

namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const date::time_zone& zone_of(const void* zone) {
    return *static_cast<const date::time_zone*>(zone);
}

wall_time to_wall_clock(date::sys_seconds t) {
    return wall_time(t.time_since_epoch());
}

// The library says neither which names it has nor whether it has any but by throwing.
result<const date::time_zone*> locate(std::string_view name) {
    const date::tzdb* zones = nullptr;
    try {
        zones = &date::get_tzdb();
    } catch (const std::exception& e) {
        return fail(
            errc::io,
            "read the time zones",
            "/usr/share/zoneinfo",
            fmt::format("{}; is tzdata installed?", e.what())
        );
    }
    const auto found = std::ranges::find(zones->zones, name, &date::time_zone::name);
    if (found != zones->zones.end()) return &*found;
    std::vector<std::string> names;
    for (const auto& zone : zones->zones) names.push_back(zone.name());
    if (names.empty())
        return fail(errc::io, "read the time zones", "/usr/share/zoneinfo", "there is none; install tzdata");
    const auto meant = nearest(name, names);
    return fail(
        errc::invalid,
        "find the time zone",
        std::string(name),
        meant ? fmt::format("there is none of this name; did you mean {}?", *meant)
              : std::string("there is none of this name")
    );
}

} // namespace

result<time_zone> time_zone::find(std::string_view name) {
    const auto zone = locate(name);
    if (!zone) return std::unexpected(zone.error());
    try {
        (*zone)->get_info(date::sys_seconds{}); // reads its file
    } catch (const std::exception& e) {
        return fail(errc::io, "read the time zone", std::string(name), e.what());
    }
    return time_zone(*zone);
}

local_minutes time_zone::to_local(wall_time t) const {
    const date::sys_seconds second(std::chrono::floor<seconds>(t.time_since_epoch()));
    const auto shown = zone_of(zone_).to_local(second);
    return local_minutes(std::chrono::floor<minutes>(shown.time_since_epoch()));
}

wall_time time_zone::to_wall(local_minutes t, shown_twice which) const {
    const date::local_seconds shown(t.time_since_epoch());
    const auto info = zone_of(zone_).get_info(shown);
    switch (info.result) {
    case date::local_info::nonexistent: return to_wall_clock(info.first.end);
    case date::local_info::ambiguous: {
        const auto& offset = which == shown_twice::first ? info.first.offset : info.second.offset;
        return to_wall_clock(date::sys_seconds(shown.time_since_epoch() - offset));
    }
    default: return to_wall_clock(date::sys_seconds(shown.time_since_epoch() - info.first.offset));
    }
}

} // namespace sluice
