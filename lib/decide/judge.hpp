#pragma once
// One status per link, joined to one per pipeline, from what REST shows: failed, paused, unknown, stopped,
// stalled, starting or ok. The other statuses need the stream and the slot, which are not looked at yet.

#include "decide/decide.hpp"
#include "decide/slice.hpp"

namespace sluice::decide {

/// The list of connectors was read not too long ago to say what is.
bool list_is_known(const inputs& in);

/// `changes` are this pass's of the pipeline. Of `so_far` it reads memory, as `remember` returned it,
/// restarts and workers; memory gets the moment of a change of status.
model::pipeline_verdict
judge(const inputs& in, const slice& pipeline, const std::vector<model::change>& changes, decision& so_far);

} // namespace sluice::decide
