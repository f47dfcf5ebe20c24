#include "decide/first_start.hpp"

namespace sluice::decide {

using model::connector_state;
using model::target_state;

target_state state_at_creation(
    const model::desired_connector& wanted, const std::optional<model::connect_worker>& worker
) {
    if (!worker || !model::is_at_least(*worker, 3, 7)) return target_state::running;
    const bool is_new_source =
        wanted.role == model::connector_role::source && wanted.state == target_state::running;
    return is_new_source ? target_state::stopped : wanted.state;
}

bool awaits_first_start(const model::desired_connector& wanted, const model::connector_memory* known) {
    return known != nullptr && known->created_stopped && wanted.state == target_state::running;
}

bool is_started_later(
    const model::desired& desired, const model::change& change, target_state initial_state
) {
    if (change.kind != model::change_kind::create_connector || initial_state != target_state::stopped)
        return false;
    const auto* wanted = model::find_connector(desired, change.subject);
    return wanted != nullptr && wanted->state == target_state::running;
}

void learn_first_start(const model::observed_connector& found, model::connector_memory& known) {
    if (!found.status) return;
    const auto state = found.status->state;
    const bool says_nothing = state == connector_state::stopped || state == connector_state::unassigned ||
                              state == connector_state::unknown;
    if (!says_nothing) known.created_stopped = false;
}

} // namespace sluice::decide
