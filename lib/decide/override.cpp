#include "decide/override.hpp"

#include "base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace sluice::decide {

namespace {

using model::desired_connector;
using model::override_map;
using model::override_scope;
using model::override_subject;
using model::state_override;

constexpr milliseconds clocks_may_differ = seconds(2);

std::vector<std::string> names_in(const model::desired& desired) {
    std::set<std::string> names;
    for (const auto& c : desired.connectors) names.insert({c.link.pipeline, c.name});
    for (const auto& [link, reason] : desired.unresolved) names.insert(link.pipeline);
    return {names.begin(), names.end()};
}

wall_time end_of(mono_time deadline, moment now) {
    return now.wall + std::chrono::duration_cast<wall_time::duration>(deadline - now.mono);
}

} // namespace

result<named_subject> find_subject(const model::desired& desired, const std::string& name) {
    named_subject found;
    found.subject = {override_scope::pipeline, name};
    for (const auto& c : desired.connectors)
        if (c.link.pipeline == name) found.connectors.push_back(&c);
    const auto is_it = [&](const auto& entry) { return entry.first.pipeline == name; };
    if (!found.connectors.empty() || std::ranges::any_of(desired.unresolved, is_it)) return found;
    if (const auto* connector = model::find_connector(desired, name)) {
        found.subject.scope = override_scope::connector;
        found.connectors.push_back(connector);
        return found;
    }
    const auto meant = nearest(name, names_in(desired));
    return fail(
        errc::not_found,
        "find",
        name,
        fmt::format(
            "no pipeline or connector of the file is called {}{}",
            name,
            meant ? "; did you mean " + *meant + '?' : ""
        )
    );
}

const override_map::value_type*
override_on(const override_map& overrides, const desired_connector& connector) {
    const auto whole = overrides.find({override_scope::pipeline, connector.link.pipeline});
    const auto own = overrides.find({override_scope::connector, connector.name});
    if (own == overrides.end()) return whole == overrides.end() ? nullptr : &*whole;
    const bool whole_counts = whole != overrides.end() && whole->second.state >= own->second.state;
    return whole_counts ? &*whole : &*own;
}

void apply_overrides(const override_map& overrides, model::desired& desired) {
    if (overrides.empty()) return;
    for (auto& connector : desired.connectors) {
        const auto* counts = override_on(overrides, connector);
        if (counts == nullptr || counts->second.state <= connector.state) continue;
        connector.state = counts->second.state;
        connector.state_because = describe(counts->second);
    }
}

passage_of_time let_time_pass(override_map& overrides, moment now) {
    passage_of_time passed;
    for (auto at = overrides.begin(); at != overrides.end();) {
        auto& o = at->second;
        if (o.deadline && now.mono >= *o.deadline) {
            passed.ended.insert(*at);
            at = overrides.erase(at);
            continue;
        }
        if (o.deadline && std::chrono::abs(end_of(*o.deadline, now) - o.ends_at) > clocks_may_differ) {
            o.ends_at = end_of(*o.deadline, now);
            passed.moved = true;
        }
        ++at;
    }
    return passed;
}

void resume_counting(override_map& overrides, moment now) {
    for (auto& [subject, o] : overrides) {
        if (!o.lasts) continue;
        const auto told = std::chrono::duration_cast<milliseconds>(o.ends_at - now.wall);
        const auto left = std::clamp(told, milliseconds(0), *o.lasts);
        o.deadline = now.mono + left;
        o.ends_at = end_of(*o.deadline, now);
    }
}

std::string describe(const state_override& o) {
    auto text = fmt::format("{} by {}", model::to_string(o.state), o.who);
    if (o.lasts) text += " until " + to_iso8601(o.ends_at);
    return o.reason.empty() ? text : fmt::format("{}: {}", text, o.reason);
}

} // namespace sluice::decide
