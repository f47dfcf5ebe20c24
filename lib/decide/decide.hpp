#pragma once
// The pure heart: desired × observed × memory × now → plan, verdicts, memory. No socket, clock, thread or
// log. Equal input gives equal output, byte for byte.

#include "model/desired.hpp"
#include "model/memory.hpp"
#include "model/observed.hpp"
#include "model/plan.hpp"
#include "model/verdict.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice::decide {

/// Whether the hash that a connector carries fits our secret, for keys that Connect returns masked.
/// A pair (connector, key) that is not here is not known yet: nothing is concluded from it.
using secret_matches = std::map<std::pair<std::string, std::string>, bool>;

struct inputs {
    const model::desired& desired;
    const model::observed& observed;
    const model::memory& memory;
    const secret_matches& secrets;
    moment now;
    milliseconds interval = seconds(10); // of the loop: readings older than three of it are not known
    // What the executor reported of the last write to a connector or topic, while it stands: a sentence.
    const std::map<std::string, std::string>& write_problems;
    // Connectors with a change in flight, or done and not looked at since: what is observed of them is old.
    const std::set<std::string>& changing;
};

struct decision {
    model::plan plan;
    std::vector<model::pipeline_verdict> verdicts; // by pipeline
    std::vector<std::string> undeclared;           // connectors that nobody declares, by name
    std::vector<std::string> orphaned;             // those of them that carry our mark
    model::memory memory;
};

decision decide(const inputs& in);

} // namespace sluice::decide
