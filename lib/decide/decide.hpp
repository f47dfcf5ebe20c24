#pragma once
// The pure heart: desired × observed × memory × now → plan, verdicts, memory. No socket, clock, thread or
// log. Equal input gives equal output, byte for byte.

#include "decide/failures.hpp"
#include "model/desired.hpp"
#include "model/memory.hpp"
#include "model/observed.hpp"
#include "model/plan.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
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
    // Connectors with a restart in flight, or done and not looked at since: their failure may be the old one.
    std::set<std::string> restarting = {};
    std::set<std::string> held = {}; // connectors that must not be restarted: somebody holds them
};

enum class division : std::uint8_t { settled, rebalancing, unknown };

/// The workers of a Connect cluster: workers.hpp.
struct workers_view {
    division state = division::unknown;
    std::string because;                        // one clause, where it rebalances
    std::optional<std::set<std::string>> alive; // by worker_id ("host:port"); absent: not known

    friend bool operator==(const workers_view&, const workers_view&) = default;
};

/// What is thought of the failure of one task, and what comes next.
struct restart_outlook {
    int task = -1;    // -1: the connector itself
    std::string code; // of the failure, and the rest of what its text says
    failure_class kind = failure_class::needs_change;
    dependency needs = dependency::none;
    std::string remedy;
    std::string cause; // the root line of the trace
    std::uint32_t attempts = 0;
    moment last_attempt{};
    mono_time failed_since{}; // seen
    model::restart_outcome outcome = model::restart_outcome::none;
    std::uint32_t alike = 0;
    bool circuit_open = false;
    bool given_up = false; // until its config changes, somebody restarts it, or what it needs comes back
    bool budget_spent = false;
    std::optional<mono_time> next;      // not before; absent: not by itself
    std::string waits_for;              // besides that time: a clause; empty: nothing
    dependency asks = dependency::none; // what is to be asked before it is restarted
    bool due = false;
};
using restart_outlooks = std::map<std::string, std::vector<restart_outlook>>; // by connector; by task

struct decision {
    model::plan plan;
    std::vector<model::pipeline_verdict> verdicts; // by pipeline
    std::vector<std::string> undeclared;           // connectors that nobody declares, by name
    std::vector<std::string> orphaned;             // those of them that carry our mark
    restart_outlooks restarts;                     // of what has failed
    workers_view workers;
    std::optional<wall_time> frozen_until; // a freeze of the file is on; max(): no end within a year
    model::memory memory;
};

decision decide(const inputs& in);

} // namespace sluice::decide
