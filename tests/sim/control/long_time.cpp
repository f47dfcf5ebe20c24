#include "long_time.hpp"

#include <algorithm>

namespace sluice::testing {

namespace {

constexpr auto awake = seconds(30); // before each sleep, and before what happens next: at least two intervals

bool has_something_to_do(const decide::decision& d) {
    return std::ranges::any_of(d.plan.changes, &model::change::may_run);
}

bool waits_with_a_restart(const decide::decision& d) {
    const auto waits = [](const decide::restart_outlook& o) {
        return !o.given_up || o.asks != decide::dependency::none;
    };
    const auto any = [&](const auto& failures) { return std::ranges::any_of(failures.second, waits); };
    return std::ranges::any_of(d.restarts, any);
}

// A task that runs again, a key that somebody else has changed, a roll, an override: each has its time.
bool keeps_an_eye_on_something(const model::memory& memory) {
    const auto is_watched = [](const auto& task) { return !task.second.failed; };
    const auto watches = [&](const auto& connector) {
        return std::ranges::any_of(connector.second.tasks, is_watched) || !connector.second.contests.empty();
    };
    return !memory.rolls.empty() || !memory.overrides.empty() ||
           std::ranges::any_of(memory.connectors, watches);
}

bool is_undecided(const decide::decision& d) {
    using model::link_status;
    const auto moves = [](const model::pipeline_verdict& v) {
        return v.status == link_status::starting || v.status == link_status::unknown;
    };
    return d.frozen_until || d.workers.state == decide::division::rebalancing ||
           std::ranges::any_of(d.verdicts, moves);
}

} // namespace

bool long_time::nothing_happens() const {
    const auto& d = sluice_.loop.decision();
    return !sluice_.loop.busy() && !has_something_to_do(d) && !waits_with_a_restart(d) && !is_undecided(d) &&
           !keeps_an_eye_on_something(d.memory);
}

void long_time::run_for(std::chrono::steady_clock::duration d) {
    auto& time = sluice_.time;
    auto& connect = sluice_.world.connect_;
    const auto end = time.now().mono + d;
    while (time.now().mono < end) {
        const auto next = connect.next_event();
        time.run_until(std::min(end, time.now().mono + awake));
        if (next <= time.now().mono) continue; // it has happened, and may not have been seen yet
        if (!sleeps || !connect.is_calm() || !nothing_happens()) continue;
        const auto wakes = std::min(end, connect.next_event()) - awake;
        const auto sleep = wakes - time.now().mono;
        if (sleep <= awake) continue;
        time.sleep_through(sleep);
        slept_ += sleep;
    }
}

} // namespace sluice::testing
