#include "decide/schedule.hpp"

#include "decide/contested.hpp"
#include "decide/freeze.hpp"
#include "decide/roll.hpp"
#include "decide/workers.hpp"

#include <fmt/format.h>

namespace sluice::decide {

namespace {

using model::change;
using model::change_kind;

bool concerns_topic(change_kind kind) {
    return kind == change_kind::create_topic || kind == change_kind::add_partitions ||
           kind == change_kind::alter_topic_config;
}

// A creation interrupts nothing that runs, and moves work itself: only a clear word keeps it back.
bool waits(const inputs& in, const change& c) {
    if (concerns_topic(c.kind)) return false;
    return c.kind != change_kind::create_connector || in.observed.group.fresh() || refuses_writes(in);
}

void hold_during_rebalance(const inputs& in, const model::memory& memory, std::vector<change>& changes) {
    const auto because = rebalancing(in, memory);
    if (because.empty()) return;
    const auto why = fmt::format("waits until Connect has rebalanced: {}", because);
    for (auto& c : changes)
        if (waits(in, c)) c.hold(model::obstacle::order, why);
}

} // namespace

void schedule(
    const inputs& in,
    std::optional<wall_time> frozen_until,
    std::vector<change>& changes,
    model::memory& memory
) {
    hold_contested(in, changes, memory);
    roll_out(in, changes, memory);
    if (frozen_until) hold_during_freeze(*frozen_until, memory, changes);
    hold_during_rebalance(in, memory, changes);
}

} // namespace sluice::decide
