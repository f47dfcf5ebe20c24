#pragma once
// Decides a recorded pass again, and compares what comes out with what was decided then, byte for byte. Pure.

#include "control/flight_reader.hpp"

#include <string>
#include <vector>

namespace sluice::control {

/// A part of the decision that is another one now: its place, and both as JSON; empty where it is not there.
struct difference {
    std::string place; // "decision.verdicts.0"
    std::string then;
    std::string now;
};

struct replayed_pass {
    decide::decision now;
    std::vector<difference> differences; // none: equal
};

/// What decides: `decide::decide`, but for tests.
using decider = decide::decision (*)(const decide::inputs&);

replayed_pass replay(const recorded_pass& pass, decider decides = decide::decide);

} // namespace sluice::control
