#pragma once
// What Sluice must remember between passes and, partly, between restarts: nothing that can be observed again.
// A value; lib/control keeps it behind the port memory_store.

#include "base/time.hpp"
#include "model/desired.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace sluice::model {

struct connector_memory {
    // Kept across restarts:
    bool owned = false;         // seen under a declared name with our mark, or adopted
    bool adopted = false;       // taken over by `adopt: true`
    link_id link;               // that it serves
    std::string settled_digest; // of the desired connector when it last was in sync; empty: never
    std::uint32_t restarts = 0; // attempts in a row

    // Of this process:
    std::optional<mono_time> next_restart;  // not before; absent: none was needed
    std::optional<mono_time> healthy_since; // all tasks running
    std::optional<mono_time> not_running_since;
    std::uint64_t placement = 0;  // a hash of the workers that it and its tasks are on; 0: not known
    std::size_t tasks_placed = 0; // how many tasks that hash is about
    bool login_worked = false;    // ours, with its credentials
    std::string login_problem;    // the database login failed when last seen failed; cleared when it works

    friend bool operator==(const connector_memory&, const connector_memory&) = default;
};

/// What the last looks told of Connect's workers. Of this process.
struct workers_memory {
    std::set<std::string> seen;                // as "host:port"
    std::optional<mono_time> moved_at;         // a connector or task was last seen on another worker
    std::optional<mono_time> unassigned_since; // something is without a worker
    bool rebalancing = false;
    std::uint64_t rebalances = 0; // that were seen to begin

    friend bool operator==(const workers_memory&, const workers_memory&) = default;
};

struct pipeline_memory {
    link_status status = link_status::unknown;
    wall_time since{};

    friend bool operator==(const pipeline_memory&, const pipeline_memory&) = default;
};

/// What became of a change that the file accepts by its id.
enum class acceptance_state : std::uint8_t { begun, spent };

struct memory {
    std::map<std::string, connector_memory> connectors; // by connector name
    workers_memory workers;
    std::map<std::string, pipeline_memory> pipelines;    // by pipeline name
    std::map<std::string, std::string> settled_topics;   // digest of each when it last was as desired
    std::map<std::string, acceptance_state> acceptances; // by the change's id, while the file lists it

    friend bool operator==(const memory&, const memory&) = default;
};

} // namespace sluice::model
