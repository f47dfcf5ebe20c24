#pragma once
// What decide is given and what it gives, member by member, for whoever records it: see model/members.hpp.

#include "decide/decide.hpp"
#include "model/members.hpp"

namespace sluice::decide {

BOOST_DESCRIBE_ENUM(failure_class, transient, needs_change, terminal)
BOOST_DESCRIBE_ENUM(dependency, none, database, kafka)
BOOST_DESCRIBE_ENUM(division, settled, rebalancing, unknown)
BOOST_DESCRIBE_STRUCT(workers_view, (), (state, because, alive))
BOOST_DESCRIBE_STRUCT(
    restart_outlook,
    (),
    (task,
     code,
     kind,
     needs,
     remedy,
     cause,
     attempts,
     last_attempt,
     failed_since,
     outcome,
     alike,
     circuit_open,
     given_up,
     budget_spent,
     next,
     waits_for,
     asks,
     due)
)
BOOST_DESCRIBE_STRUCT(
    decision, (), (plan, verdicts, undeclared, orphaned, restarts, workers, frozen_until, memory)
)

/// The inputs by value: those of a pass that is over.
struct kept_inputs {
    model::desired desired;
    model::observed observed;
    model::memory memory;
    secret_matches secrets;
    moment now;
    milliseconds interval{};
    std::map<std::string, std::string> write_problems;
    std::set<std::string> changing;
    std::set<std::string> restarting;
    std::set<std::string> held;
};

/// Calls with the name of each input and the input, but for `desired`, which changes by a new one as a whole.
/// Takes `inputs` and `kept_inputs`, and compiles only while both have the same members, all of them named.
template <class Inputs, class Visit>
void each_input(Inputs& in, Visit visit) {
    auto& [desired, observed, memory, secrets, now, interval, write_problems, changing, restarting, held] =
        in;
    (void)desired;
    visit("observed", observed);
    visit("memory", memory);
    visit("secrets", secrets);
    visit("now", now);
    visit("interval", interval);
    visit("write_problems", write_problems);
    visit("changing", changing);
    visit("restarting", restarting);
    visit("held", held);
}

/// They live as long as what they are made of.
inline inputs inputs_of(const kept_inputs& kept) {
    const auto& [desired, observed, memory, secrets, now, interval, write_problems, changing, restarting, held] =
        kept;
    return {desired, observed, memory, secrets, now, interval, write_problems, changing, restarting, held};
}

} // namespace sluice::decide
