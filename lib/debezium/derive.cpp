#include "debezium/derive.hpp"

#include "debezium/kinds.hpp"
#include "debezium/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <expected>
#include <map>
#include <set>

namespace sluice::debezium {

namespace {

using plugin_list = std::optional<std::vector<model::connect_plugin>>;

/// The version of the plugin that will run; the reason when there is none.
std::expected<plugin_version, std::string>
version_of(std::string_view class_name, const plugin_list& plugins) {
    if (!plugins) return plugin_version{};
    const auto* plugin = find_plugin(*plugins, class_name);
    if (!plugin) return std::unexpected(describe_missing(*plugins, class_name));
    return parse_version(plugin->version);
}

std::string class_of(const model::config_map& config, std::string_view otherwise) {
    const auto found = config.find("connector.class");
    return found == config.end() ? std::string(otherwise) : model::reveal(found->second);
}

template <class Kinds>
auto find_kind(const Kinds& kinds, std::string_view type) {
    const auto of_type = [type](const auto& kind) { return kind.type == type; };
    const auto found = std::find_if(kinds.begin(), kinds.end(), of_type);
    return found == kinds.end() ? nullptr : &*found;
}

const std::string& given_or(const std::string& given, const std::string& derived) {
    return given.empty() ? derived : given;
}

/// A topic of somebody else's is not waited for.
std::vector<std::string> common(std::vector<std::string> read, const std::vector<std::string>& written) {
    const auto is_foreign = [&](const std::string& topic) {
        return std::find(written.begin(), written.end(), topic) == written.end();
    };
    std::erase_if(read, is_foreign);
    return read;
}

/// A pipeline whose names are all filled in.
model::pipeline named(model::pipeline pipeline, const std::string& instance) {
    auto& source = pipeline.source;
    const auto slot = slot_name(instance, pipeline.name);
    source.connector = given_or(source.connector, source_connector_name(pipeline.name));
    source.slot = given_or(source.slot, slot);
    source.publication = given_or(source.publication, slot);
    for (auto& sink : pipeline.sinks) {
        sink.connector = given_or(sink.connector, sink_connector_name(pipeline.name, sink.name));
    }
    return pipeline;
}

class derivation {
public:
    derivation(const model::declaration& declared, const plugin_list& plugins) : plugins_(plugins) {
        out_.instance = declared.name;
        out_.drift = declared.reconcile.drift;
        out_.prune = declared.reconcile.prune;
        out_.restarts = declared.reconcile.restarts;
        out_.freeze = declared.reconcile.freeze;
        const auto& accept = declared.reconcile.accept;
        out_.accepted_plans = {accept.begin(), accept.end()};
        adopts_all_ = declared.reconcile.adopt;
    }

    void add(const model::pipeline& pipeline);
    void add(const model::plain_connector& plain);
    model::desired finish() &&;

private:
    source_topics add_source(const model::pipeline& pipeline);
    void add_sink(const model::pipeline& pipeline, const model::sink& sink, const source_topics& topics);
    void add_connector(model::desired_connector connector, derived_config derived, bool adopt);
    void add_table_topics(const model::pipeline& pipeline, const source_topics& topics);
    void add_companion_topic(
        const model::pipeline& pipeline, model::topic_purpose purpose, const std::string& name
    );
    void add_unresolved(model::desired_connector connector, std::string_view class_name, std::string why);

