#include "decide/roll.hpp"

#include "base/sensitive.hpp"
#include "decide/acceptance.hpp"
#include "decide/diff.hpp"
#include "decide/heal.hpp"
#include "decide/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using model::change;
using model::change_kind;
using model::connector_state;
using model::desired_connector;
using model::observed_connector;
using model::obstacle;
using model::roll;
using model::roll_phase;

// Debezium alone waits minutes for an old transaction to end when it makes its slot.
constexpr std::chrono::minutes longest_start{5};

std::string kind_of(const desired_connector& c) {
    return c.cluster + ' ' + c.plugin;
}

const observed_connector* find(const inputs& in, const std::string& name) {
    const auto found = in.observed.connectors.value->find(name);
    return found == in.observed.connectors.value->end() ? nullptr : &found->second;
}

/// The updates of the connectors of one kind.
struct group {
    std::vector<change*> updates; // by connector; whatever holds them back
    std::vector<change*> pending; // of those: what may be carried out, to what runs
};

bool runs_or_tries_to(const observed_connector* found) {
    return found != nullptr && found->status && found->status->state != connector_state::paused &&
           found->status->state != connector_state::stopped;
}

// By pointers: nothing may be added to `changes` while they are used.
std::map<std::string, group> groups_of(const inputs& in, std::vector<change>& changes) {
    std::map<std::string, group> groups;
    for (auto& c : changes) {
        if (c.kind != change_kind::update_config) continue;
        const auto* wanted = model::find_connector(in.desired, c.subject);
        if (wanted == nullptr) continue;
        auto& same_kind = groups[kind_of(*wanted)];
        same_kind.updates.push_back(&c);
        const bool may_roll = c.may_run() && !c.is_drift && wanted->state == model::target_state::running;
        if (may_roll && runs_or_tries_to(find(in, c.subject))) same_kind.pending.push_back(&c);
    }
    for (auto& [kind, g] : groups) {
        std::ranges::sort(g.updates, {}, &change::subject);
        std::ranges::sort(g.pending, {}, &change::subject);
    }
    return groups;
}

change* update_of(const group& g, const std::string& connector) {
    const auto found = std::ranges::find(g.updates, connector, &change::subject);
    return found == g.updates.end() ? nullptr : *found;
}

bool is_pending(const group& g, const std::string& connector) {
    return std::ranges::find(g.pending, connector, &change::subject) != g.pending.end();
}

// --- the first --------------------------------------------------------------------------------------------

// As it was before: the new config may ask for another number of tasks.
bool ran(const observed_connector& found) {
    if (!found.status || found.status->state != connector_state::running) return false;
    const auto runs = [](const model::observed_task& t) { return t.state == connector_state::running; };
    return !found.status->tasks.empty() && std::ranges::all_of(found.status->tasks, runs);
}

bool is_changed(const std::vector<model::key_change>& keys, const std::string& key) {
    return std::ranges::find(keys, key, &model::key_change::key) != keys.end();
}

/// The config that a connector has, as it can be written again; none where Connect shows a secret masked that
/// is not the one of the file.
std::optional<model::config_map> config_now(
    const desired_connector& wanted,
    const observed_connector& found,
    const std::vector<model::key_change>& changed
) {
    model::config_map config;
    for (const auto& [key, value] : *found.config) {
        if (key == "name" || key == model::secrets_key) continue;
        if (!is_masked(value)) {
            if (model::must_be_hidden(key, value))
                config.emplace(key, secret(value));
            else
                config.emplace(key, value);
            continue;
        }
        const auto same = wanted.config.find(key);
        if (same == wanted.config.end() || is_changed(changed, key)) return std::nullopt;
        config.emplace(key, same->second);
    }
    return config;
}

void note_previous(const inputs& in, const change& update, roll& r) {
    const auto* wanted = model::find_connector(in.desired, update.subject);
    const auto* found = find(in, update.subject);
    r.previous.reset();
    if (found->config && ran(*found)) r.previous = config_now(*wanted, *found, update.keys);
}

