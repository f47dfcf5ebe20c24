#pragma once
// What a Connect worker tells the other members of its group about itself: of Connect's own embedded
// protocol, in every version so far, only the beginning is needed.

#include <string>
#include <string_view>

namespace sluice::kafka {

/// The worker's "host:port", as Connect's statuses name it, from a member's metadata; empty when there is
/// none, as while a group rebalances, or when it is not what Connect writes.
std::string worker_in(std::string_view metadata);

} // namespace sluice::kafka
