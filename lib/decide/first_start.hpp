#pragma once
// A new source is created stopped where Connect can (3.7 and later, KIP-980), looked at, and only then
// resumed: before its first start nothing has been read, and a connector that is not as declared can still be
// put right. A crash in between costs nothing: the declared state is running, so the next pass resumes it.

#include "decide/decide.hpp"

namespace sluice::decide {

/// The state in which to create a connector.
model::target_state
state_at_creation(const model::desired_connector& wanted, const std::optional<model::connect_worker>& worker);

/// Whether it was created stopped to be looked at, and has not been started since.
bool awaits_first_start(const model::desired_connector& wanted, const model::connector_memory* known);

/// Whether a change creates a connector stopped that is to run.
bool is_started_later(
    const model::desired& desired, const model::change& change, model::target_state initial_state
);

/// What was seen in another state than stopped has been started, by whomever.
void learn_first_start(const model::observed_connector& found, model::connector_memory& known);

} // namespace sluice::decide