// One that runs, so that a failure tells something, and so that there is a way back.
const change& choose_first(const inputs& in, const std::vector<change*>& pending) {
    const auto runs = [&](const change* c) { return ran(*find(in, c->subject)); };
    const auto healthy = std::ranges::find_if(pending, runs);
    return **(healthy == pending.end() ? pending.begin() : healthy);
}

// --- phases -----------------------------------------------------------------------------------------------

void enter(roll& r, roll_phase phase, moment now) {
    r.phase = phase;
    r.since = now.wall;
}

void begin(const inputs& in, const group& g, roll& r) {
    enter(r, roll_phase::trying, in.now);
    r.first = choose_first(in, g.pending).subject;
    r.watched_since.reset();
}

void join(const inputs& in, const group& g, roll& r) {
    for (const auto* c : g.pending)
        r.members.try_emplace(c->subject, digest(*model::find_connector(in.desired, c->subject)));
}

/// The file moved since the roll began.
bool asks_something_else(const inputs& in, const roll& r) {
    return std::ranges::any_of(r.members, [&](const auto& member) {
        const auto* wanted = model::find_connector(in.desired, member.first);
        return wanted != nullptr && digest(*wanted) != member.second;
    });
}

void end_as_failed(const inputs& in, std::string_view what_became_of_it, roll& r) {
    r.reason += fmt::format("; {}", what_became_of_it);
    r.previous.reset();
    enter(r, roll_phase::failed, in.now);
}

void stay(const inputs& in, roll& r) {
    end_as_failed(
        in, "it stays so: it was not well before either, or its config before is not known any more", r
    );
}

void fail(const inputs& in, std::string reason, roll& r) {
    r.reason = std::move(reason);
    enter(r, roll_phase::reverting, in.now);
    if (!r.previous) stay(in, r);
}

void watch(const inputs& in, const desired_connector& wanted, const observed_connector& found, roll& r) {
    if (!r.watched_since) r.watched_since = in.now.mono;
    if (!found.status) return;
    const auto watched = in.now.mono - *r.watched_since;
    const bool window_is_over = watched >= roll_window;
    const bool has_failed = has_failure(*found.status);
    // One that was not well before may take a restart or two to recover.
    if (has_failed && (r.previous || window_is_over)) return fail(in, failure_cause(*found.status), r);
    if (window_is_over && is_healthy(wanted, found)) return enter(r, roll_phase::proven, in.now);
    if (watched >= longest_start) fail(in, "it did not come to run within 5 minutes", r);
}

void step(const inputs& in, const group& g, roll& r) {
    const auto* wanted = model::find_connector(in.desired, r.first);
    const auto* found = find(in, r.first);
    if (wanted == nullptr || found == nullptr || in.changing.contains(r.first)) return;
    const auto* update = update_of(g, r.first);
    switch (r.phase) {
    case roll_phase::trying:
        if (update != nullptr) return note_previous(in, *update, r);
        enter(r, roll_phase::watching, in.now);
        [[fallthrough]];
    case roll_phase::watching:
        if (update == nullptr) watch(in, *wanted, *found, r); // else somebody put it back: drift
        return;
    case roll_phase::reverting:
        if (!r.previous) stay(in, r); // Sluice was restarted
        return;
    case roll_phase::proven:
    case roll_phase::failed: return;
    }
}

// --- what is held back, and the way back ------------------------------------------------------------------

std::string waits_for_first(const roll& r) {
    return fmt::format(
        "waits until {} has run for {} s with its new config: it goes ahead of {} others",
        r.first,
        roll_window.count(),
        r.members.size() - 1
    );
}

std::string failed_sentence(const roll& r) {
    return fmt::format(
        "{} went ahead with this change and failed: {}. Correct the file, or carry it out all the same: "
        "`sluice apply`",
        r.first,
        r.reason
    );
}

void hold_back(const group& g, const roll& r) {
    for (auto* c : g.updates) {
        if (r.phase == roll_phase::reverting || r.phase == roll_phase::failed)
            c->hold(obstacle::roll, failed_sentence(r));
        else if (r.phase != roll_phase::proven && c->subject != r.first)
            c->hold(obstacle::order, waits_for_first(r));
    }
}

