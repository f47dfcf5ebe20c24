// Bad input and bad days: a clear message, no wrong write, and all is well by itself once the cause is gone.

#include "sandbox.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>
#include <fstream>

using namespace sluice::testing;
using Catch::Contains;
using std::chrono::seconds;

namespace {

void rows_arrive(const sandbox& corner, int id) {
    corner.source(fmt::format("INSERT INTO products (id, name, price) VALUES ({}, 'x', 1)", id));
    eventually("the row is in the sink", [&] { return corner.sink_has_product(id); }, seconds(120));
}

void services_are_up() {
    stack_does("up");
}

} // namespace

TEST_CASE("Connect restarted: the status is unknown meanwhile, nothing is written, and rows arrive again") {
    const sandbox corner("restarted");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    rows_arrive(corner, 100);
    const auto before = corner.writes();
    stack_does("down connect");
    eventually("the status is unknown", [&] { return corner.status_of() == "unknown"; });
    CHECK(corner.http("/livez").status == 200);
    CHECK(corner.http("/healthz?pipelines").status == 503);
    CHECK(corner.metric("sluice_dependency_up{dependency=\"connect\"") == 0);
    services_are_up();
    becomes_ok(corner);
    changes_arrive(corner);
    CHECK(corner.writes() == before);
}

TEST_CASE("started before Kafka and Connect, it waits, says so, and goes on when they come") {
    const sandbox corner("early");
    stack_does("down connect");
    stack_does("down kafka");
    const auto daemon = corner.start_daemon();
    eventually("it answers", [&] { return corner.http("/livez").status == 200; });
    eventually("both are known to be away", [&] {
        return corner.metric("sluice_dependency_up{dependency=\"connect\"") == 0 &&
               corner.metric("sluice_dependency_up{dependency=\"kafka\"") == 0;
    });
    CHECK(daemon->runs());
    services_are_up();
    becomes_ok(corner);
    rows_arrive(corner, 100);
}

TEST_CASE("a wrong source password: nothing is created and the text says why, and put right it goes on") {
    const sandbox corner("password");
    // The role is the sandbox's own: other tests log in as the stack's.
    auto user = corner.instance;
    std::ranges::replace(user, '-', '_');
    corner.source(fmt::format(
        "CREATE ROLE {} LOGIN REPLICATION PASSWORD 'another-one' IN ROLE {}", user, stack().at("SOURCE_USER")
    ));
    auto file = corner.usual_file();
    const auto usual = "user: " + stack().at("SOURCE_USER");
    file.replace(file.find(usual), usual.size(), "user: " + user);
    corner.write_file(file);
    const auto daemon = corner.start_daemon();
    eventually("it says why", [&] {
        return corner.http("/api/v1/pipelines/shop").body.find("password authentication failed") !=
               std::string::npos;
    });
    eventually("the status follows", [&] { return corner.status_of() == "failed"; });
    CHECK(connect("GET", "/connectors/" + corner.source_connector).status == 404);
    corner.source(fmt::format(
        "ALTER ROLE {} PASSWORD '{}'; ALTER TABLE products OWNER TO {}; ALTER TABLE orders OWNER TO {}; "
        "DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {}', current_database()); END $$",
        user,
        stack().at("SOURCE_DB_PASSWORD"),
        user,
        user,
        user
    ));
    becomes_ok(corner);
    eventually("the rows are in the sink", [&] { return corner.sink_has_product(5); });
    REQUIRE(connect("DELETE", "/connectors/" + corner.source_connector).status == 204);
}

TEST_CASE(
    "the sink database away: the failed task is restarted once its login works again, and no row is missing"
) {
    const sandbox corner("sinkaway");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    rows_arrive(corner, 100);
    stack_does("kill sink");
    corner.source("INSERT INTO products (id, name, price) VALUES (101, 'x', 1)");
    eventually("the task is seen to fail", [&] { return corner.status_of() == "failed"; }, seconds(120));
    services_are_up();
    becomes_ok(corner);
    eventually("the row is there", [&] { return corner.sink_has_product(101); });
}

TEST_CASE("a file emptied or cut in half before SIGHUP changes nothing, and everybody says so") {
    const sandbox corner("cut");
    const auto whole = corner.usual_file();
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    const auto before = corner.writes();
    for (const auto& broken : {std::string(), whole.substr(0, whole.size() / 2), whole + "    sinks: {}\n"}) {
        corner.write_file(broken);
        daemon->signal(SIGHUP);
        eventually("the refusal is a metric", [&] {
            return corner.metric("sluice_config_last_reload_successful") == 0;
        });
        const auto status = corner.sluice({"status"});
        CHECK_THAT(status.out, Contains("refused at the last reload"));
        CHECK(corner.sluice({"reload", "--wait"}).exit_code == 78);
        CHECK(corner.sluice({"check"}).exit_code == 78);
        corner.write_file(whole);
        const auto reloaded = corner.sluice({"reload", "--wait"});
        INFO(reloaded.err);
        CHECK(reloaded.exit_code == 0);
        CHECK(corner.metric("sluice_config_last_reload_successful") == 1);
    }
    becomes_ok(corner);
    CHECK(corner.writes() == before);
}

