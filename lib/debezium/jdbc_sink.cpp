#include "debezium/jdbc_sink.hpp"

#include "debezium/config_text.hpp"
#include "debezium/jdbc_url.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::debezium {

namespace {

using model::consequence;

constexpr std::string_view class_name = "io.debezium.connector.jdbc.JdbcSinkConnector";
constexpr std::string_view json_converter = "org.apache.kafka.connect.json.JsonConverter";

/// For pgjdbc, which decodes percent and plus.
std::string url_encoded(std::string_view text) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string encoded;
    for (const char c : text) {
        if (plain.find(c) != std::string_view::npos)
            encoded += c;
        else
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return encoded;
}

std::string jdbc_url(const model::database& db) {
    const bool is_ipv6 = db.host.find(':') != std::string::npos && !db.host.starts_with('[');
    const auto host = is_ipv6 ? fmt::format("[{}]", db.host) : db.host;
    return fmt::format("jdbc:postgresql://{}:{}/{}", host, db.port, url_encoded(db.name));
}

void add_database(model::config_map& config, const model::database& db) {
    config["connection.url"] = jdbc_url(db);
    config["connection.username"] = db.user;
    config["connection.password"] = db.password;
}

std::string_view insert_mode(model::write_mode write) {
    switch (write) {
    case model::write_mode::insert: return "insert";
    case model::write_mode::update: return "update";
    case model::write_mode::upsert: return "upsert";
    }
    return "upsert";
}

void add_writing(model::config_map& config, const model::sink& sink) {
    config["insert.mode"] = std::string(insert_mode(sink.write));
    config["primary.key.mode"] = "record_key"; // for deletes, and so that reading a topic twice is harmless
    config["delete.enabled"] = sink.delete_rows ? "true" : "false";
    config["schema.evolution"] = sink.evolution == model::schema_evolution::basic ? "basic" : "none";
}

/// The key that maps topics to tables has two names, and Debezium 3 still reads the old one as an alias:
/// whichever the user writes, ours must not stand beside it.
void add_name_format(model::config_map& config, const model::config_map& user, plugin_version version) {
    if (user.contains("table.name.format") || user.contains("collection.name.format")) return;
    config[version.major < 3 ? "table.name.format" : "collection.name.format"] = "${topic}";
}

/// Flattens events and leaves tombstones alone. No delete.tombstone.handling.mode of either version both
/// flattens a delete and keeps the tombstone after it, and both are needed: the 2.7 sink deletes by the
/// flattened event and ignores a tombstone, while on a compacted topic the tombstone may be all that is left.
void add_unwrap(model::config_map& config) {
    config["transforms"] = "unwrap";
    config["transforms.unwrap.type"] = "io.debezium.transforms.ExtractNewRecordState";
    config["transforms.unwrap.delete.tombstone.handling.mode"] = "tombstone";
    config["transforms.unwrap.predicate"] = "isTombstone";
    config["transforms.unwrap.negate"] = "true";
    config["predicates"] = "isTombstone";
    config["predicates.isTombstone.type"] =
        "org.apache.kafka.connect.transforms.predicates.RecordIsTombstone";
}

/// "{schema}_{table}" → "$1_$2", with what RegexRouter's replacement gives a meaning taken literally.
std::string replacement(std::string_view pattern) {
    constexpr std::string_view schema = "{schema}";
    constexpr std::string_view table = "{table}";
    std::string text;
    while (!pattern.empty()) {
        if (pattern.starts_with(schema)) {
            text += "$1";
            pattern.remove_prefix(schema.size());
        } else if (pattern.starts_with(table)) {
            text += "$2";
            pattern.remove_prefix(table.size());
        } else {
            if (pattern.front() == '$' || pattern.front() == '\\') text += '\\';
            text += pattern.front();
            pattern.remove_prefix(1);
        }
    }
    return text;
}

/// By the topic's name, which a tombstone has too; the `source` block, which ${source.table} needs, it lacks.
void add_route(model::config_map& config, const model::sink& sink, const source_topics& topics) {
    const auto delimiter = regex_literal(topics.delimiter);
    config["transforms"] = "unwrap,route";
    config["transforms.route.type"] = "org.apache.kafka.connect.transforms.RegexRouter";
    config["transforms.route.regex"] =
        fmt::format("{0}{1}(.*?){1}(.*)", regex_literal(topics.prefix), delimiter);
    config["transforms.route.replacement"] = replacement(sink.table_name);
}

void add_dead_letters(model::config_map& config, const model::pipeline& pipeline, const model::sink& sink) {
    // -1 is the broker's default; Connect's own default is 3, which a single broker refuses.
    const int replication = pipeline.topics.replication_factor.value_or(-1);
    config["errors.tolerance"] = "all";
    config["errors.deadletterqueue.topic.name"] = sink.dead_letter_topic;
    config["errors.deadletterqueue.topic.replication.factor"] = fmt::format("{}", replication);
    config["errors.deadletterqueue.context.headers.enable"] = "true";
    config["errors.log.enable"] = "true";
    config["errors.log.include.messages"] = "false"; // rows do not belong into logs
}

model::config_map complete_config(
    const model::pipeline& pipeline,
    const model::sink& sink,
    const source_topics& topics,
    plugin_version version
) {
    model::config_map config;
    config["connector.class"] = std::string(class_name);
    config["tasks.max"] = "1";
    if (!sink.config.contains("topics.regex")) config["topics"] = join_list(topics.tables);
    add_database(config, sink.db);
    add_writing(config, sink);
    add_name_format(config, sink.config, version);
    add_unwrap(config);
    if (!sink.table_name.empty()) add_route(config, sink, topics);
    if (!sink.dead_letter_topic.empty()) add_dead_letters(config, pipeline, sink);
    add_converters(config, pipeline.format, sink.config);
    leave_out(config, sink.omit);
    return merge(config, sink.config);
}

bool has_no_schema(const model::config_map& config, const std::string& converter) {
    return value_or(config, converter, "") == json_converter &&
           value_or(config, converter + ".schemas.enable", "true") == "false";
}

/// Why this sink cannot work; empty: it can.
std::string obstacle(const model::sink& sink, const source_topics& topics, const model::config_map& config) {
    if (has_no_schema(config, "key.converter") || has_no_schema(config, "value.converter")) {
        return "the JDBC sink needs events with their schema, which format: json-schemaless leaves out; use "
               "format: json";
    }
    const bool reads_its_own = sink.config.contains("topics") || sink.config.contains("topics.regex");
    if (topics.tables.empty() && !reads_its_own) {
        const auto why =
            topics.unknown_because.empty() ? "the source names no tables" : topics.unknown_because;
        return fmt::format(
            "{}, so Sluice does not know what to read: write topics or topics.regex under config:", why
        );
    }
    if (!topics.unknown_because.empty() && !sink.table_name.empty()) {
        return fmt::format(
            "{}, so table_name cannot be derived: write a transform under config: instead",
            topics.unknown_because
        );
    }
    return {};
}

std::optional<model::database> database_of(const model::config_map& config) {
    const auto url = parse_jdbc_url(value_or(config, "connection.url", ""));
    if (!url) return std::nullopt;
    model::database db;
    db.host = url->host;
    db.port = url->port;
    db.name = url->database;
    db.user = value_or(config, "connection.username", "");
    const auto password = config.find("connection.password");
    if (password != config.end()) db.password = password->second;
    return db;
}

std::expected<derived_sink, std::string> derive(
    const model::pipeline& pipeline,
    const model::sink& sink,
    const source_topics& topics,
    plugin_version version
) {
    derived_sink derived;
    derived.config = complete_config(pipeline, sink, topics, version);
    const auto why_not = obstacle(sink, topics, derived.config);
    if (!why_not.empty()) return std::unexpected(why_not);
    const auto tasks = number(derived.config, "tasks.max");
    if (tasks && *tasks > 0) derived.tasks = static_cast<int>(*tasks);
    derived.database = database_of(derived.config);
    derived.topics = split_list(value_or(derived.config, "topics", join_list(topics.tables)));
    derived.dead_letter_topic = value_or(derived.config, "errors.deadletterqueue.topic.name", "");
    return derived;
}

constexpr std::array costs{
    // What is read and where it goes.
    key_cost{"topics", consequence::gap_risk, {}},
    key_cost{"topics.regex", consequence::gap_risk, {}},
    key_cost{
        "connection.url", consequence::gap_risk, {}
    }, // the group goes on where it was: the new target lacks the rest
    key_cost{"consumer.override.group.id", consequence::gap_risk, {}},
    key_cost{"consumer.override.auto.offset.reset", consequence::gap_risk, {}},
    key_cost{"errors.tolerance", consequence::gap_risk, "none"},
    // How later events are written, and to which tables and columns.
    key_cost{"table.name.format", consequence::event_shape, "${topic}"},
    key_cost{"collection.name.format", consequence::event_shape, "${topic}"},
    key_cost{"collection.table.format", consequence::event_shape, "${table}"},
    key_cost{"table.naming.strategy", consequence::event_shape, {}},
    key_cost{"collection.naming.strategy", consequence::event_shape, {}},
    key_cost{"column.naming.", consequence::event_shape, {}},
    key_cost{"quote.identifiers", consequence::event_shape, "false"},
    key_cost{"insert.mode", consequence::event_shape, "insert"},
    key_cost{"delete.enabled", consequence::event_shape, "false"},
    key_cost{"truncate.enabled", consequence::event_shape, "false"},
    key_cost{"primary.key.mode", consequence::event_shape, {}},
    key_cost{"primary.key.fields", consequence::event_shape, {}},
    key_cost{"schema.evolution", consequence::event_shape, "none"},
    key_cost{"field.include.list", consequence::event_shape, {}},
    key_cost{"field.exclude.list", consequence::event_shape, {}},
    key_cost{"data.type.mapping", consequence::event_shape, {}},
    key_cost{"database.time_zone", consequence::event_shape, "UTC"},
    key_cost{"use.time.zone", consequence::event_shape, "UTC"},
    key_cost{"cloud.events.schema.name.pattern", consequence::event_shape, {}},
    key_cost{"dialect.", consequence::event_shape, {}},
    // How it runs.
    key_cost{"connection.username", consequence::task_restart, {}},
    key_cost{"connection.password", consequence::task_restart, {}},
    key_cost{"connection.provider", consequence::task_restart, {}},
    key_cost{"connection.pool.", consequence::task_restart, {}},
    key_cost{"connection.restart.on.errors", consequence::task_restart, {}},
    key_cost{"batch.size", consequence::task_restart, {}},
    key_cost{"use.reduction.buffer", consequence::task_restart, {}},
    key_cost{"flush.", consequence::task_restart, {}},
    key_cost{"hibernate.", consequence::task_restart, {}},
};

constexpr std::string_view second_sink = "declare a second sink beside this one, which reads the topics from "
                                         "the beginning, and remove this one when it "
                                         "has caught up";

constexpr std::array identity{
    identity_key{"connection.url", "the sink database", second_sink},
    identity_key{"table.name.format", "the tables it writes", second_sink},
    identity_key{"collection.name.format", "the tables it writes", second_sink},
    identity_key{"collection.table.format", "the tables it writes", second_sink},
    identity_key{"table.naming.strategy", "the tables it writes", second_sink},
    identity_key{"collection.naming.strategy", "the tables it writes", second_sink},
    identity_key{"transforms.route.regex", "the tables it writes", second_sink},
    identity_key{"transforms.route.replacement", "the tables it writes", second_sink},
};

} // namespace

sink_kind jdbc_sink() {
    return {"debezium-jdbc", class_name, derive, costs, identity, recognise_jdbc};
}

} // namespace sluice::debezium
