#pragma once
// What decide is given and what it gives, member by member, for whoever records it: see model/members.hpp.

#include "decide/decide.hpp"
#include "model/members.hpp"

namespace sluice::decide {

BOOST_DESCRIBE_STRUCT(decision, (), (plan, verdicts, undeclared, orphaned, memory))

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
};

/// Calls with the name of each input and the input, but for `desired`, which changes by a new one as a whole.
/// Takes `inputs` and `kept_inputs`, and compiles only while both have the same members, all of them named.
template <class Inputs, class Visit>
void each_input(Inputs& in, Visit visit) {
    auto& [desired, observed, memory, secrets, now, interval, write_problems, changing] = in;
    (void)desired;
    visit("observed", observed);
    visit("memory", memory);
    visit("secrets", secrets);
    visit("now", now);
    visit("interval", interval);
    visit("write_problems", write_problems);
    visit("changing", changing);
}

/// They live as long as what they are made of.
inline inputs inputs_of(const kept_inputs& kept) {
    const auto& [desired, observed, memory, secrets, now, interval, write_problems, changing] = kept;
    return {desired, observed, memory, secrets, now, interval, write_problems, changing};
}

} // namespace sluice::decide
