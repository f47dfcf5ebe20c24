#pragma once
// One status per link and pipeline, from what REST shows: failed, paused, unknown, stopped, stalled, starting
// or ok. The other statuses need the stream and the slot, which are not looked at yet.

#include "decide/decide.hpp"

namespace sluice::decide {

/// `plan` is this pass's; `memory` is as `remember` returned it, and gets the moments of status changes.
std::vector<model::pipeline_verdict> judge(const inputs& in, const model::plan& plan, model::memory& memory);

} // namespace sluice::decide
