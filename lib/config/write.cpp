#include "config/write.hpp"

#include "base/units.hpp"
#include "debezium/names.hpp"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace sluice::config {

namespace {

/// Whether YAML reads a text as it stands, and as nothing but a text.
bool is_plain(std::string_view text) {
    constexpr std::array<std::string_view, 5> nothing{"null", "Null", "NULL", "~", ""};
    if (std::ranges::find(nothing, text) != nothing.end()) return false;
    const auto is_word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
               c == '.' || c == '/';
    };
    const auto may_follow = [&](char c) { return is_word(c) || c == '-' || c == ':' || c == '+'; };
    return is_word(text.front()) && text.back() != ':' && std::ranges::all_of(text, may_follow);
}

/// "shop", "warehouse", "password" → SHOP_WAREHOUSE_PASSWORD
std::string variable_name(std::initializer_list<std::string_view> parts) {
    std::string name;
    for (const auto part : parts) {
        if (!name.empty()) name += '_';
        for (const char c : part) {
            const bool lower = c >= 'a' && c <= 'z';
            const bool fits = lower || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            name += lower ? static_cast<char>(c - 'a' + 'A') : fits ? c : '_';
        }
    }
    return name;
}

std::string_view word_of(model::write_mode mode) {
    switch (mode) {
    case model::write_mode::insert: return "insert";
    case model::write_mode::update: return "update";
    case model::write_mode::upsert: return "upsert";
    }
    return "upsert";
}

class writer {
public:
    written write(const model::declaration& declared) &&;

private:
    using place = std::string; // the beginning of a variable's name

    void key(std::string_view name) { out_ << YAML::Key << std::string(name) << YAML::Value; }
    void text(std::string_view value) {
        if (!is_plain(value)) out_ << YAML::DoubleQuoted;
        out_ << std::string(value);
    }
    void entry(std::string_view name, std::string_view value) {
        key(name);
        text(value);
    }
    void unless(std::string_view name, std::string_view value, std::string_view otherwise) {
        if (value != otherwise) entry(name, value);
    }
    void flag(std::string_view name, bool value, bool otherwise) {
        if (value != otherwise) entry(name, value ? "true" : "false");
    }
    void from_variable(std::string name, std::optional<secret> value);
    void value(const model::config_value& v, const place& where, std::string_view name);
    void properties(std::string_view name, const model::config_map& config, const place& where);
    void list(std::string_view name, const std::vector<std::string>& items);
    void database(const model::database& db, const place& where);
    void state(model::target_state state);
    void kafka(const model::kafka_cluster& cluster);
    void connect(const model::connect_cluster& cluster);
    void source(const std::string& instance, const model::pipeline& pipeline);
    void topics(const model::topic_settings& settings);
    void sink(const model::pipeline& pipeline, const model::sink& sink);
    void pipeline(const std::string& instance, const model::pipeline& pipeline);
    void connector(const model::plain_connector& plain);

    YAML::Emitter out_;
    std::vector<variable> variables_;
    std::set<std::string> names_;
};

void writer::from_variable(std::string name, std::optional<secret> value) {
    auto free = name;
    for (int i = 2; !names_.insert(free).second; ++i) free = fmt::format("{}_{}", name, i);
    out_ << YAML::LocalTag("env") << free;
    variables_.push_back({std::move(free), std::move(value)});
}

void writer::value(const model::config_value& v, const place& where, std::string_view name) {
    if (const auto* hidden = std::get_if<secret>(&v))
        from_variable(variable_name({where, name}), *hidden);
    else
        text(model::reveal(v));
}

void writer::properties(std::string_view name, const model::config_map& config, const place& where) {
    if (config.empty()) return;
    key(name);
    out_ << YAML::BeginMap;
    for (const auto& [property, v] : config) {
        out_ << YAML::Key;
        text(property);
        out_ << YAML::Value;
        value(v, where, property);
    }
    out_ << YAML::EndMap;
}

void writer::list(std::string_view name, const std::vector<std::string>& items) {
    key(name);
    out_ << YAML::Flow << YAML::BeginSeq;
    for (const auto& item : items) text(item);
    out_ << YAML::EndSeq;
}

void writer::state(model::target_state state) {
    unless("state", model::to_string(state), "running");
}

void writer::kafka(const model::kafka_cluster& cluster) {
    key("kafka");
    out_ << YAML::BeginMap;
    key("bootstrap_servers");
    if (cluster.bootstrap_servers.empty())
        from_variable("KAFKA_BOOTSTRAP_SERVERS", std::nullopt);
    else
        text(cluster.bootstrap_servers);
    properties("properties", cluster.properties, "KAFKA");
    out_ << YAML::EndMap;
}

