#pragma once
// The workers of a Connect cluster: who is alive, and whether they are dividing the work anew. By Kafka's own
// view of Connect's group where `connect.group_id` is given; else inferred from what Connect shows, as far as
// that goes, and unknown beyond. On what is unknown nothing is done and nothing is held back.

#include "decide/decide.hpp"

#include <string>
#include <string_view>

namespace sluice::decide {

std::string_view to_string(division d);

/// `memory` is as `learn_workers` left it.
workers_view workers_of(const inputs& in, const model::memory& memory);

/// Why writes to Connect, and restarts above all, wait; empty when they need not, or nobody knows.
std::string rebalancing(const inputs& in, const model::memory& memory);

/// Connect refused the last write because it rebalances, and that is not long ago.
bool refuses_writes(const inputs& in);

/// Known not to be alive any more: what a status says of it is from before.
bool is_dead(const workers_view& workers, const std::string& worker_id);

/// Notes who is there, and what moved since the last look.
void learn_workers(const inputs& in, model::memory& memory);

} // namespace sluice::decide
