#pragma once
// What the file says, typed and validated: the output of lib/config, the input of lib/debezium.
// Plain values; secrets are of type `secret`. The contract is docs/configuration.md.

#include "base/secret.hpp"
#include "base/time.hpp"
#include "base/time_zone.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace sluice::model {

enum class target_state : std::uint8_t { running, paused, stopped };
enum class drift_policy : std::uint8_t { correct, report };
enum class message_format : std::uint8_t { json, json_schemaless };
enum class write_mode : std::uint8_t { insert, update, upsert };
enum class schema_evolution : std::uint8_t { none, basic };

std::string_view to_string(target_state s);

/// A value of a connector's config or of librdkafka's properties.
using config_value = std::variant<std::string, secret>;
using config_map = std::map<std::string, config_value>;

bool is_secret(const config_value& v);
/// Whether a value under this key must not be shown: a secret by its type, or by the key's name and not
/// merely a reference that Connect resolves.
bool must_be_hidden(std::string_view key, const config_value& v);
/// The bytes as they go over the wire. For adapters only.
const std::string& reveal(const config_value& v);

/// True for a value like "${file:/run/secrets:password}", which Connect resolves and Sluice does not know.
bool is_provider_reference(std::string_view value);

struct table_name {
    std::string schema;
    std::string table;

    [[nodiscard]] std::string qualified() const { return schema + '.' + table; }
    friend auto operator<=>(const table_name&, const table_name&) = default;
};

struct kafka_cluster {
    std::string bootstrap_servers;
    config_map properties; // librdkafka's, passed through

    friend bool operator==(const kafka_cluster&, const kafka_cluster&) = default;
};

struct connect_cluster {
    std::string name = "default";
    std::vector<std::string> urls;
    std::string username;
    std::optional<secret> password;
    std::string ca_file;
    std::string certificate_file;
    std::string key_file;
    std::string group_id; // Connect's own, in Kafka; empty: not given
    milliseconds read_timeout = seconds(10);
    milliseconds write_timeout = seconds(60);
    std::uint64_t body_limit = 64ULL << 20;

    friend bool operator==(const connect_cluster&, const connect_cluster&) = default;
};

struct http_settings {
    std::string address = "127.0.0.1";
    std::uint16_t port = 8084;

    friend bool operator==(const http_settings&, const http_settings&) = default;
};

/// How many restarts of failed tasks Sluice allows itself.
struct restart_policy {
    std::uint32_t budget = 10;         // an hour, of one connector
    std::uint32_t cluster_budget = 30; // an hour, of one Connect cluster
    std::uint32_t circuit = 5;         // equal failures in a row, then no more

    friend bool operator==(const restart_policy&, const restart_policy&) = default;
};

/// A freeze that comes again: by the clocks of its zone, on the days on which it begins.
struct daily_freeze {
    std::chrono::minutes from{};                  // since midnight
    std::chrono::minutes to{};                    // up to 24 h; not after `from`: of the next day
    std::set<unsigned> days{1, 2, 3, 4, 5, 6, 7}; // Monday is 1

    friend bool operator==(const daily_freeze&, const daily_freeze&) = default;
};

/// A freeze that comes once.
struct single_freeze {
    local_minutes from;
    local_minutes to;

    friend bool operator==(const single_freeze&, const single_freeze&) = default;
};

/// While it lasts the daemon changes nothing. It comes again, or once.
struct freeze_window {
    std::string zone = "UTC"; // as tzdata calls it
    std::optional<daily_freeze> daily;
    std::optional<single_freeze> once;

    friend bool operator==(const freeze_window&, const freeze_window&) = default;
};

struct reconcile_settings {
    milliseconds interval = seconds(10);
    drift_policy drift = drift_policy::correct;
    bool prune = false;
    bool adopt = false;
    std::vector<std::string> accept; // ids of changes
    restart_policy restarts;
    std::vector<freeze_window> freeze;

    friend bool operator==(const reconcile_settings&, const reconcile_settings&) = default;
};

/// Where a database is and who logs in: of a source or of a sink.
struct database {
    std::string host;
    std::uint16_t port = 5432;
    std::string name;
    std::string user;
    config_value password; // plain text only for a provider reference

    friend bool operator==(const database&, const database&) = default;
};

struct source {
    std::string type = "debezium-postgres";
    database db;
    std::string topic_prefix;
    std::vector<table_name> tables;
    std::string snapshot = "initial";
    milliseconds heartbeat = seconds(10); // 0: none
    config_map config;                    // wins over everything derived
    std::vector<std::string> omit;        // of what is derived, with all keys below (`KEY.…`)
    std::string connector;                // the names below are derived unless the file gives them
    std::string slot;
    std::string publication;
    bool publication_is_given = false; // then it exists and is left alone
    bool adopt = false;

    friend bool operator==(const source&, const source&) = default;
};

struct sink {
    std::string name;
    std::string type = "debezium-jdbc";
    database db;
    write_mode write = write_mode::upsert;
    bool delete_rows = true;
    schema_evolution evolution = schema_evolution::basic;
    std::string table_name;        // "{schema}_{table}"; empty: Debezium's own
    std::string dead_letter_topic; // empty: none
    config_map config;
    std::vector<std::string> omit; // as of a source
    std::string connector;
    bool adopt = false;

    friend bool operator==(const sink&, const sink&) = default;
};

/// `topics:` of a pipeline. Absent means not written: then it is a default at creation and never compared.
struct topic_settings {
    std::optional<std::int32_t> partitions;
    std::optional<std::int16_t> replication_factor;
    std::optional<std::string> cleanup; // compact | delete | compact,delete
    std::map<std::string, std::string> config;

    friend bool operator==(const topic_settings&, const topic_settings&) = default;
};

struct pipeline {
    std::string name;
    target_state state = target_state::running;
    message_format format = message_format::json;
    model::source source;
    topic_settings topics;
    std::vector<sink> sinks; // by name

    friend bool operator==(const pipeline&, const pipeline&) = default;
};

/// An entry of `connectors:`: any class, managed as it stands.
struct plain_connector {
    std::string name;
    target_state state = target_state::running;
    config_map config;
    std::string connector; // empty: as the entry
    bool adopt = false;

    friend bool operator==(const plain_connector&, const plain_connector&) = default;
};

struct declaration {
    std::string name; // this instance; the ownership mark
    kafka_cluster kafka;
    connect_cluster connect;
    http_settings http;
    reconcile_settings reconcile;
    std::string state_dir;                   // absolute, resolved
    std::vector<pipeline> pipelines;         // by name
    std::vector<plain_connector> connectors; // by name

    friend bool operator==(const declaration&, const declaration&) = default;
};

} // namespace sluice::model
