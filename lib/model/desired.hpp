#pragma once
// What the file asks for in Connect's and Kafka's own terms: complete connector configs and topics.
// Derived from a declaration by lib/debezium, given what plugins Connect offers.

#include "model/consequence.hpp"
#include "model/declared.hpp"

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// A link of a pipeline: its source (empty sink), or one of its sinks. An entry of `connectors:` is a
/// pipeline of one link with an empty sink.
struct link_id {
    std::string pipeline;
    std::string sink;

    friend auto operator<=>(const link_id&, const link_id&) = default;
};

enum class connector_role : std::uint8_t { source, sink, plain };

struct desired_connector {
    std::string name;
    std::string cluster = "default"; // of Connect
    link_id link;
    connector_role role = connector_role::plain;
    target_state state = target_state::running;
    std::string state_because; // of an override, where it is not the file that says so
    config_map config;         // complete, without `name`, with the ownership mark
    bool adopt = false;
    std::optional<int> tasks;                // that must run; absent: as many as Connect lists, at least one
    std::vector<std::string> topics;         // that must exist before it is created
    std::string plugin;                      // connector.class
    std::optional<model::database> database; // that it logs in to

    friend bool operator==(const desired_connector&, const desired_connector&) = default;
};

enum class topic_purpose : std::uint8_t { table, heartbeat, dead_letter };

struct desired_topic {
    std::string name;
    std::string pipeline;
    topic_purpose purpose = topic_purpose::table;
    std::int32_t partitions = 1;                        // at creation
    std::optional<std::int16_t> replication_factor;     // at creation; absent: the broker's default
    std::map<std::string, std::string> creation_config; // at creation
    // What the file writes, and so what is compared with an existing topic:
    std::optional<std::int32_t> written_partitions;
    std::optional<std::int16_t> written_replication_factor;
    std::map<std::string, std::string> written_config;

    friend bool operator==(const desired_topic&, const desired_topic&) = default;
};

struct desired {
    std::string instance;
    drift_policy drift = drift_policy::correct;
    bool prune = false;
    restart_policy restarts;
    std::vector<freeze_window> freeze;
    bool by_request = false; // a person asked for it just now: what holds only the daemon back does not count
    std::set<consequence> accepted;            // for every change: of a command
    std::set<std::string> accepted_plans;      // ids of single changes, from the file; each is spent once
    std::vector<desired_connector> connectors; // by name
    std::vector<desired_topic> topics;         // by name
    std::map<link_id, std::string>
        unresolved; // links that cannot be derived, and why: plugin not installed, …

    friend bool operator==(const desired&, const desired&) = default;
};

/// By binary search; null when it is not desired. Lives as long as `desired`.
const desired_connector* find_connector(const desired& in, std::string_view name);
const desired_topic* find_topic(const desired& in, std::string_view name);

/// Keys that Sluice writes into a connector's config for itself. Connect and the plugins only log them.
inline constexpr std::string_view owner_key = "sluice.owner";
inline constexpr std::string_view secrets_key = "sluice.secrets";
inline constexpr std::string_view own_key_prefix = "sluice.";

} // namespace sluice::model
