#include "decide/contested.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace sluice::decide {

namespace {

using model::change;
using model::change_kind;
using model::contest;

constexpr std::size_t often = 3;
constexpr std::chrono::minutes within{10};
constexpr std::chrono::hours quiet{1};
constexpr std::string_view state_key = "its state"; // no key of a config has a blank

using values = std::map<std::string, std::string>; // by key: a hash of what is there, of a secret nothing

bool is_of_state(change_kind kind) {
    return kind == change_kind::resume || kind == change_kind::pause || kind == change_kind::stop;
}

bool puts_back(const change& c) {
    return c.is_drift && (c.kind == change_kind::update_config || is_of_state(c.kind));
}

const model::observed_connector* observed(const inputs& in, const std::string& connector) {
    const auto found = in.observed.connectors.value->find(connector);
    return found == in.observed.connectors.value->end() ? nullptr : &found->second;
}

std::string value_of(const model::observed_connector& found, const std::string& key) {
    const auto value = found.config->find(key);
    return value == found.config->end() ? std::string("none") : sha256_hex(value->second);
}

void add_differences(const inputs& in, const change& c, values& to) {
    const auto* found = observed(in, c.subject);
    if (found == nullptr || !found->config || !found->status) return;
    if (is_of_state(c.kind)) to.emplace(state_key, model::to_string(found->status->state));
    for (const auto& k : c.keys) to.emplace(k.key, k.is_secret ? "a secret" : value_of(*found, k.key));
}

void add(contest& c, wall_time now) {
    c.changes.push_back(now);
    if (c.changes.size() > often) c.changes.erase(c.changes.begin());
}

bool is_often(const contest& c, wall_time now) {
    return c.changes.size() == often && now - c.changes.front() <= within;
}

void follow_difference(contest& c, const std::string& value, wall_time now) {
    const bool changed_again = c.since && !c.last_seen.empty() && c.last_seen != value;
    if (!c.differs || changed_again) add(c, now);
    c.differs = true;
    c.last_seen = value;
    if (!c.since && is_often(c, now)) c.since = now;
    if (!c.since || now - c.changes.back() < quiet) return;
    c.changes.clear();
    c.since.reset();
}

// Nobody but them puts a contested key back.
bool is_over(const contest& c, wall_time now) {
    return c.since || c.changes.empty() || now - c.changes.back() > within;
}

void follow(model::connector_memory& known, const values& differ, wall_time now) {
    for (const auto& [key, value] : differ) follow_difference(known.contests[key], value, now);
    const auto is_as_declared = [&](const std::string& key) { return !differ.contains(key); };
    std::erase_if(known.contests, [&](const auto& entry) {
        return is_as_declared(entry.first) && is_over(entry.second, now);
    });
    for (auto& [key, c] : known.contests) {
        if (!is_as_declared(key)) continue;
        c.differs = false;
        c.last_seen.clear();
    }
}

std::string shown(const change& c, const std::string& key) {
    if (key == state_key) return key;
    const auto k = std::ranges::find(c.keys, key, &model::key_change::key);
    if (k == c.keys.end() || k->is_secret) return key + " (a secret)";
    const auto text = [](const std::optional<std::string>& value) {
        return value ? fmt::format("\"{}\"", *value) : std::string("absent");
    };
    return fmt::format("{} (it is {}, declared {})", key, text(k->before), text(k->after));
}

bool concerns(const change& c, const std::string& key) {
    if (key == state_key) return is_of_state(c.kind);
    return std::ranges::find(c.keys, key, &model::key_change::key) != c.keys.end();
}

std::string sentence(const change& c, const std::map<std::string, contest>& contests) {
    std::vector<std::string> keys;
    std::optional<wall_time> since;
    std::optional<wall_time> last;
    for (const auto& [key, contested] : contests) {
        if (!contested.since || !concerns(c, key)) continue;
        keys.push_back(shown(c, key));
        since = std::min(since.value_or(*contested.since), *contested.since);
        last = std::max(last.value_or(contested.changes.back()), contested.changes.back());
    }
    if (keys.empty()) return {};
    return fmt::format(
        "somebody else changed {} {} times within 10 minutes, last at {}; since {} it is left to them. Find "
        "who writes to {}; it is put back again when the file says something else of it, by `sluice apply`, "
        "or when they have left it alone for an hour",
        fmt::join(keys, " and "),
        often,
        to_iso8601(*last),
        to_iso8601(*since),
        c.subject
    );
}

} // namespace

void hold_contested(const inputs& in, std::vector<change>& changes, model::memory& memory) {
    const bool is_put_back = in.desired.drift == model::drift_policy::correct;
    if (!is_put_back || !in.observed.connectors.fresh()) return;
    std::map<std::string, values> differ; // by connector
    std::set<std::string> asked_anew;
    for (const auto& c : changes) {
        if (puts_back(c))
            add_differences(in, c, differ[c.subject]);
        else if (c.kind == change_kind::update_config || is_of_state(c.kind))
            asked_anew.insert(c.subject);
    }
    for (auto& [name, known] : memory.connectors) {
        if (known.contests.empty() && !differ.contains(name)) continue;
        const auto* found = observed(in, name);
        if (asked_anew.contains(name))
            known.contests.clear();
        else if (found != nullptr && found->config && found->status && !in.changing.contains(name))
            follow(known, differ[name], in.now.wall);
    }
    if (in.desired.by_request) return;
    for (auto& c : changes) {
        const auto known = memory.connectors.find(c.subject);
        if (puts_back(c) && known != memory.connectors.end())
            c.hold(model::obstacle::contest, sentence(c, known->second.contests));
    }
}

void note_put_back(model::connector_memory& connector, change_kind kind) {
    for (auto& [key, c] : connector.contests)
        if (is_of_state(kind) ? key == state_key : kind == change_kind::update_config && key != state_key)
            c.differs = false;
}

} // namespace sluice::decide
