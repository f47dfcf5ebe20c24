#include "control/schedule_records.hpp"

#include "base/json_fields.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace sluice::control {

namespace json = boost::json;

namespace {

using model::roll_phase;

constexpr std::array<std::pair<std::string_view, roll_phase>, 5> phases{{
    {"trying", roll_phase::trying},
    {"watching", roll_phase::watching},
    {"proven", roll_phase::proven},
    {"reverting", roll_phase::reverting},
    {"failed", roll_phase::failed},
}};

std::int64_t milliseconds_of(wall_time t) {
    return std::chrono::duration_cast<milliseconds>(t.time_since_epoch()).count();
}

wall_time from_milliseconds(std::int64_t since_1970) {
    constexpr std::int64_t latest = 9'000'000'000'000; // more does not fit into the clock's nanoseconds
    return wall_time(milliseconds(std::clamp<std::int64_t>(since_1970, 0, latest)));
}

model::contest contest_from(const json::object& object) {
    model::contest c;
    for (const auto& t : array_of(object, "changes_ms"))
        if (t.is_int64()) c.changes.push_back(from_milliseconds(t.as_int64()));
    if (object.contains("since_ms")) c.since = from_milliseconds(number_of(object, "since_ms"));
    c.differs = flag_of(object, "differs");
    return c;
}

} // namespace

json::object to_json(const std::map<std::string, model::contest>& contests) {
    json::object all;
    for (const auto& [key, c] : contests) {
        json::array changes;
        for (const auto t : c.changes) changes.emplace_back(milliseconds_of(t));
        json::object object{{"changes_ms", std::move(changes)}, {"differs", c.differs}};
        if (c.since) object["since_ms"] = milliseconds_of(*c.since);
        all[key] = std::move(object);
    }
    return all;
}

std::map<std::string, model::contest> contests_from(const json::object& all) {
    std::map<std::string, model::contest> contests;
    for (const auto& [key, value] : all) {
        const auto* object = value.if_object();
        if (object == nullptr) continue;
        auto c = contest_from(*object);
        // One that is not put back any more is told since when they last changed it.
        if (!c.since || !c.changes.empty()) contests.emplace(key, std::move(c));
    }
    return contests;
}

json::object to_json(const model::roll& roll) {
    json::object members;
    for (const auto& [name, digest] : roll.members) members[name] = digest;
    const auto phase =
        std::ranges::find(phases, roll.phase, &std::pair<std::string_view, roll_phase>::second);
    return {
        {"phase", phase->first},
        {"members", std::move(members)},
        {"first", roll.first},
        {"since_ms", milliseconds_of(roll.since)},
        {"reason", roll.reason},
    };
}

std::optional<model::roll> roll_from(const json::object& object) {
    const auto word = text_of(object, "phase");
    const auto* const phase =
        std::ranges::find(phases, word, &std::pair<std::string_view, roll_phase>::first);
    if (phase == phases.end()) return std::nullopt;
    model::roll roll;
    roll.phase = phase->second;
    if (const auto* members = object.if_contains("members"); members != nullptr && members->is_object())
        for (const auto& [name, digest] : members->as_object())
            if (digest.is_string()) roll.members.emplace(name, digest.as_string());
    roll.first = text_of(object, "first");
    roll.since = from_milliseconds(number_of(object, "since_ms"));
    roll.reason = text_of(object, "reason");
    return roll;
}

} // namespace sluice::control