TEST_CASE("a plugin that is not installed is named, and the rest of the file is carried out") {
    const sandbox corner("plugin");
    corner.write_file(
        corner.usual_file() +
        "connectors:\n  audit: {config: {connector.class: org.example.Missing, tasks.max: 1}}\n"
    );
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    CHECK(corner.status_of("audit") == "failed");
    CHECK_THAT(corner.http("/api/v1/pipelines/audit").body, Contains("org.example.Missing"));
    const auto plan = corner.sluice({"plan", "--detailed-exitcode"});
    INFO(plan.out << plan.err);
    CHECK(plan.exit_code == 2);
    CHECK_THAT(plan.out, Contains("create connector audit") && Contains("plugin.path"));
    const auto applied = corner.sluice({"apply", "--yes", "--timeout", "1m"});
    INFO(applied.out << applied.err);
    CHECK(applied.exit_code == 77);
    CHECK_THAT(applied.out, Contains("Held back:") && Contains("org.example.Missing"));
    const auto plugins = corner.sluice({"plugins"});
    CHECK(plugins.exit_code == 1);
    CHECK_THAT(
        plugins.out, Contains("org.example.Missing") && Contains("missing") && Contains("PostgresConnector")
    );
}

TEST_CASE("a topic with other settings is brought to the written ones once that is accepted, and what others "
          "set on "
          "it stays") {
    const sandbox corner("topic");
    const auto topic = corner.instance + ".public.products";
    stack_does(fmt::format(
        "tool kafka-topics --create --topic {} --partitions 1 --replication-factor 1 --config "
        "cleanup.policy=delete "
        "--config max.message.bytes=2000000",
        topic
    ));
    auto file = corner.usual_file();
    file.replace(file.find("{replication_factor: 1}"), 23, "{partitions: 2, cleanup: compact}");
    corner.write_file(file);
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    const auto plan = corner.sluice({"plan", "--detailed-exitcode"});
    INFO(plan.out << plan.err);
    CHECK(plan.exit_code == 2);
    CHECK_THAT(plan.out, Contains("awaits acceptance of event-shape") && Contains("data-loss"));
    CHECK(corner.sluice({"apply", "--yes"}).exit_code == 77);
    const auto applied = corner.sluice({"apply", "--yes", "--accept=event-shape,data-loss"});
    INFO(applied.out << applied.err);
    CHECK(applied.exit_code == 0);
    const auto shown = fmt::format(
        "{}/deploy/local/stack tool kafka-topics --dir {} --describe --topic {}",
        SLUICE_SOURCE_DIR,
        stack().at("STACK_DIR"),
        topic
    );
    std::string text;
    auto* pipe = ::popen(shown.c_str(), "r");
    for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
    ::pclose(pipe);
    CHECK_THAT(
        text,
        Contains("PartitionCount: 2") && Contains("cleanup.policy=compact") &&
            Contains("max.message.bytes=2000000")
    );
}

TEST_CASE("a port in use, a state directory that cannot be made, a second daemon: each says what to do") {
    const sandbox corner("startup");
    const auto daemon = corner.start_daemon();
    eventually("the first answers", [&] { return corner.http("/livez").status == 200; });
    const auto second = corner.sluice({"run"});
    CHECK(second.exit_code == 77);
    CHECK_THAT(second.err, Contains("another Sluice") && Contains("name:"));

    auto other_state = corner.usual_file();
    const auto at = other_state.find("/state\n");
    other_state.replace(at, 6, "/other");
    corner.write_file(other_state);
    const auto port_taken = corner.sluice({"run"});
    CHECK(port_taken.exit_code == 1);
    CHECK_THAT(port_taken.err, Contains("127.0.0.1"));

    other_state.replace(at, 6, "/pipeline.yaml/state");
    corner.write_file(other_state);
    const auto no_state = corner.sluice({"run"});
    CHECK(no_state.exit_code == 1);
    CHECK_THAT(no_state.err, Contains("state_dir"));
}

TEST_CASE("SIGTERM ends the daemon within five seconds, also while Connect hangs in the middle of a write") {
    const sandbox corner("stop");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    stack_does("pause connect");
    auto file = corner.usual_file();
    file.replace(file.find("heartbeat: 10s"), 14, "heartbeat: 11s");
    corner.write_file(file);
    daemon->signal(SIGHUP);
    eventually("the reload is there", [&] {
        return corner.log().find("file reloaded") != std::string::npos;
    });
    CHECK(corner.http("/livez").status == 200);
    daemon->signal(SIGTERM);
    const int code = daemon->wait(seconds(5));
    stack_does("resume connect");
    INFO(corner.log());
    CHECK(code == 0);
    services_are_up();
}
