#pragma once
// What Sluice must remember between passes and, partly, between restarts: nothing that can be observed again.
// A value; lib/control keeps it behind the port memory_store.

#include "base/time.hpp"
#include "model/desired.hpp"
#include "model/override.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// What became of the last restart of a task.
enum class restart_outcome : std::uint8_t {
    none, // there was none
    sent,
    refused, // Connect did not do it
    runs,    // so far
    failed_again,
};
std::string_view to_string(restart_outcome o);

/// What is thought of one task, or of the connector itself, since it was last healthy for long enough.
struct task_judgement {
    // Kept across restarts:
    std::uint32_t attempts = 0; // restarts in a row
    moment last_attempt{};      // of them
    restart_outcome outcome = restart_outcome::none;
    std::string fingerprint; // of the failure that was seen last
    std::uint32_t alike = 0; // failures in a row with it
    bool failed = false;     // when last seen
    bool tried = false;      // it was restarted since it was judged anew, or since what it needs came back

    // Of this process:
    std::optional<mono_time> failed_since; // this failure was first seen
    std::optional<mono_time> healthy_since;
    std::string worker;           // that it failed on
    bool start_is_hidden = false; // the last restart does not show until it has started
    bool at_once = false;         // what it needs came back: the back-off is over

    friend bool operator==(const task_judgement&, const task_judgement&) = default;
};

/// Somebody else changes one key of a connector against the file.
struct contest {
    std::vector<wall_time> changes; // by them, the last three
    std::optional<wall_time> since; // then: it is not put back any more
    bool differs = false;           // when last seen
    std::string last_seen;          // a hash of the value that differs, of a secret nothing; of this process

    friend bool operator==(const contest&, const contest&) = default;
};

struct connector_memory {
    // Kept across restarts:
    bool owned = false;                  // seen under a declared name with our mark, or adopted
    bool adopted = false;                // taken over by `adopt: true`
    link_id link;                        // that it serves
    std::string settled_digest;          // of the desired connector when it last was in sync; empty: never
    std::map<int, task_judgement> tasks; // by id; -1: the connector itself
    std::vector<moment> restarted;       // within the last hour, in order
    std::string judged_config;           // a digest of the config that the judgements are about
    bool one_more = false;               // its config changed: a failure gets a restart whatever it is
    bool created_stopped = false;        // by us, and not yet looked at and started
    std::map<std::string, contest> contests; // by key

    // Of this process:
    std::optional<mono_time> not_running_since;
    std::uint64_t placement = 0;  // a hash of the workers that it and its tasks are on; 0: not known
    std::size_t tasks_placed = 0; // how many tasks that hash is about
    bool login_worked = false;    // ours, with its credentials
    std::string login_problem;    // the database login failed when last seen failed; cleared when it works
    std::optional<mono_time> login_back_at; // when it last worked again

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

enum class roll_phase : std::uint8_t {
    trying,    // its first is to be changed
    watching,  // it has been, and has to prove itself
    proven,    // it has: the rest is changed
    reverting, // it failed, and goes back
    failed,    // it failed, and nothing more is done
};

/// A change to many running connectors of one kind, of which one goes ahead.
struct roll {
    roll_phase phase = roll_phase::trying;
    std::map<std::string, std::string> members; // by connector: what is asked of it, as a digest
    std::string first;                          // of them
    wall_time since{};                          // of this phase
    std::string reason;                         // why the first failed, and what became of it

    // Of this process: it may hold secrets in clear, and is never written down.
    std::optional<config_map> previous;     // the first's config, when it was healthy with it
    std::optional<mono_time> watched_since; // a look showed the first changed

    friend bool operator==(const roll&, const roll&) = default;
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
    bool kafka_away = false; // when last asked
    std::optional<mono_time> kafka_back_at;
    std::map<std::string, pipeline_memory> pipelines;    // by pipeline name
    std::map<std::string, std::string> settled_topics;   // digest of each when it last was as desired
    std::map<std::string, acceptance_state> acceptances; // by the change's id, while the file lists it
    override_map overrides;
    std::map<std::string, roll> rolls; // by Connect cluster and plugin

    friend bool operator==(const memory&, const memory&) = default;
};

} // namespace sluice::model
