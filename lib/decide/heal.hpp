#pragma once
// Restarts with judgement: which failed tasks are restarted, when, and why not. The policy is
// docs/restarts.md. Each task is judged by itself; what is thought of it is kept in memory until it was
// healthy for long enough.

#include "decide/decide.hpp"
#include "decide/slice.hpp"

namespace sluice::decide {

/// How long a restart counts for the budgets.
inline constexpr auto budget_period = std::chrono::hours(1);

/// How many tasks must run: what the kind says, else what Connect lists, and at least one.
int expected_tasks(const model::desired_connector& wanted, const model::observed_connector* found);

/// Connector and every expected task RUNNING.
bool is_healthy(const model::desired_connector& wanted, const model::observed_connector& found);

/// Connector or any task FAILED.
bool has_failure(const model::connector_status& status);

/// Memory as it is after looking at `in`: ownership learnt, failures and recoveries judged, workers noted.
model::memory remember(const inputs& in);

/// What is thought of every failure that is seen now, given the memory that `remember` returned.
restart_outlooks judge_restarts(const inputs& in, const model::memory& memory);

/// The restarts that are due in one pipeline.
std::vector<model::change>
due_restarts(const inputs& in, const slice& pipeline, const restart_outlooks& outlooks);

/// Takes out of a whole plan what would exceed the budget of a Connect cluster.
void keep_to_cluster_budget(
    const inputs& in, const model::memory& memory, std::vector<model::change>& planned
);

/// How long after the `attempts`th restart in a row the next one may follow.
milliseconds restart_delay(const std::string& connector, int task, std::uint32_t attempts);

/// To be called for each restart that is really sent,
void note_restart(model::connector_memory& connector, const model::change& restart, moment now);
/// and where Connect then did not do it.
void note_refusal(model::connector_memory& connector);

/// Judges a connector's tasks anew, as after a change of its config or a restart by hand: every failure gets
/// a restart at once, whatever is thought of it. Its budget stays spent.
void forget_judgement(model::connector_memory& connector);

/// To be called once for what was kept by an earlier process: its times become times of this one.
void bring_back(model::memory& memory, moment now);

} // namespace sluice::decide
