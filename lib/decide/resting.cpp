#include "decide/resting.hpp"

#include "decide/freeze.hpp"
#include "decide/heal.hpp"
#include "decide/judge.hpp"
#include "decide/workers.hpp"

#include <algorithm>

namespace sluice::decide {

namespace {

using model::connector_memory;

// All that time does not touch. Whatever else is remembered of a connector (attempts, delays, contests, what
// does not run yet) may have to be acted upon as time goes by; so may what a later version adds.
bool is_at_rest(const connector_memory& known) {
    connector_memory quiet;
    quiet.owned = known.owned;
    quiet.adopted = known.adopted;
    quiet.link = known.link;
    quiet.settled_digest = known.settled_digest;
    quiet.restarted = known.restarted; // until they are forgotten: see below
    quiet.one_more = known.one_more;
    quiet.placement = known.placement;
    quiet.tasks_placed = known.tasks_placed;
    quiet.login_worked = known.login_worked;
    quiet.login_back_at = known.login_back_at;
    return quiet == known;
}

// Of what nobody declares any more only contests are followed.
bool is_at_rest(const model::desired& desired, const model::memory& memory) {
    const auto rests = [&](const auto& entry) {
        return is_at_rest(entry.second) ||
               (entry.second.contests.empty() && model::find_connector(desired, entry.first) == nullptr);
    };
    return memory.rolls.empty() && std::ranges::all_of(memory.connectors, rests);
}

bool needs_nothing(const model::pipeline_verdict& v) {
    return v.in_sync && v.findings.empty() &&
           (v.status == model::link_status::ok || v.status == model::link_status::paused);
}

bool needs_nothing(const decision& d) {
    const auto is_quiet = [](const model::pipeline_verdict& v) { return needs_nothing(v); };
    return d.plan.changes.empty() && d.restarts.empty() && std::ranges::all_of(d.verdicts, is_quiet);
}

// On anything else nothing is concluded, and so nothing rests on it.
bool all_is_fresh(const inputs& in) {
    const auto& topics = in.observed.topics;
    const bool asks_for_topics = !in.desired.topics.empty();
    return in.observed.connectors.fresh() && list_is_known(in) && !topics.failure &&
           (!asks_for_topics || topics.fresh());
}

mono_time first_to_be_forgotten(const model::desired& desired, const model::memory& memory) {
    auto first = mono_time::max();
    for (const auto& wanted : desired.connectors) {
        const auto known = memory.connectors.find(wanted.name);
        if (known == memory.connectors.end()) continue;
        for (const auto& at : known->second.restarted) first = std::min(first, at.mono + budget_period);
    }
    return first;
}

using logins = std::map<std::string, model::reading<bool>>;

bool say_the_same(const logins& a, const logins& b) {
    const auto same = [](const auto& one, const auto& other) {
        return one.first == other.first && one.second.value == other.second.value &&
               one.second.failure == other.second.failure;
    };
    return std::ranges::equal(a, b, same);
}

} // namespace

resting::surroundings resting::around(const inputs& in) {
    surroundings s;
    s.worker = in.observed.worker.value;
    s.group = in.observed.group.value;
    s.group_is_fresh = in.observed.group.fresh();
    s.logins = in.observed.logins;
    s.secrets = in.secrets;
    s.interval = in.interval;
    s.write_problems = in.write_problems;
    s.changing = in.changing;
    s.restarting = in.restarting;
    s.held = in.held;
    s.frozen_until = frozen_until(in.desired.freeze, in.now.wall);
    s.workers = workers_of(in, in.memory);
    return s;
}

bool resting::are_the_same(const inputs& in, const surroundings& before) {
    return in.observed.worker.value == before.worker && in.observed.group.value == before.group &&
           in.observed.group.fresh() == before.group_is_fresh &&
           say_the_same(in.observed.logins, before.logins) && in.secrets == before.secrets &&
           in.interval == before.interval && in.write_problems == before.write_problems &&
           in.changing == before.changing && in.restarting == before.restarting && in.held == before.held &&
           frozen_until(in.desired.freeze, in.now.wall) == before.frozen_until &&
           workers_of(in, in.memory) == before.workers;
}

void resting::note(const inputs& in, const editions& of, const decision& given) {
    at_rest_.reset();
    if (!all_is_fresh(in) || !needs_nothing(given) || !is_at_rest(in.desired, given.memory)) return;
    // What it has learnt may make another difference next time.
    if (given.memory != in.memory) return;
    at_rest_ = basis{of, around(in), first_to_be_forgotten(in.desired, in.memory)};
}

bool resting::is_unmoved(const inputs& in, const editions& of, const decision& last) const {
    return at_rest_ && at_rest_->of == of && in.now.mono < at_rest_->until && all_is_fresh(in) &&
           are_the_same(in, at_rest_->around) && in.memory == last.memory;
}

} // namespace sluice::decide
