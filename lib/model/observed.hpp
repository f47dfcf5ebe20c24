#pragma once
// What was read from Connect, Kafka and PostgreSQL: each fact with the time of reading and, where reading
// failed, why. Unknown is never absent: a failed reading keeps no value, and nothing is concluded from it.

#include "base/error.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::model {

template <class T>
struct reading {
    std::optional<T> value;       // the last good one; kept when a later reading fails
    moment read_at{};             // of the value
    std::optional<error> failure; // of the last attempt; then `value` is stale or missing
    moment tried_at{};

    /// Read at the last attempt: only such knowledge may lead to a write.
    [[nodiscard]] bool fresh() const { return value.has_value() && !failure; }
    [[nodiscard]] bool attempted() const { return value.has_value() || failure.has_value(); }

    friend bool operator==(const reading&, const reading&) = default;
};

enum class connector_state : std::uint8_t {
    running,
    paused,
    stopped,
    failed,
    unassigned,
    restarting,
    unknown
};
std::string_view to_string(connector_state s);
/// From Connect's word ("RUNNING", …); anything else is `unknown`.
connector_state connector_state_from(std::string_view word);

struct observed_task {
    int id = 0;
    connector_state state = connector_state::unknown;
    std::string worker_id;
    std::string trace; // scrubbed; empty unless failed

    friend bool operator==(const observed_task&, const observed_task&) = default;
};

struct connector_status {
    connector_state state = connector_state::unknown;
    std::string worker_id;
    std::string trace;
    std::vector<observed_task> tasks; // by id

    friend bool operator==(const connector_status&, const connector_status&) = default;
};

/// A connector as one `GET /connectors?expand=status&expand=info` shows it. Just after a create, Connect may
/// list it with info and no status, or with status and no info.
struct observed_connector {
    std::string name;
    std::string type; // source | sink | unknown; from either half
    std::optional<std::map<std::string, std::string>>
        config;                    // as Connect returns it: secrets in clear or masked
    std::optional<int> task_count; // how many tasks are configured (info)
    std::optional<connector_status> status;

    friend bool operator==(const observed_connector&, const observed_connector&) = default;
};

using connector_list = std::map<std::string, observed_connector>; // by name

struct connect_plugin {
    std::string class_name;
    std::string type; // source | sink
    std::string version;

    friend bool operator==(const connect_plugin&, const connect_plugin&) = default;
};

struct connect_worker {
    std::string version; // "3.7.2"
    std::string commit;
    std::string kafka_cluster_id;

    friend bool operator==(const connect_worker&, const connect_worker&) = default;
};

/// Whether a worker's version is this one or newer; one that is no number is not.
bool is_at_least(const connect_worker& worker, int major, int minor);

struct topic_entry {
    std::string value;
    bool is_default = false; // not set on the topic itself
    bool sensitive = false;
    bool read_only = false;

    friend bool operator==(const topic_entry&, const topic_entry&) = default;
};

struct observed_topic {
    std::string name;
    std::int32_t partitions = 0;
    std::int16_t replication_factor = 0;
    std::optional<std::map<std::string, topic_entry>> config; // absent: not readable

    friend bool operator==(const observed_topic&, const observed_topic&) = default;
};

/// How Kafka's coordinator sees the group of a Connect cluster.
enum class group_state : std::uint8_t {
    stable,
    rebalancing,
    empty, // no worker is in it
    unknown
};
std::string_view to_string(group_state s);

struct connect_member {
    std::string id;     // Kafka's
    std::string host;   // that it connects from
    std::string worker; // "host:port", as in statuses; empty while the group rebalances

    friend bool operator==(const connect_member&, const connect_member&) = default;
};

/// The workers of a Connect cluster, as they are known to Kafka under `group.id`.
struct connect_group {
    group_state state = group_state::unknown;
    std::vector<connect_member> members; // by id

    friend bool operator==(const connect_group&, const connect_group&) = default;
};

/// Topics that exist; one that was asked for and is not here does not exist.
using topic_list = std::map<std::string, observed_topic>;

struct observed {
    reading<connect_worker> worker;
    reading<std::vector<connect_plugin>> plugins;
    reading<connector_list> connectors; // with config
    reading<topic_list> topics;
    reading<connect_group> group;         // never attempted without `connect.group_id`
    std::optional<mono_time> conflict_at; // when a write was last refused because Connect rebalances
    std::map<std::string, reading<bool>>
        logins; // by "source of shop": our own login with the connector's credentials

    friend bool operator==(const observed&, const observed&) = default;
};

} // namespace sluice::model
