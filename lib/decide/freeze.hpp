#pragma once
// While a freeze of the file lasts the daemon changes nothing: no config, no state, no topic; nothing is
// created and nothing deleted. What only mends goes on: restarts of what failed, and the way back of a roll.

#include "decide/decide.hpp"

#include <optional>
#include <vector>

namespace sluice::decide {

/// Until when it lasts, where windows that follow on one another are one; none: there is no freeze now.
/// wall_time::max(): there is no end within a year.
std::optional<wall_time> frozen_until(const std::vector<model::freeze_window>& windows, wall_time now);

/// "changes are frozen until 2026-12-28T06:00:00Z", "… as long as the file says so".
std::string freeze_sentence(wall_time until);

/// Holds back what a freeze forbids, as long as nothing else does.
void hold_during_freeze(wall_time until, const model::memory& memory, std::vector<model::change>& changes);

} // namespace sluice::decide
