#pragma once
// What changed between two views, as events for history. What is seen for the first time (after a start, or
// after Connect could not be read) is news only where it is not as it should be. Pure.

#include "control/history_event.hpp"
#include "control/status_view.hpp"

#include <vector>

namespace sluice::control {

/// `before` may be null: nothing was known. The events carry the time of `after`.
std::vector<history_event> changes_seen(const status_view* before, const status_view& after);

} // namespace sluice::control
