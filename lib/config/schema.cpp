#include "config/schema.hpp"

#include <array>

namespace sluice::config {

namespace {

using namespace std::string_view_literals;

constexpr std::array file_keys{
    "version"sv,
    "name"sv,
    "kafka"sv,
    "connect"sv,
    "http"sv,
    "reconcile"sv,
    "state_dir"sv,
    "pipelines"sv,
    "connectors"sv
};
constexpr std::array file_announced{
    "connect_clusters"sv,
    "metrics"sv,
    "tail"sv,
    "granularity"sv,
    "max_series"sv,
    "health"sv,
    "contain"sv,
    "notify"sv,
    "secrets"sv,
    "policy"sv
};

constexpr std::array kafka_keys{"bootstrap_servers"sv, "properties"sv};

constexpr std::array connect_keys{
    "urls"sv,
    "username"sv,
    "password"sv,
    "ca_file"sv,
    "certificate_file"sv,
    "key_file"sv,
    "request_timeout"sv,
    "body_limit"sv,
    "group_id"sv
};

constexpr std::array http_keys{"listen"sv};
constexpr std::array http_announced{"tls"sv, "tokens"sv, "hosts"sv, "allow_anonymous_read"sv};

constexpr std::array reconcile_keys{
    "interval"sv, "drift"sv, "adopt"sv, "prune"sv, "accept"sv, "restarts"sv, "freeze"sv
};

constexpr std::array freeze_keys{"from"sv, "to"sv, "days"sv, "zone"sv};

constexpr std::array restarts_keys{"budget"sv, "cluster_budget"sv, "circuit"sv};

constexpr std::array pipeline_keys{"state"sv, "format"sv, "source"sv, "topics"sv, "sinks"sv};
constexpr std::array pipeline_announced{
    "connect"sv,
    "objectives"sv,
    "canary"sv,
    "new_tables"sv,
    "tail"sv,
    "granularity"sv,
    "max_series"sv,
    "health"sv,
    "contain"sv,
    "notify"sv,
    "verify"sv
};

constexpr std::array source_keys{
    "type"sv,
    "host"sv,
    "port"sv,
    "database"sv,
    "user"sv,
    "password"sv,
    "topic_prefix"sv,
    "tables"sv,
    "snapshot"sv,
    "heartbeat"sv,
    "connector"sv,
    "slot"sv,
    "publication"sv,
    "adopt"sv,
    "config"sv,
    "omit"sv
};
constexpr std::array source_announced{
    "retained_wal"sv, "monitor"sv, "manage"sv, "heartbeat_table"sv, "signal_table"sv, "wal_disk"sv
};

constexpr std::array topics_keys{"partitions"sv, "replication_factor"sv, "cleanup"sv, "config"sv};

constexpr std::array sink_keys{
    "type"sv,
    "host"sv,
    "port"sv,
    "database"sv,
    "user"sv,
    "password"sv,
    "write"sv,
    "delete"sv,
    "schema_evolution"sv,
    "table_name"sv,
    "dead_letter"sv,
    "connector"sv,
    "adopt"sv,
    "config"sv,
    "omit"sv
};

constexpr std::array dead_letter_keys{"topic"sv};

constexpr std::array connector_keys{"state"sv, "connector"sv, "adopt"sv, "config"sv};

} // namespace

namespace schema {
constexpr section file{"the top level", file_keys, file_announced};
constexpr section kafka{"kafka", kafka_keys, {}};
constexpr section connect{"connect", connect_keys, {}};
constexpr section http{"http", http_keys, http_announced};
constexpr section reconcile{"reconcile", reconcile_keys, {}};
constexpr section freeze{"freeze", freeze_keys, {}};
constexpr section restarts{"restarts", restarts_keys, {}};
constexpr section pipeline{"a pipeline", pipeline_keys, pipeline_announced};
constexpr section source{"source", source_keys, source_announced, true};
constexpr section topics{"topics", topics_keys, {}};
constexpr section sink{"a sink", sink_keys, {}, true};
constexpr section dead_letter{"dead_letter", dead_letter_keys, {}};
constexpr section connector{"a connector", connector_keys, {}, true};
} // namespace schema

std::span<const section* const> all_sections() {
    static constexpr std::array sections{
        &schema::file,
        &schema::kafka,
        &schema::connect,
        &schema::http,
        &schema::reconcile,
        &schema::freeze,
        &schema::restarts,
        &schema::pipeline,
        &schema::source,
        &schema::topics,
        &schema::sink,
        &schema::dead_letter,
        &schema::connector,
    };
    return sections;
}

} // namespace sluice::config
