#include "fleet.hpp"

#include "debezium/derive.hpp"

#include <fmt/format.h>

namespace sluice::testing {

namespace {

model::pipeline pipeline_of_fleet(const model::pipeline& like, const std::string& name) {
    auto p = like;
    p.name = name;
    p.source.topic_prefix = name;
    p.source.connector = debezium::source_connector_name(name);
    p.source.slot = debezium::slot_name("demo", name);
    p.source.publication = p.source.slot;
    for (auto& sink : p.sinks) sink.connector = debezium::sink_connector_name(name, sink.name);
    return p;
}

} // namespace

model::declaration fleet_declaration(std::size_t pipelines, std::size_t plain) {
    auto d = demo_declaration();
    const auto like = d.pipelines.at(0);
    d.pipelines.clear();
    for (std::size_t i = 1; i <= pipelines; ++i)
        d.pipelines.push_back(pipeline_of_fleet(like, fmt::format("shop-{:03}", i)));
    for (std::size_t i = 1; i <= plain; ++i) {
        model::plain_connector c;
        c.name = fmt::format("plain-{:03}", i);
        c.config["connector.class"] = std::string("org.apache.kafka.connect.file.FileStreamSourceConnector");
        c.config["topic"] = c.name;
        c.config["file"] = "/tmp/" + c.name;
        d.connectors.push_back(std::move(c));
    }
    return d;
}

void make_real(model_world& world, const model::declaration& declared) {
    const auto desired = debezium::derive(declared, world.connect_.installed);
    for (const auto& wanted : desired.connectors) {
        auto& c = world.connect_.running[wanted.name];
        for (const auto& [key, value] : wanted.config) c.config[key] = model::reveal(value);
    }
    for (const auto& wanted : desired.topics) {
        model::observed_topic topic{
            wanted.name,
            wanted.partitions,
            wanted.replication_factor.value_or(1),
            std::map<std::string, model::topic_entry>{}
        };
        for (const auto& [key, value] : wanted.creation_config)
            (*topic.config)[key] = {value, false, false, false};
        world.kafka_.existing.emplace(wanted.name, std::move(topic));
    }
}

} // namespace sluice::testing
