#pragma once
// What docs/restarts.md allows, written down once more and not taken from the code, to hold what was done
// against it.

#include "support/sim/model_world.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::testing {

struct restart_policy {
    std::size_t budget = 10;         // an hour, of one connector
    std::size_t cluster_budget = 30; // of all of them
    std::size_t circuit = 5;         // failures alike
};

/// No hour in which there were more than the budgets allow. What counts is when the restarts had their
/// effect, and what Connect refuses for a while comes later, by `slack` at most.
void require_budgets(
    const model_connect& connect,
    const std::set<std::string>& connectors,
    milliseconds slack = seconds(1),
    const restart_policy& policy = {}
);

/// Of a task that always runs for so long after its start and then fails in the same way: each restart comes
/// after its delay, and none later than a look and a login after it, but where the hour's budget is spent.
void require_delays(const std::vector<mono_time>& restarts, milliseconds runs_for);

} // namespace sluice::testing
