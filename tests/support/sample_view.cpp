#include "support/sample_view.hpp"

namespace sluice::testing {

using namespace control;
using model::connector_state;
using model::link_status;

namespace {

constexpr auto trace =
    "org.apache.kafka.connect.errors.ConnectException: Exiting due to unrecoverable exception\n"
    "\tat io.debezium.connector.jdbc.JdbcSinkConnectorTask.put(JdbcSinkConnectorTask.java:97)\n"
    "Caused by: org.postgresql.util.PSQLException: Connection to localhost:5433 refused\n"
    "\tat org.postgresql.core.v3.ConnectionFactoryImpl.openConnectionImpl(ConnectionFactoryImpl.java:352)\n";
constexpr auto cause = "org.postgresql.util.PSQLException: Connection to localhost:5433 refused";

wall_time seconds_ago(int n) {
    return sample_time().wall - seconds(n);
}

link_view source_link() {
    link_view link;
    link.link = {"shop", ""};
    link.connector = "shop-source";
    link.role = model::connector_role::source;
    link.plugin = "io.debezium.connector.postgresql.PostgresConnector";
    link.known = link.exists = true;
    link.status = model::connector_status{
        connector_state::running, "10.0.0.1:8083", "", {{0, connector_state::running, "10.0.0.1:8083", ""}}
    };
    link.verdict = {link.link, link.connector, link_status::ok, "", 1, 1};
    return link;
}

link_view sink_link() {
    link_view link;
    link.link = {"shop", "warehouse"};
    link.connector = "shop-warehouse";
    link.role = model::connector_role::sink;
    link.plugin = "io.debezium.connector.jdbc.JdbcSinkConnector";
    link.group = "connect-shop-warehouse";
    link.known = link.exists = true;
    link.status = model::connector_status{
        connector_state::running, "10.0.0.2:8083", "", {{0, connector_state::failed, "10.0.0.2:8083", trace}}
    };
    link.verdict = {link.link, link.connector, link_status::failed, "task 0 failed", 0, 1};
    link.drifted_keys = 1;
    link.restart.attempts = 2;
    link.restart.next_at = sample_time().wall + seconds(20);
    link.restart.cause = cause;
    link.restart.task = 0;
    link.restart.code = "SINK_DB_LOST";
    link.restart.kind = "transient";
    link.restart.outcome = "failed-again";
    link.restart.last_at = seconds_ago(10);
    link.restart.alike = 3;
    link.restarts = {link.restart};
    return link;
}

std::shared_ptr<const pipeline_view> shop() {
    pipeline_view pipeline;
    pipeline.name = "shop";
    pipeline.slot = "demo_shop";
    pipeline.publication = "demo_shop";
    pipeline.topics = {"cdc.public.orders", "cdc.public.products"};
    pipeline.links = {source_link(), sink_link()};
    pipeline.verdict.pipeline = "shop";
    pipeline.verdict.status = link_status::failed;
    pipeline.verdict.since = seconds_ago(60);
    pipeline.verdict.reason = "shop-warehouse: task 0 failed";
    for (const auto& link : pipeline.links) pipeline.verdict.links.push_back(link.verdict);
    pipeline.verdict.findings = {
        {"SINK_UNREACHABLE",
         model::severity::critical,
         {"shop", "warehouse"},
         "sink_db at localhost:5433",
         "The sink's database refuses connections.",
         "Start it, or correct `sinks.warehouse.port`."},
    };
    return std::make_shared<const pipeline_view>(std::move(pipeline));
}

override_view override_of_audit() {
    model::state_override wish;
    wish.who = "anna";
    wish.reason = "an upgrade";
    wish.since = seconds_ago(600);
    wish.lasts = std::chrono::minutes(30);
    wish.ends_at = wish.since + *wish.lasts;
    return {{model::override_scope::pipeline, "audit"}, wish};
}

std::shared_ptr<const pipeline_view> audit() {
    link_view link;
    link.link = {"audit", ""};
    link.connector = "audit";
    link.plugin = "org.apache.kafka.connect.file.FileStreamSinkConnector";
    link.target = model::target_state::paused;
    link.known = true;
    link.held_by = "apply by root";
    link.override_on = override_of_audit();
    link.verdict = {link.link, link.connector, link_status::paused, "", 0, 1};

    pipeline_view pipeline;
    pipeline.name = "audit";
    pipeline.is_plain = true;
    pipeline.target = model::target_state::paused;
    pipeline.override_on = override_of_audit();
    pipeline.links = {link};
    pipeline.verdict.pipeline = "audit";
    pipeline.verdict.status = link_status::paused;
    pipeline.verdict.since = seconds_ago(600);
    pipeline.verdict.links = {link.verdict};
    return std::make_shared<const pipeline_view>(std::move(pipeline));
}

model::plan sample_plan() {
    model::change create;
    create.kind = model::change_kind::create_connector;
    create.subject = "audit";
    create.link = {"audit", ""};
    create.id = "00c0ffee";
    create.cost = model::consequence::resnapshot;
    create.hold(model::obstacle::acceptance, "awaits acceptance of resnapshot");
    create.to_accept = {model::consequence::resnapshot};

    model::change update;
    update.kind = model::change_kind::update_config;
    update.subject = "shop-warehouse";
    update.link = {"shop", "warehouse"};
    update.cost = model::consequence::task_restart;
    update.keys = {
        {"batch.size", "500", "1000", false},
        {"connection.password", std::nullopt, std::nullopt, true},
        {"delete.enabled", std::nullopt, "true", false},
    };
    update.is_drift = true;
    update.because = "it was changed in Connect";
    return {{create, update}};
}

} // namespace

moment sample_time() {
    using namespace std::chrono;
    const sys_days day = 2026y / November / 23d;
    return {mono_time(1000s), day + 18h + 30min};
}

status_view sample_view() {
    status_view view;
    view.instance = "demo";
    view.made_at = sample_time();
    view.started_at = sample_time() + seconds(-900);
    view.every_observer_answered = true;
    view.config = {
        "config/pipeline.yaml",
        false,
        seconds_ago(30),
        seconds_ago(900),
        {"config/pipeline.yaml:3:1: error: unknown key `kafak`; did you mean `kafka`?"},
        {}
    };
    view.loops = {{"reconcile", sample_time() + seconds(-4), seconds(10)}, {"probe", {}, seconds(30)}};
    view.dependencies = {
        {"connect", "default", true, "", "3.7.2", seconds_ago(4), "", ""},
        {"kafka", "kafka", true, "", "", seconds_ago(4), "", ""},
        {"sink_db",
         "shop-warehouse",
         false,
         "connection refused",
         "",
         seconds_ago(12),
         "sink_db",
         "sink.example:5432"},
        {"source_db",
         "shop",
         std::nullopt,
         "the password is only known to Connect",
         "",
         wall_time{},
         "source_db",
         "source.example:5432"},
    };
    view.pipelines = {audit(), shop()};
    view.plan = sample_plan();
    view.undeclared = {"legacy-sink", "old-source"};
    view.orphaned = {"old-source"};
    view.frozen_until = wall_time(seconds(1798437600));
    return view;
}

} // namespace sluice::testing