    const plugin_list& plugins_;
    bool adopts_all_ = false;
    std::map<std::string, model::desired_topic> topics_; // two sinks may share a dead letter topic
    model::desired out_;
};

void derivation::add(const model::pipeline& pipeline) {
    const auto topics = add_source(pipeline);
    for (const auto& sink : pipeline.sinks) add_sink(pipeline, sink, topics);
}

source_topics derivation::add_source(const model::pipeline& pipeline) {
    const auto& source = pipeline.source;
    model::desired_connector connector;
    connector.name = source.connector;
    connector.link = {pipeline.name, {}};
    connector.role = model::connector_role::source;
    connector.state = pipeline.state;
    const auto* kind = find_kind(source_kinds(), source.type);
    if (!kind) {
        add_unresolved(std::move(connector), {}, fmt::format("there is no source of type {}", source.type));
        return {{}, {}, {}, {}, fmt::format("the source is of the unknown type {}", source.type)};
    }
    const auto class_name = class_of(source.config, kind->class_name);
    const auto version = version_of(class_name, plugins_);
    auto derived = kind->derive(pipeline, version.value_or(plugin_version{}));
    const auto topics = derived.topics;
    add_table_topics(pipeline, topics);
    if (!topics.heartbeat.empty())
        add_companion_topic(pipeline, model::topic_purpose::heartbeat, topics.heartbeat);
    if (!version) {
        add_unresolved(std::move(connector), class_name, version.error());
        return topics;
    }
    if (class_name != kind->class_name) derived.tasks.reset(); // the class is the user's own choice
    connector.topics = topics.tables;
    if (!topics.heartbeat.empty()) connector.topics.push_back(topics.heartbeat);
    add_connector(std::move(connector), std::move(derived), source.adopt);
    return topics;
}

void derivation::add_sink(
    const model::pipeline& pipeline, const model::sink& sink, const source_topics& topics
) {
    model::desired_connector connector;
    connector.name = sink.connector;
    connector.link = {pipeline.name, sink.name};
    connector.role = model::connector_role::sink;
    connector.state = pipeline.state;
    const auto* kind = find_kind(sink_kinds(), sink.type);
    if (!kind)
        return add_unresolved(
            std::move(connector), {}, fmt::format("there is no sink of type {}", sink.type)
        );
    const auto class_name = class_of(sink.config, kind->class_name);
    const auto version = version_of(class_name, plugins_);
    if (!version) return add_unresolved(std::move(connector), class_name, version.error());
    auto derived = kind->derive(pipeline, sink, topics, *version);
    if (!derived) return add_unresolved(std::move(connector), class_name, derived.error());
    const auto& dead_letters = derived->dead_letter_topic;
    if (!dead_letters.empty()) add_companion_topic(pipeline, model::topic_purpose::dead_letter, dead_letters);
    if (class_name != kind->class_name) derived->tasks.reset();
    connector.topics = common(derived->topics, topics.tables);
    if (!dead_letters.empty()) connector.topics.push_back(dead_letters);
    add_connector(std::move(connector), std::move(*derived), sink.adopt);
}

void derivation::add(const model::plain_connector& plain) {
    model::desired_connector connector;
    connector.name = given_or(plain.connector, plain.name);
    connector.link = {plain.name, {}};
    connector.role = model::connector_role::plain;
    connector.state = plain.state;
    const auto class_name = class_of(plain.config, "");
    if (class_name.empty())
        return add_unresolved(std::move(connector), {}, "its config has no connector.class");
    const auto version = version_of(class_name, plugins_);
    if (!version) return add_unresolved(std::move(connector), class_name, version.error());
    add_connector(std::move(connector), {plain.config, {}, {}}, plain.adopt);
}

/// Its name and place are known all the same, and what is there under that name is not one that nobody
/// declares.
void derivation::add_unresolved(
    model::desired_connector connector, std::string_view class_name, std::string why
) {
    out_.unresolved.emplace(connector.link, std::move(why));
    derived_config nothing_more;
    if (!class_name.empty()) nothing_more.config["connector.class"] = std::string(class_name);
    add_connector(std::move(connector), std::move(nothing_more), false);
}

/// What all connectors have: the ownership mark, which nothing in the file can replace.
void derivation::add_connector(model::desired_connector connector, derived_config derived, bool adopt) {
    connector.config = std::move(derived.config);
    std::erase_if(connector.config, [](const auto& entry) {
        return entry.first == "name" || entry.first.starts_with(model::own_key_prefix);
    });
    connector.config[std::string(model::owner_key)] = out_.instance;
    connector.plugin = class_of(connector.config, "");
    connector.tasks = derived.tasks;
    connector.database = std::move(derived.database);
    connector.adopt = adopt || adopts_all_;
    out_.connectors.push_back(std::move(connector));
}

void derivation::add_table_topics(const model::pipeline& pipeline, const source_topics& topics) {
    const auto& settings = pipeline.topics;
    auto written = settings.config;
    if (settings.cleanup) written.emplace("cleanup.policy", *settings.cleanup);
    auto at_creation = written;
    at_creation.emplace("cleanup.policy", "compact");
    for (const auto& name : topics.tables) {
        model::desired_topic topic;
        topic.name = name;
        topic.pipeline = pipeline.name;
        topic.purpose = model::topic_purpose::table;
        topic.partitions = settings.partitions.value_or(1);
        topic.replication_factor = settings.replication_factor;
        topic.creation_config = at_creation;
        topic.written_partitions = settings.partitions;
        topic.written_replication_factor = settings.replication_factor;
        topic.written_config = written;
        topics_.emplace(name, std::move(topic));
    }
}

void derivation::add_companion_topic(
    const model::pipeline& pipeline, model::topic_purpose purpose, const std::string& name
) {
    model::desired_topic topic;
    topic.name = name;
    topic.pipeline = pipeline.name;
    topic.purpose = purpose;
    topic.replication_factor = pipeline.topics.replication_factor;
    const bool keeps_latest = purpose == model::topic_purpose::heartbeat;
    topic.creation_config["cleanup.policy"] = keeps_latest ? "compact" : "delete";
    topics_.emplace(name, std::move(topic));
}

model::desired derivation::finish() && {
    const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
    std::sort(out_.connectors.begin(), out_.connectors.end(), by_name);
    for (auto& [name, topic] : topics_) out_.topics.push_back(std::move(topic));
    return std::move(out_);
}

} // namespace

model::desired
derive(const model::declaration& declared, const std::optional<std::vector<model::connect_plugin>>& plugins) {
    derivation all(declared, plugins);
    for (const auto& pipeline : declared.pipelines) all.add(named(pipeline, declared.name));
    for (const auto& plain : declared.connectors) all.add(plain);
    return std::move(all).finish();
}

std::vector<model::connect_plugin>
plugins_as_if(const model::declaration& declared, const std::string& version) {
    std::set<std::string> classes;
    for (const auto& pipeline : declared.pipelines) {
        if (const auto* kind = find_kind(source_kinds(), pipeline.source.type))
            classes.insert(class_of(pipeline.source.config, kind->class_name));
        for (const auto& sink : pipeline.sinks)
            if (const auto* kind = find_kind(sink_kinds(), sink.type))
                classes.insert(class_of(sink.config, kind->class_name));
    }
    for (const auto& plain : declared.connectors) classes.insert(class_of(plain.config, ""));
    std::vector<model::connect_plugin> plugins;
    for (const auto& name : classes) plugins.push_back({name, "", version});
    return plugins;
}

} // namespace sluice::debezium
