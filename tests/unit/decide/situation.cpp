#include "situation.hpp"

#include <algorithm>

namespace sluice::testing {

using model::connector_state;

model::desired_connector source_connector(const std::string& pipeline) {
    model::desired_connector c;
    c.name = pipeline + "-source";
    c.link = {pipeline, ""};
    c.role = model::connector_role::source;
    c.plugin = postgres_class;
    c.config = {
        {"connector.class", std::string(postgres_class)},
        {"database.hostname", std::string("db")},
        {"database.port", std::string("5432")},
        {"database.dbname", std::string("source_db")},
        {"database.password", secret("the source's password")},
        {"slot.name", "demo_" + pipeline},
        {"topic.prefix", pipeline},
        {"max.batch.size", std::string("2048")},
        {"sluice.owner", std::string("demo")},
    };
    c.tasks = 1;
    c.topics = {pipeline + ".public.orders"};
    c.database = model::database{"db", 5432, "source_db", "cdc_user", secret("the source's password")};
    return c;
}

model::desired_connector sink_connector(const std::string& pipeline, const std::string& sink) {
    model::desired_connector c;
    c.name = pipeline + '-' + sink;
    c.link = {pipeline, sink};
    c.role = model::connector_role::sink;
    c.plugin = jdbc_class;
    c.config = {
        {"connector.class", std::string(jdbc_class)},
        {"topics", pipeline + ".public.orders"},
        {"batch.size", std::string("500")},
        {"connection.password", secret("the sink's password")},
        {"sluice.owner", std::string("demo")},
    };
    c.topics = {pipeline + ".public.orders"};
    return c;
}

model::desired_connector plain_connector(const std::string& name) {
    model::desired_connector c;
    c.name = name;
    c.link = {name, ""};
    c.plugin = "org.example.Any";
    c.config = {{"connector.class", std::string("org.example.Any")}, {"sluice.owner", std::string("demo")}};
    return c;
}

model::desired_topic table_topic(const std::string& name, const std::string& pipeline) {
    model::desired_topic t;
    t.name = name;
    t.pipeline = pipeline;
    t.creation_config = {{"cleanup.policy", "compact"}};
    return t;
}

model::observed_connector running(const model::desired_connector& wanted) {
    model::observed_connector c;
    c.name = wanted.name;
    c.config.emplace();
    for (const auto& [key, value] : wanted.config) (*c.config)[key] = model::reveal(value);
    (*c.config)["name"] = wanted.name;
    c.task_count = 1;
    c.status = model::connector_status{
        connector_state::running, "worker", "", {{0, connector_state::running, "worker", ""}}
    };
    return c;
}

model::observed_connector stranger(const std::string& name, std::map<std::string, std::string> config) {
    model::observed_connector c;
    c.name = name;
    c.config = std::move(config);
    c.status = model::connector_status{
        connector_state::running, "worker", "", {{0, connector_state::running, "worker", ""}}
    };
    return c;
}

model::observed_topic existing(const model::desired_topic& wanted) {
    std::map<std::string, model::topic_entry> config;
    for (const auto& [key, value] : wanted.creation_config) config[key] = {value, false, false, false};
    return {wanted.name, wanted.partitions, wanted.replication_factor.value_or(1), std::move(config)};
}

situation::situation() {
    desired.instance = "demo";
    observed.worker = read(model::connect_worker{"3.7.2", "", ""}, now);
    desired.connectors = {source_connector(), sink_connector()};
    desired.topics = {table_topic("shop.public.orders")};
    realise();
    look();
}

void situation::realise() {
    model::connector_list connectors;
    for (const auto& c : desired.connectors) connectors.emplace(c.name, running(c));
    model::topic_list topics;
    for (const auto& t : desired.topics) topics.emplace(t.name, existing(t));
    observed.connectors = read(std::move(connectors), now);
    observed.topics = read(std::move(topics), now);
}

decide::decision situation::look() {
    auto d = decide();
    memory = d.memory;
    return d;
}

model::desired_connector& situation::wanted(const std::string& name) {
    return *std::ranges::find(desired.connectors, name, &model::desired_connector::name);
}

void situation::advance(milliseconds by) {
    now = now + by;
    if (observed.connectors.fresh()) observed.connectors.read_at = observed.connectors.tried_at = now;
}

void situation::fail_task(const std::string& name, const std::string& trace) {
    status(name).tasks.at(0).state = connector_state::failed;
    status(name).tasks.at(0).trace = trace;
}

void situation::let_run(const std::string& name) {
    seen(name).status = running(wanted(name)).status;
}

void situation::leave_unresolved(model::desired_connector connector, const std::string& reason) {
    connector.config = {{"connector.class", connector.plugin}, {"sluice.owner", desired.instance}};
    connector.topics.clear();
    connector.tasks.reset();
    desired.unresolved[connector.link] = reason;
    std::erase_if(desired.connectors, [&](const auto& c) { return c.name == connector.name; });
    desired.connectors.push_back(std::move(connector));
    std::ranges::sort(desired.connectors, {}, &model::desired_connector::name);
}

} // namespace sluice::testing
