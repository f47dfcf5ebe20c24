#pragma once
// What is learnt of one task by looking at it: failures are counted, restarts seen to work or not, and all is
// forgotten once it was healthy for long enough. Pure; the rules are in docs/restarts.md.

#include "decide/decide.hpp"

namespace sluice::decide {

/// Follows a connector's own state and its tasks' since the last look.
void learn_judgement(
    const inputs& in,
    const model::desired_connector& wanted,
    const model::observed_connector& found,
    const model::memory& all,
    model::connector_memory& known
);

/// The key of the connector itself among the tasks' judgements.
inline constexpr int connector_itself = -1;

} // namespace sluice::decide
