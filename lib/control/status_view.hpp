#pragma once
// What Sluice knows and says, as one immutable value per pass: /healthz, /metrics, the API, the page and the
// CLI are all rendered from it. Made by the loop on the io_context's thread; readers keep a shared_ptr.

#include "model/desired.hpp"
#include "model/observed.hpp"
#include "model/override.hpp"
#include "model/plan.hpp"
#include "model/verdict.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::control {

/// A system that Sluice needs: is it there?
struct dependency_view {
    std::string kind;       // connect | kafka | connect_group | source_db | sink_db
    std::string name;       // the Connect cluster's name, "kafka", the pipeline's, or "<pipeline>-<sink>"
    std::optional<bool> up; // absent: not asked yet, or cannot be known (a password that only Connect has)
    std::string problem;    // why it is not up, or not known
    std::string version;    // of the server, where it tells
    wall_time asked_at{};
    std::string database; // its own name, of source_db and sink_db
    std::string server;   // it is on: "localhost:5432"

    friend bool operator==(const dependency_view&, const dependency_view&) = default;
};

/// What Sluice does about a task that failed, or did while it is not yet healthy for long.
struct restart_view {
    std::uint32_t attempts = 0;       // in a row
    std::optional<wall_time> next_at; // of the next attempt; absent: none is due
    std::string cause;                // the root line of the trace; empty: it has not failed now
    int task = -1;                    // -1: the connector itself
    std::string code;                 // what the cause is known as: "SINK_DB_LOST"
    std::string kind;                 // transient | needs-change | terminal
    std::string remedy;
    std::string outcome = "none"; // of the last attempt: none | sent | refused | runs | failed-again
    std::optional<wall_time> last_at;
    std::uint32_t alike = 0; // equal failures in a row
    bool circuit_open = false;
    bool given_up = false; // no restart until something changes
    bool budget_exhausted = false;
    std::string waits_for; // besides the time

    friend bool operator==(const restart_view&, const restart_view&) = default;
};

/// The workers of a Connect cluster.
struct connect_workers_view {
    std::string connect_cluster = "default";
    std::string state = "unknown"; // settled | rebalancing | unknown
    std::string because;
    std::optional<std::vector<std::string>> alive; // absent: not known
    std::uint64_t rebalances = 0;                  // that were seen to begin

    friend bool operator==(const connect_workers_view&, const connect_workers_view&) = default;
};

/// A person's wish that is in force.
struct override_view {
    model::override_subject subject;
    model::state_override wish;

    friend bool operator==(const override_view&, const override_view&) = default;
};

struct link_view {
    model::link_id link;
    std::string connector;
    std::string connect_cluster = "default";
    model::connector_role role = model::connector_role::plain;
    std::string plugin; // connector.class
    std::string group;  // the consumer group of a sink: connect-<connector>
    model::target_state target = model::target_state::running;
    bool known = false; // Connect's list was readable
    bool exists = false;
    std::optional<model::connector_status> status; // as last observed
    model::link_verdict verdict;
    std::uint32_t drifted_keys = 0;
    restart_view restart;               // of what is restarted first, or was last
    std::vector<restart_view> restarts; // of each task that failed, or is not yet healthy for long
    std::optional<override_view> override_on;
    std::string held_by;       // a hold's reason; empty: none
    std::string write_problem; // the last write to it that failed; empty: none

    friend bool operator==(const link_view&, const link_view&) = default;
};

struct pipeline_view {
    std::string name;
    bool is_plain = false;                                     // an entry of `connectors:`
    model::target_state target = model::target_state::running; // of the file, or of an override of it all
    std::string slot;
    std::string publication;
    std::vector<std::string> topics;
    std::optional<override_view> override_on; // all of it
    model::pipeline_verdict verdict;
    std::vector<link_view> links; // source first, then the sinks by name

    friend bool operator==(const pipeline_view&, const pipeline_view&) = default;
};

struct config_view {
    std::string file;
    bool last_reload_successful = true;
    wall_time last_reload_at{};
    wall_time last_success_at{};
    std::vector<std::string> problems;        // rendered diagnostics of the last attempt; may hold warnings
    std::vector<std::string> secret_problems; // files of !file whose present content is not used, and why

    friend bool operator==(const config_view&, const config_view&) = default;
};

struct loop_view {
    std::string name; // reconcile | probe | …
    moment last_success{};
    milliseconds interval{};
    milliseconds may_take{}; // a pass by whose questions nothing is answered: their deadlines

    friend bool operator==(const loop_view&, const loop_view&) = default;
};

struct status_view {
    std::string instance;
    moment made_at{};
    moment started_at{};
    bool every_observer_answered = false; // each has answered or failed once
    config_view config;
    std::vector<loop_view> loops;
    std::vector<dependency_view> dependencies;
    std::vector<std::shared_ptr<const pipeline_view>>
        pipelines; // by name, entries of `connectors:` among them
    connect_workers_view workers;
    model::plan plan;
    std::vector<std::string> undeclared; // connectors on the cluster that the file does not declare, by name
    std::vector<std::string> orphaned;   // those of them that are ours: pruned with `prune: true`
    std::optional<wall_time> frozen_until; // a freeze is on; max(): no end within a year
};

} // namespace sluice::control
