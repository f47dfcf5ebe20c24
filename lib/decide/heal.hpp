#pragma once
// Which failed connectors and tasks may be restarted now. The policy: the first restart at once, then
// 10 s × 2ⁿ, at most 5 min apart; forgotten after being healthy for the longer of 5 min and the last delay.
// While our own login with the connector's credentials fails, a restart is pointless and waits for the login.

#include "decide/decide.hpp"
#include "decide/slice.hpp"

namespace sluice::decide {

/// How many tasks must run: what the kind says, else what Connect lists, and at least one.
int expected_tasks(const model::desired_connector& wanted, const model::observed_connector* found);

/// Connector and every expected task RUNNING.
bool is_healthy(const model::desired_connector& wanted, const model::observed_connector& found);

/// Connector or any task FAILED.
bool has_failure(const model::connector_status& status);

/// Memory as it is after looking at `in`: ownership learnt, health noted, restarts forgotten.
model::memory remember(const inputs& in);

/// The restarts that are due in one pipeline, given the memory that `remember` returned.
std::vector<model::change> due_restarts(const inputs& in, const slice& pipeline, const model::memory& memory);

/// When the next restart is due after `restarts` in a row, the last of them now.
mono_time next_restart_after(std::uint32_t restarts, moment now);

/// To be called for each restart that is really sent.
void note_restart(model::connector_memory& connector, moment now);

} // namespace sluice::decide
