#include "decide/freeze.hpp"

#include "decide/roll.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::weekday;

constexpr days furthest{366};

struct span {
    wall_time begin;
    wall_time end;
};

// Where the clocks show a time twice, the freeze is the longer one.
span between(const time_zone& zone, local_minutes from, local_minutes to) {
    return {zone.to_wall(from, shown_twice::first), zone.to_wall(to, shown_twice::last)};
}

std::optional<wall_time> end_if_in(const span& s, wall_time t) {
    if (t < s.begin || t >= s.end) return std::nullopt;
    return s.end;
}

std::optional<wall_time> end_of(const model::single_freeze& window, const time_zone& zone, wall_time t) {
    return end_if_in(between(zone, window.from, window.to), t);
}

std::optional<wall_time> end_of(const model::daily_freeze& window, const time_zone& zone, wall_time t) {
    const auto today = std::chrono::floor<days>(zone.to_local(t));
    const bool over_midnight = window.to <= window.from;
    std::optional<wall_time> end;
    for (const auto day : {today - days(1), today}) {
        if (!window.days.contains(weekday(day).iso_encoding())) continue;
        const auto to = day + (over_midnight ? days(1) : days(0)) + window.to;
        if (const auto found = end_if_in(between(zone, day + window.from, to), t))
            end = std::max(end.value_or(*found), *found);
    }
    return end;
}

std::optional<wall_time> end_of(const model::freeze_window& window, wall_time t) {
    const auto zone = time_zone::find(window.zone);
    if (!zone) return wall_time::max(); // its rules are not known: better no change than one at a wrong time
    if (window.daily) return end_of(*window.daily, *zone, t);
    return window.once ? end_of(*window.once, *zone, t) : std::nullopt;
}

std::optional<wall_time> end_of_all(const std::vector<model::freeze_window>& windows, wall_time t) {
    std::optional<wall_time> end;
    for (const auto& window : windows)
        if (const auto found = end_of(window, t)) end = std::max(end.value_or(*found), *found);
    return end;
}

bool only_mends(const model::memory& memory, const model::change& c) {
    return c.kind == model::change_kind::restart_failed || way_back(memory, c).has_value();
}

} // namespace

std::optional<wall_time> frozen_until(const std::vector<model::freeze_window>& windows, wall_time now) {
    auto until = end_of_all(windows, now);
    if (!until) return std::nullopt;
    while (*until - now <= furthest) {
        const auto next = end_of_all(windows, *until);
        if (!next) return until;
        until = next;
    }
    return wall_time::max();
}

std::string freeze_sentence(wall_time until) {
    if (until == wall_time::max()) return "changes are frozen as long as the file says so";
    return fmt::format("changes are frozen until {}", to_iso8601(until));
}

void hold_during_freeze(wall_time until, const model::memory& memory, std::vector<model::change>& changes) {
    const auto why =
        freeze_sentence(until) + " (`reconcile.freeze`); what cannot wait: `sluice apply --during-freeze`";
    for (auto& c : changes)
        if (!only_mends(memory, c)) c.hold(model::obstacle::freeze, why);
}

} // namespace sluice::decide
