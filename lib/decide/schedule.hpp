#pragma once
// What crosses pipelines: when the changes of a plan may be carried out. In this order: whether somebody else
// contests one, whether one of many goes ahead, whether the file freezes changes, and whether Connect is busy
// with itself. Nothing is queued: what waits is decided anew at the next look.

#include "decide/decide.hpp"

#include <optional>
#include <vector>

namespace sluice::decide {

/// Holds back what must not be carried out now, and adds what takes a failed roll back. `changes` are those
/// of the whole plan.
void schedule(
    const inputs& in,
    std::optional<wall_time> frozen_until,
    std::vector<model::change>& changes,
    model::memory& memory
);

} // namespace sluice::decide