void writer::connect(const model::connect_cluster& cluster) {
    key("connect");
    out_ << YAML::BeginMap;
    list("urls", cluster.urls);
    unless("username", cluster.username, "");
    if (cluster.password) {
        key("password");
        from_variable("CONNECT_PASSWORD", cluster.password);
    }
    unless("ca_file", cluster.ca_file, "");
    unless("certificate_file", cluster.certificate_file, "");
    unless("key_file", cluster.key_file, "");
    unless("request_timeout", format_duration(cluster.read_timeout), format_duration(seconds(10)));
    out_ << YAML::EndMap;
}

void writer::database(const model::database& db, const place& where) {
    entry("host", db.host);
    unless("port", fmt::format("{}", db.port), "5432");
    entry("database", db.name);
    entry("user", db.user);
    key("password");
    value(db.password, where, "password");
}

void writer::source(const std::string& instance, const model::pipeline& pipeline) {
    const auto& s = pipeline.source;
    const auto where = variable_name({pipeline.name, "source"});
    const auto derived = debezium::slot_name(instance, pipeline.name);
    std::vector<std::string> tables;
    for (const auto& table : s.tables) tables.push_back(table.qualified());
    key("source");
    out_ << YAML::BeginMap;
    entry("type", s.type);
    unless("connector", s.connector, debezium::source_connector_name(pipeline.name));
    flag("adopt", s.adopt, false);
    database(s.db, where);
    entry("topic_prefix", s.topic_prefix);
    list("tables", tables);
    unless("snapshot", s.snapshot, "initial");
    unless("heartbeat", format_duration(s.heartbeat), format_duration(seconds(10)));
    unless("slot", s.slot, derived);
    if (s.publication_is_given) entry("publication", s.publication);
    properties("config", s.config, where);
    if (!s.omit.empty()) list("omit", s.omit);
    out_ << YAML::EndMap;
}

void writer::topics(const model::topic_settings& settings) {
    if (settings == model::topic_settings{}) return;
    key("topics");
    out_ << YAML::BeginMap;
    if (settings.partitions) entry("partitions", fmt::format("{}", *settings.partitions));
    if (settings.replication_factor)
        entry("replication_factor", fmt::format("{}", *settings.replication_factor));
    if (settings.cleanup) entry("cleanup", *settings.cleanup);
    const model::config_map config(settings.config.begin(), settings.config.end());
    properties("config", config, "");
    out_ << YAML::EndMap;
}

void writer::sink(const model::pipeline& pipeline, const model::sink& sink) {
    const auto where = variable_name({pipeline.name, sink.name});
    key(sink.name);
    out_ << YAML::BeginMap;
    entry("type", sink.type);
    unless("connector", sink.connector, debezium::sink_connector_name(pipeline.name, sink.name));
    flag("adopt", sink.adopt, false);
    database(sink.db, where);
    unless("write", word_of(sink.write), "upsert");
    flag("delete", sink.delete_rows, true);
    unless("schema_evolution", sink.evolution == model::schema_evolution::basic ? "basic" : "none", "basic");
    unless("table_name", sink.table_name, "");
    if (!sink.dead_letter_topic.empty()) {
        key("dead_letter");
        out_ << YAML::BeginMap;
        entry("topic", sink.dead_letter_topic);
        out_ << YAML::EndMap;
    }
    properties("config", sink.config, where);
    if (!sink.omit.empty()) list("omit", sink.omit);
    out_ << YAML::EndMap;
}

void writer::pipeline(const std::string& instance, const model::pipeline& pipeline) {
    key(pipeline.name);
    out_ << YAML::BeginMap;
    state(pipeline.state);
    if (pipeline.format == model::message_format::json_schemaless) entry("format", "json-schemaless");
    source(instance, pipeline);
    topics(pipeline.topics);
    if (!pipeline.sinks.empty()) {
        key("sinks");
        out_ << YAML::BeginMap;
        for (const auto& s : pipeline.sinks) sink(pipeline, s);
        out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
}

void writer::connector(const model::plain_connector& plain) {
    key(plain.name);
    out_ << YAML::BeginMap;
    unless("connector", plain.connector, "");
    state(plain.state);
    flag("adopt", plain.adopt, false);
    properties("config", plain.config, variable_name({plain.name}));
    out_ << YAML::EndMap;
}

written writer::write(const model::declaration& declared) && {
    out_ << YAML::BeginMap;
    entry("version", "1");
    entry("name", declared.name);
    kafka(declared.kafka);
    connect(declared.connect);
    key("pipelines");
    if (declared.pipelines.empty()) out_ << YAML::Flow; // {}
    out_ << YAML::BeginMap;
    for (const auto& p : declared.pipelines) pipeline(declared.name, p);
    out_ << YAML::EndMap;
    if (!declared.connectors.empty()) {
        key("connectors");
        out_ << YAML::BeginMap;
        for (const auto& c : declared.connectors) connector(c);
        out_ << YAML::EndMap;
    }
    out_ << YAML::EndMap;
    return {std::string(out_.c_str()) + '\n', std::move(variables_)};
}

} // namespace

written write(const model::declaration& declared) {
    return writer().write(declared);
}

} // namespace sluice::config
