#include "debezium/postgres_source.hpp"

#include "debezium/config_text.hpp"
#include "debezium/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::debezium {

namespace {

using model::consequence;

constexpr std::string_view class_name = "io.debezium.connector.postgresql.PostgresConnector";
constexpr std::string_view naming_strategy = "io.debezium.schema.SchemaTopicNamingStrategy";
constexpr std::string_view heartbeat_prefix = "__debezium-heartbeat";

/// Anchored by Debezium itself: each entry must match the whole of "schema.table".
std::string include_list(const std::vector<model::table_name>& tables) {
    std::vector<std::string> patterns;
    for (const auto& table : tables) patterns.push_back(regex_literal(table.qualified()));
    return join_list(patterns);
}

/// `never` and `no_data` are one wish; Debezium 2.6 brought the second word, 3 knows no other.
std::string snapshot_mode(const std::string& wish, plugin_version version) {
    if (wish != "never" && wish != "no_data") return wish;
    return version < plugin_version{2, 6} ? "never" : "no_data";
}

void add_database(model::config_map& config, const model::database& db) {
    config["database.hostname"] = db.host;
    config["database.port"] = fmt::format("{}", db.port);
    config["database.dbname"] = db.name;
    config["database.user"] = db.user;
    config["database.password"] = db.password;
}

void add_replication(model::config_map& config, const model::pipeline& pipeline, plugin_version version) {
    const auto& source = pipeline.source;
    config["plugin.name"] = "pgoutput";
    config["slot.name"] = source.slot;
    config["publication.name"] = source.publication;
    config["publication.autocreate.mode"] = source.publication_is_given ? "disabled" : "filtered";
    config["snapshot.mode"] = snapshot_mode(source.snapshot, version);
}

void add_topics(model::config_map& config, const model::source& source) {
    config["topic.prefix"] = source.topic_prefix;
    config["topic.naming.strategy"] = std::string(naming_strategy);
    config["topic.delimiter"] = ".";
    if (!source.tables.empty()) config["table.include.list"] = include_list(source.tables);
    if (source.heartbeat.count() > 0) {
        config["heartbeat.interval.ms"] = fmt::format("{}", source.heartbeat.count());
        config["topic.heartbeat.prefix"] = std::string(heartbeat_prefix);
    }
}

model::config_map complete_config(const model::pipeline& pipeline, plugin_version version) {
    model::config_map config;
    config["connector.class"] = std::string(class_name);
    config["tasks.max"] = "1";
    add_database(config, pipeline.source.db);
    add_replication(config, pipeline, version);
    add_topics(config, pipeline.source);
    // Without a bound a source retries for ever, RUNNING all the while (failure catalogue C1).
    config["errors.max.retries"] = "10";
    config["decimal.handling.mode"] = "precise";
    config["tombstones.on.delete"] = "true";
    add_converters(config, pipeline.format, pipeline.source.config);
    leave_out(config, pipeline.source.omit);
    return merge(config, pipeline.source.config);
}

bool routes(const model::config_map& config, const std::string& transform) {
    const auto prefix = fmt::format("transforms.{}.", transform);
    const auto type = value_or(config, prefix + "type", "");
    return type.find("Router") != std::string::npos || type.find("ExtractTopic") != std::string::npos ||
           config.contains(prefix + "route.by.field");
}

/// Why the topics' names are not to be foreseen; empty: they are.
std::string goes_its_own_way(const model::config_map& config) {
    const auto strategy = value_or(config, "topic.naming.strategy", naming_strategy);
    if (strategy != naming_strategy)
        return fmt::format("topic.naming.strategy {} names the topics", strategy);
    for (const auto& transform : split_list(value_or(config, "transforms", ""))) {
        if (routes(config, transform)) return fmt::format("the transform {} names the topics", transform);
    }
    if (model::is_provider_reference(value_or(config, "topic.prefix", ""))) {
        return "topic.prefix is known to Connect alone";
    }
    return {};
}

source_topics topics_of(const model::config_map& config, const std::vector<model::table_name>& tables) {
    source_topics topics;
    topics.prefix = value_or(config, "topic.prefix", "");
    topics.delimiter = value_or(config, "topic.delimiter", ".");
    topics.unknown_because = goes_its_own_way(config);
    if (!topics.unknown_because.empty()) return topics;
    for (const auto& table : tables)
        topics.tables.push_back(table_topic(topics.prefix, table, topics.delimiter));
    if (number(config, "heartbeat.interval.ms").value_or(0) > 0) {
        topics.heartbeat =
            value_or(config, "topic.heartbeat.prefix", heartbeat_prefix) + topics.delimiter + topics.prefix;
    }
    return topics;
}

model::database database_of(const model::config_map& config) {
    model::database db;
    db.host = value_or(config, "database.hostname", "");
    db.port =
        static_cast<std::uint16_t>(std::clamp(number(config, "database.port").value_or(5432), 1LL, 65535LL));
    db.name = value_or(config, "database.dbname", "");
    db.user = value_or(config, "database.user", "");
    const auto password = config.find("database.password");
    if (password != config.end()) db.password = password->second;
    return db;
}

derived_source derive(const model::pipeline& pipeline, plugin_version version) {
    derived_source derived;
    derived.config = complete_config(pipeline, version);
    derived.tasks = 1; // always, whatever tasks.max says: a slot has one reader
    derived.database = database_of(derived.config);
    derived.topics = topics_of(derived.config, pipeline.source.tables);
    return derived;
}

constexpr std::array costs{
    // What runs, where, with which slot and topics.
    key_cost{"database.hostname", consequence::resnapshot, {}},
    key_cost{"database.port", consequence::resnapshot, "5432"},
    key_cost{"database.dbname", consequence::resnapshot, {}},
    key_cost{"slot.name", consequence::new_slot, "debezium"},
    key_cost{"plugin.name", consequence::new_slot, "decoderbufs"},
    key_cost{
        "publication.name", consequence::resnapshot, "dbz_publication"
    },                                                     // older WAL is decoded without the new one
    key_cost{"topic.prefix", consequence::resnapshot, {}}, // it is part of the offsets' key
    key_cost{"offsets.storage.topic", consequence::resnapshot, {}},
    key_cost{"topic.delimiter", consequence::topic_rename, "."},
    key_cost{"topic.naming.strategy", consequence::topic_rename, naming_strategy},
    key_cost{"topic.heartbeat.prefix", consequence::topic_rename, heartbeat_prefix},
    key_cost{"topic.transaction", consequence::topic_rename, {}},
    key_cost{"publish.via.partition.root", consequence::topic_rename, {}},
    key_cost{"snapshot.mode", consequence::resnapshot, "initial"},
    key_cost{"snapshot.mode.", consequence::resnapshot, {}},
    // What can lose events.
    key_cost{"slot.drop.on.stop", consequence::data_loss, "false"},
    key_cost{"errors.tolerance", consequence::data_loss, "none"},
    key_cost{"event.processing.failure.handling.mode", consequence::data_loss, "fail"},
    key_cost{"event.converting.failure.handling.mode", consequence::data_loss, {}},
    key_cost{"offset.mismatch.strategy", consequence::data_loss, {}},
    key_cost{"internal.log.position.check.enable", consequence::data_loss, "true"},
    key_cost{
        "flush.lsn.source", consequence::data_loss, "true"
    }, // the slot grows until PostgreSQL gives it up
    key_cost{"lsn.flush.mode", consequence::data_loss, {}},
    // What is captured: rows from before the change are missing.
    key_cost{"table.include.list", consequence::gap_risk, {}},
    key_cost{"table.exclude.list", consequence::gap_risk, {}},
    key_cost{"schema.include.list", consequence::gap_risk, {}},
    key_cost{"schema.exclude.list", consequence::gap_risk, {}},
    key_cost{"column.include.list", consequence::gap_risk, {}},
    key_cost{"publication.autocreate.mode", consequence::gap_risk, "all_tables"},
    key_cost{"snapshot.include.collection.list", consequence::gap_risk, {}},
    key_cost{"snapshot.select.statement.overrides", consequence::gap_risk, {}},
    key_cost{"snapshot.select.statement.overrides.", consequence::gap_risk, {}},
    key_cost{"snapshot.query.mode", consequence::gap_risk, "select_all"},
    key_cost{"snapshot.query.mode.", consequence::gap_risk, {}},
    key_cost{"table.ignore.builtin", consequence::gap_risk, "true"},
    key_cost{"slot.stream.params", consequence::gap_risk, {}},
    // How later events look.
    key_cost{"decimal.handling.mode", consequence::event_shape, "precise"},
    key_cost{"time.precision.mode", consequence::event_shape, {}},
    key_cost{"binary.handling.mode", consequence::event_shape, {}},
    key_cost{"hstore.handling.mode", consequence::event_shape, {}},
    key_cost{"interval.handling.mode", consequence::event_shape, {}},
    key_cost{"money.fraction.digits", consequence::event_shape, {}},
    key_cost{"tombstones.on.delete", consequence::event_shape, "true"},
    key_cost{"message.key.columns", consequence::event_shape, {}},
    key_cost{"column.exclude.list", consequence::event_shape, {}},
    key_cost{"column.mask.", consequence::event_shape, {}},
    key_cost{"column.truncate.", consequence::event_shape, {}},
    key_cost{"column.propagate.source.type", consequence::event_shape, {}},
    key_cost{"datatype.propagate.source.type", consequence::event_shape, {}},
    key_cost{"converters", consequence::event_shape, {}},
    key_cost{"post.processors", consequence::event_shape, {}},
    key_cost{"provide.transaction.metadata", consequence::event_shape, {}},
    key_cost{"schema.name.adjustment.mode", consequence::event_shape, {}},
    key_cost{"field.name.adjustment.mode", consequence::event_shape, {}},
    key_cost{"schema.refresh.mode", consequence::event_shape, {}},
    key_cost{"sourceinfo.struct.maker", consequence::event_shape, {}},
    key_cost{"include.unknown.datatypes", consequence::event_shape, {}},
    key_cost{"include.schema.comments", consequence::event_shape, {}},
    key_cost{"unavailable.value.placeholder", consequence::event_shape, {}},
    key_cost{"skipped.operations", consequence::event_shape, "t"},
    key_cost{"skip.messages.without.change", consequence::event_shape, {}},
    key_cost{"message.prefix.", consequence::event_shape, {}},
    key_cost{"replica.identity.autoset.values", consequence::event_shape, {}},
    key_cost{"extended.headers.enabled", consequence::event_shape, {}},
    // How it runs.
    key_cost{"database.user", consequence::task_restart, {}},
    key_cost{"database.password", consequence::task_restart, {}},
    key_cost{"database.initial.statements", consequence::task_restart, {}},
    key_cost{"database.query.timeout.ms", consequence::task_restart, {}},
    key_cost{"database.sslmode", consequence::task_restart, {}},
    key_cost{"database.sslcert", consequence::task_restart, {}},
    key_cost{"database.sslkey", consequence::task_restart, {}},
    key_cost{"database.sslpassword", consequence::task_restart, {}},
    key_cost{"database.sslrootcert", consequence::task_restart, {}},
    key_cost{"database.sslfactory", consequence::task_restart, {}},
    key_cost{"database.tcpKeepAlive", consequence::task_restart, {}},
    key_cost{"driver.", consequence::task_restart, {}},
    key_cost{"heartbeat.", consequence::task_restart, {}},
    key_cost{"max.batch.size", consequence::task_restart, {}},
    key_cost{"max.queue.size", consequence::task_restart, {}},
    key_cost{"max.queue.size.in.bytes", consequence::task_restart, {}},
    key_cost{"poll.interval.ms", consequence::task_restart, {}},
    key_cost{"query.fetch.size", consequence::task_restart, {}},
    key_cost{"errors.max.retries", consequence::task_restart, {}},
    key_cost{"retriable.restart.connector.wait.ms", consequence::task_restart, {}},
    key_cost{"slot.max.retries", consequence::task_restart, {}},
    key_cost{"slot.retry.delay.ms", consequence::task_restart, {}},
    key_cost{"slot.failover", consequence::task_restart, {}},
    key_cost{"status.update.interval.ms", consequence::task_restart, {}},
    key_cost{"xmin.fetch.interval.ms", consequence::task_restart, {}},
    key_cost{"lsn.flush.timeout.ms", consequence::task_restart, {}},
    key_cost{"lsn.flush.timeout.action", consequence::task_restart, {}},
    key_cost{"snapshot.fetch.size", consequence::task_restart, {}},
    key_cost{"snapshot.delay.ms", consequence::task_restart, {}},
    key_cost{"snapshot.max.threads", consequence::task_restart, {}},
    key_cost{"snapshot.lock.timeout.ms", consequence::task_restart, {}},
    key_cost{"snapshot.locking.mode", consequence::task_restart, {}},
    key_cost{"snapshot.locking.mode.", consequence::task_restart, {}},
    key_cost{"snapshot.isolation.mode", consequence::task_restart, {}},
    key_cost{"snapshot.tables.order.by.row.count", consequence::task_restart, {}},
    key_cost{"streaming.delay.ms", consequence::task_restart, {}},
    key_cost{"incremental.snapshot.", consequence::task_restart, {}},
    key_cost{"signal.", consequence::task_restart, {}},
    key_cost{"notification.", consequence::task_restart, {}},
    key_cost{"read.only", consequence::task_restart, {}},
    key_cost{"topic.cache.size", consequence::task_restart, {}},
    key_cost{"topic.creation.", consequence::task_restart, {}}, // of topics that do not exist yet
    key_cost{"custom.metric.tags", consequence::task_restart, {}},
    key_cost{"custom.sanitize.pattern", consequence::task_restart, {}},
    key_cost{"internal.advanced.metrics.enable", consequence::task_restart, {}},
    key_cost{"internal.snapshot.scan.all.columns.force", consequence::task_restart, {}},
    key_cost{"connection.validation.timeout.ms", consequence::task_restart, {}},
    key_cost{"executor.shutdown.timeout.ms", consequence::task_restart, {}},
    key_cost{"guardrail.", consequence::task_restart, {}},
    key_cost{"openlineage.", consequence::task_restart, {}},
};

constexpr std::string_view second_pipeline =
    "declare a second pipeline beside this one and remove this one when the new one has caught up";

constexpr std::array identity{
    identity_key{"slot.name", "the replication slot", second_pipeline},
    identity_key{"publication.name", "the publication", second_pipeline},
    identity_key{"topic.prefix", "the topics and the stored offsets", second_pipeline},
    identity_key{"database.hostname", "the source database's host", second_pipeline},
    identity_key{"database.port", "the source database's port", second_pipeline},
    identity_key{"database.dbname", "the source database", second_pipeline},
};

} // namespace

source_kind postgres_source() {
    return {"debezium-postgres", class_name, derive, costs, identity, "debezium", recognise_postgres};
}

} // namespace sluice::debezium
