#include "sample.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

namespace sluice::testing {

namespace {

std::string shown(const model::config_value& value) {
    return model::is_secret(value) ? std::string(secret_mask) : std::get<std::string>(value);
}

void show(std::string& text, const model::desired_connector& c) {
    text += fmt::format("connector {}\n", c.name);
    text += fmt::format("  link {}/{}\n", c.link.pipeline, c.link.sink);
    text += fmt::format("  state {}\n", model::to_string(c.state));
    text += fmt::format("  tasks {}\n", c.tasks ? fmt::format("{}", *c.tasks) : "as listed");
    text += fmt::format("  after {}\n", fmt::join(c.topics, " "));
    if (c.database) {
        const auto& db = *c.database;
        text += fmt::format("  database {}@{}:{}/{}\n", db.user, db.host, db.port, db.name);
    }
    for (const auto& [key, value] : c.config) text += fmt::format("    {}={}\n", key, shown(value));
}

void show(std::string& text, const model::desired_topic& t) {
    const auto replicas =
        t.replication_factor ? fmt::format("{}", *t.replication_factor) : "broker's default";
    text += fmt::format("topic {}\n  partitions {}, replicas {}\n", t.name, t.partitions, replicas);
    for (const auto& [key, value] : t.creation_config) text += fmt::format("    {}={}\n", key, value);
    for (const auto& [key, value] : t.written_config)
        text += fmt::format("    compared: {}={}\n", key, value);
}

template <class Items>
const auto& by_name(const Items& items, const std::string& name) {
    const auto found =
        std::find_if(items.begin(), items.end(), [&](const auto& item) { return item.name == name; });
    if (found == items.end()) throw std::runtime_error("nothing was derived with the name " + name);
    return *found;
}

} // namespace

model::declaration shop() {
    model::pipeline pipeline;
    pipeline.name = "shop";
    pipeline.source.db = {"localhost", 5432, "source_db", "cdc_user", secret("the source's password")};
    pipeline.source.topic_prefix = "cdc";
    pipeline.source.tables = {{"public", "products"}, {"public", "orders"}};
    model::sink warehouse;
    warehouse.name = "warehouse";
    warehouse.db = {"localhost", 5433, "sink_db", "sink_user", secret("the sink's password")};
    warehouse.table_name = "{schema}_{table}";
    warehouse.dead_letter_topic = "shop.warehouse.dlq";
    pipeline.sinks = {warehouse};
    model::plain_connector audit;
    audit.name = "audit";
    audit.config = {
        {"connector.class", "FileStreamSink"}, {"tasks.max", "1"}, {"topics", "audit"}, {"file", "/tmp/audit"}
    };
    model::declaration declared;
    declared.name = "demo";
    declared.pipelines = {pipeline};
    declared.connectors = {audit};
    return declared;
}

std::vector<model::connect_plugin> debezium_2_7() {
    return {
        {"io.debezium.connector.jdbc.JdbcSinkConnector", "sink", "2.7.0.Final"},
        {"org.apache.kafka.connect.file.FileStreamSinkConnector", "sink", "3.7.2"},
        {"io.debezium.connector.postgresql.PostgresConnector", "source", "2.7.4.Final"},
    };
}

std::vector<model::connect_plugin> debezium_3() {
    return {
        {"io.debezium.connector.jdbc.JdbcSinkConnector", "sink", "3.4.0.Final"},
        {"org.apache.kafka.connect.file.FileStreamSinkConnector", "sink", "4.1.1"},
        {"io.debezium.connector.postgresql.PostgresConnector", "source", "3.4.0.Final"},
    };
}

std::string show(const model::desired& desired) {
    std::string text;
    for (const auto& topic : desired.topics) show(text, topic);
    for (const auto& connector : desired.connectors) show(text, connector);
    for (const auto& [link, why] : desired.unresolved) {
        text += fmt::format("unresolved {}/{}: {}\n", link.pipeline, link.sink, why);
    }
    return text;
}

const model::desired_connector& connector(const model::desired& desired, const std::string& name) {
    return by_name(desired.connectors, name);
}

const model::desired_topic& topic(const model::desired& desired, const std::string& name) {
    return by_name(desired.topics, name);
}

std::string value(const model::desired_connector& connector, const std::string& key) {
    const auto found = connector.config.find(key);
    return found == connector.config.end() ? "(absent)" : model::reveal(found->second);
}

} // namespace sluice::testing