desired_connector as_before(const desired_connector& wanted, const roll& r) {
    auto before = wanted;
    before.config = *r.previous;
    return before;
}

/// What takes the first back; none when it is there, or on its way.
std::optional<change> revert(const inputs& in, const std::string& first, roll& r) {
    const auto* wanted = model::find_connector(in.desired, first);
    const auto* found = find(in, first);
    if (wanted == nullptr || found == nullptr || !found->config || in.changing.contains(first))
        return std::nullopt;
    auto keys = config_changes(as_before(*wanted, r), *found->config, in.secrets);
    if (keys.empty()) {
        end_as_failed(in, "it went back to its config before", r);
        return std::nullopt;
    }
    change c;
    c.kind = change_kind::update_config;
    c.subject = first;
    c.link = wanted->link;
    c.cost = model::consequence::task_restart;
    c.keys = std::move(keys);
    c.because = fmt::format("it failed with its new config and goes back: {}", r.reason);
    c.id = id_of(c);
    return c;
}

/// The first is not changed yet, and something else has come to hold it back.
bool cannot_begin(const inputs& in, const group& g, const roll& r) {
    return r.phase == roll_phase::trying && update_of(g, r.first) != nullptr && !is_pending(g, r.first) &&
           !in.changing.contains(r.first);
}

/// The file does not name the first any more, or it was deleted before it could show anything.
bool first_is_gone(const inputs& in, const roll& r) {
    if (model::find_connector(in.desired, r.first) == nullptr) return true;
    const bool is_being_tried = r.phase == roll_phase::trying || r.phase == roll_phase::watching;
    return is_being_tried && find(in, r.first) == nullptr && !in.changing.contains(r.first);
}

/// False: it is over.
bool advance(const inputs& in, const group& g, roll& r) {
    if (g.updates.empty() || asks_something_else(in, r) || cannot_begin(in, g, r) || first_is_gone(in, r))
        return false;
    join(in, g, r);
    step(in, g, r);
    return true;
}

} // namespace

void roll_out(const inputs& in, std::vector<change>& changes, model::memory& memory) {
    if (!in.observed.connectors.fresh()) return;
    auto groups = groups_of(in, changes);
    for (auto known = memory.rolls.begin(); known != memory.rolls.end();)
        known =
            advance(in, groups[known->first], known->second) ? std::next(known) : memory.rolls.erase(known);
    for (auto& [kind, g] : groups) {
        if (memory.rolls.contains(kind) || g.pending.size() < 2) continue;
        roll r;
        begin(in, g, r);
        join(in, g, r);
        note_previous(in, *update_of(g, r.first), r);
        memory.rolls.emplace(kind, std::move(r));
    }
    std::vector<change> ways_back;
    for (auto& [kind, r] : memory.rolls) {
        if (r.phase == roll_phase::reverting)
            if (auto back = revert(in, r.first, r)) ways_back.push_back(std::move(*back));
        hold_back(groups[kind], r);
        // What the file asks of it is not what it goes back from by itself: that is no drift.
        const bool goes_back = r.phase == roll_phase::reverting || r.phase == roll_phase::failed;
        if (goes_back) memory.connectors[r.first].settled_digest = "its roll failed";
    }
    for (auto& back : ways_back) {
        std::erase_if(changes, [&](const change& c) {
            return c.kind == change_kind::update_config && c.subject == back.subject;
        });
        changes.push_back(std::move(back));
    }
}

std::optional<model::config_map> way_back(const model::memory& memory, const change& c) {
    if (c.kind != change_kind::update_config || !c.may_run()) return std::nullopt;
    for (const auto& [kind, r] : memory.rolls)
        if (r.phase == roll_phase::reverting && r.first == c.subject) return r.previous;
    return std::nullopt;
}

void accept_failed_rolls(model::memory& memory) {
    for (auto& [kind, r] : memory.rolls)
        if (r.phase == roll_phase::reverting || r.phase == roll_phase::failed) r.phase = roll_phase::proven;
}

void forget_roll_of(const desired_connector& connector, model::memory& memory) {
    memory.rolls.erase(kind_of(connector));
}

} // namespace sluice::decide
