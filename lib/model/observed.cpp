#include "model/observed.hpp"

#include <cstdio>
#include <utility>

namespace sluice::model {

std::string_view to_string(connector_state s) {
    switch (s) {
    case connector_state::running: return "running";
    case connector_state::paused: return "paused";
    case connector_state::stopped: return "stopped";
    case connector_state::failed: return "failed";
    case connector_state::unassigned: return "unassigned";
    case connector_state::restarting: return "restarting";
    case connector_state::unknown: return "unknown";
    }
    return "unknown";
}

connector_state connector_state_from(std::string_view word) {
    if (word == "RUNNING") return connector_state::running;
    if (word == "PAUSED") return connector_state::paused;
    if (word == "STOPPED") return connector_state::stopped;
    if (word == "FAILED") return connector_state::failed;
    if (word == "UNASSIGNED") return connector_state::unassigned;
    if (word == "RESTARTING") return connector_state::restarting;
    return connector_state::unknown;
}

std::string_view to_string(group_state s) {
    switch (s) {
    case group_state::stable: return "stable";
    case group_state::rebalancing: return "rebalancing";
    case group_state::empty: return "empty";
    case group_state::unknown: return "unknown";
    }
    return "unknown";
}

bool is_at_least(const connect_worker& worker, int major, int minor) {
    std::pair<int, int> its{};
    if (std::sscanf(worker.version.c_str(), "%d.%d", &its.first, &its.second) != 2) return false;
    return its >= std::pair(major, minor);
}

} // namespace sluice::model
