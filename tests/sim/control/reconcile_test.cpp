// The whole loop over a model world in virtual time: what an operator relies on.

#include "pipeline_fixture.hpp"
#include "troubled_run.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("a pipeline is brought up from nothing: topics first, then the connectors, each once") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    INFO(sluice.log());
    REQUIRE(sluice.becomes_ok(seconds(15)));
    CHECK(sluice.world.kafka_.existing.size() == 3); // two tables and the heartbeat
    CHECK(sluice.world.connect_.writes_of("create") == 2);
    CHECK(sluice.world.connect_.writes_of("resume") == 1); // the source, once it was looked at
    CHECK(sluice.world.connect_.writes.size() == 3);
    CHECK(sluice.world.connect_.running.at("shop-source").config.at("sluice.owner") == "demo");
}

TEST_CASE("a converged system is left alone for days", "[long]") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const auto before = sluice.writes();
    sluice.time.run_for(hours(72));
    INFO(sluice.log());
    CHECK(sluice.writes() == before);
    CHECK(sluice.is_ok());
}

TEST_CASE("a second Sluice with the same file and no memory finds nothing to do") {
    pipeline_fixture first;
    first.run(demo_declaration());
    REQUIRE(first.becomes_ok(minutes(1)));
    pipeline_fixture second;
    second.world.connect_.running = first.world.connect_.running;
    second.world.kafka_.existing = first.world.kafka_.existing;
    second.run(demo_declaration());
    REQUIRE(second.becomes_ok(minutes(1)));
    CHECK(second.writes() == 0);
}

TEST_CASE("an option changed by hand is put back, within two intervals and by one write") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    sluice.world.connect_.running.at("shop-source").config["max.batch.size"] = "1";
    sluice.time.run_for(seconds(20));
    INFO(sluice.log());
    CHECK_FALSE(sluice.world.connect_.running.at("shop-source").config.contains("max.batch.size"));
    CHECK(sluice.world.connect_.writes_of("update") == 1);
    CHECK_THAT(sluice.log(), Catch::Contains("because=drift keys=max.batch.size"));
}

TEST_CASE("with `drift: report` a change by hand is shown and left") {
    auto declared = demo_declaration();
    declared.reconcile.drift = model::drift_policy::report;
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    sluice.world.connect_.running.at("shop-source").config["max.batch.size"] = "1";
    sluice.time.run_for(minutes(5));
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    CHECK(sluice.verdict().in_sync == false);
    CHECK(sluice.verdict().status == model::link_status::ok);
}

TEST_CASE("a change of the file is carried out at once, even with `drift: report`") {
    auto declared = demo_declaration();
    declared.reconcile.drift = model::drift_policy::report;
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    declared.pipelines[0].source.config["max.batch.size"] = "512";
    sluice.run(declared);
    sluice.time.run_for(seconds(5));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.running.at("shop-source").config.at("max.batch.size") == "512");
    CHECK(sluice.world.connect_.writes_of("update") == 1);
}

TEST_CASE("a table that is added gets its topic before the connectors hear of it") {
    auto declared = demo_declaration();
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    declared.pipelines[0].source.tables.push_back({"public", "customers"});
    sluice.run(declared);
    sluice.time.run_for(seconds(20));
    INFO(sluice.log());
    CHECK(sluice.world.kafka_.writes.back() == "create cdc.public.customers");
    CHECK(sluice.world.connect_.writes_of("update") == 2);
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("a connector that was deleted by hand comes back") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    sluice.world.connect_.running.erase("shop-warehouse");
    sluice.time.run_for(seconds(20));
    CHECK(sluice.world.connect_.running.contains("shop-warehouse"));
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("a connector that was paused by hand is resumed") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    const auto before = sluice.world.connect_.writes_of("resume");
    sluice.world.connect_.running.at("shop-source").state = model::connector_state::paused;
    sluice.time.run_for(seconds(20));
    CHECK(sluice.world.connect_.writes_of("resume") == before + 1);
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("a connector of somebody else under a declared name is refused, with the way out") {
    pipeline_fixture sluice;
    sluice.world.connect_.running["shop-source"].config = {
        {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"}
    };
    sluice.run(demo_declaration());
    sluice.time.run_for(minutes(5));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    CHECK(sluice.verdict().status == model::link_status::failed);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("adopt: true"));
}

TEST_CASE("what the file or a secret asks for is not written on what was seen before it") {
    auto declared = demo_declaration();
    declared.reconcile.interval = hours(1);
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(30));
    auto& theirs = sluice.world.connect_.running["shop-source"].config;
    theirs = {{"connector.class", "io.debezium.connector.postgresql.PostgresConnector"}, {"mine", "yes"}};
    declared.pipelines[0].source.config["max.batch.size"] = "512";
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    CHECK(theirs.contains("mine"));
}

TEST_CASE("a connector that is adopted is managed from then on, and stays so without the key") {
    auto declared = demo_declaration();
    declared.pipelines[0].source.adopt = true;
    pipeline_fixture sluice;
    sluice.world.connect_.running["shop-source"].config = {
        {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"}
    };
    sluice.run(declared);
    REQUIRE_FALSE(sluice.becomes_ok(seconds(20))); // its slot and prefix differ: that is held back
    CHECK_THAT(sluice.loop.decision().plan.changes.at(0).blocked, !Catch::Contains("adopt"));
}

TEST_CASE("a connector that the file no longer names is reported, and deleted only with `prune`") {
    auto declared = demo_declaration();
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    declared.pipelines[0].sinks.clear();
    sluice.run(declared);
    sluice.time.run_for(minutes(5));
    CHECK(sluice.world.connect_.running.contains("shop-warehouse"));
    CHECK(sluice.loop.view()->orphaned == std::vector<std::string>{"shop-warehouse"});

    declared.reconcile.prune = true;
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    CHECK_FALSE(sluice.world.connect_.running.contains("shop-warehouse"));
    CHECK(sluice.world.connect_.writes_of("delete") == 1);
    CHECK(sluice.world.connect_.running.contains("shop-source"));
}

TEST_CASE("pruning never touches a connector without our mark, nor one that is not remembered") {
    auto declared = demo_declaration();
    declared.reconcile.prune = true;
    pipeline_fixture sluice;
    sluice.world.connect_.running["theirs"].config = {{"connector.class", "x"}};
    sluice.world.connect_.running["others"].config = {{"connector.class", "x"}, {"sluice.owner", "other"}};
    sluice.world.connect_.running["marked"].config = {{"connector.class", "x"}, {"sluice.owner", "demo"}};
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(10));
    CHECK(sluice.world.connect_.writes_of("delete") == 0);
    CHECK(sluice.world.connect_.running.size() == 5);
}

TEST_CASE("a file that would prune most of what is owned is objected to") {
    auto declared = demo_declaration();
    declared.reconcile.prune = true;
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    auto emptied = declared;
    emptied.pipelines.clear();
    CHECK_THAT(sluice.loop.objection_to(emptied), Catch::Contains("delete 2 of 2"));
    CHECK(sluice.loop.objection_to(declared).empty());

    sluice.run(emptied); // as at a start
    sluice.time.run_for(minutes(10));
    CHECK(sluice.world.connect_.writes_of("delete") == 0);
}

TEST_CASE("nothing is created while Kafka cannot be read, and everything once it can") {
    pipeline_fixture sluice;
    sluice.world.kafka_.is_away = true;
    sluice.run(demo_declaration());
    sluice.time.run_for(minutes(10));
    CHECK(sluice.writes() == 0);
    CHECK_FALSE(model::is_well(sluice.verdict().status));
    sluice.world.kafka_.is_away = false;
    INFO(sluice.log());
    CHECK(sluice.becomes_ok(seconds(30)));
}

TEST_CASE("while Connect is away the status is unknown and nothing is written; then all goes on") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const auto before = sluice.writes();
    sluice.world.connect_.is_away = true;
    sluice.time.run_for(minutes(10));
    CHECK(sluice.verdict().status == model::link_status::unknown);
    CHECK(sluice.writes() == before);
    sluice.world.connect_.is_away = false;
    CHECK(sluice.becomes_ok(seconds(15)));
    CHECK(sluice.writes() == before);
}

TEST_CASE("a failed task is restarted at once, then less and less often, and then not any more") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    sluice.world.connect_.running.at("shop-source").failure =
        "java.lang.Exception: x\nCaused by: java.net.ConnectException: refused";
    const auto restarts = [&] { return sluice.world.connect_.writes_of("restart"); };
    const auto is_failed = [&] { return sluice.verdict().status == model::link_status::failed; };
    REQUIRE(sluice.time.run_while_not([&] { return restarts() == 1; }, seconds(11)));
    REQUIRE(sluice.time.run_while_not(is_failed, seconds(5)));
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("java.net.ConnectException: refused"));
    sluice.time.run_for(hours(1));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("restart") == 4); // the fifth failure in the same way is the last
    sluice.world.connect_.running.at("shop-source").failure.clear();
    CHECK(sluice.becomes_ok(seconds(15)));
}

TEST_CASE("while the database refuses our login no task is restarted; when it works one is, at once") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.world.databases_.problem =
        error{errc::unauthorized, "log in to", "localhost:5432/source_db", "password authentication failed"};
    sluice.time.run_for(minutes(2)); // the probe notices
    sluice.world.connect_.running.at("shop-source").failure =
        "org.postgresql.util.PSQLException: FATAL: password authentication failed";
    sluice.time.run_for(minutes(30));
    CHECK(sluice.world.connect_.writes_of("restart") == 0);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("restarted when this works"));
    sluice.world.databases_.problem.reset();
    sluice.time.run_for(seconds(9));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("restart") == 1);
}

TEST_CASE("a config that Connect refuses is shown with Connect's words, and goes through once it is right") {
    pipeline_fixture sluice;
    sluice.world.connect_.refuses_configs =
        "Error while validating connector config: FATAL: password authentication failed";
    sluice.run(demo_declaration());
    sluice.time.run_for(minutes(3));
    CHECK(sluice.world.connect_.writes_of("create") == 0);
    CHECK(sluice.verdict().status == model::link_status::failed);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("password authentication failed"));
    sluice.world.connect_.refuses_configs.clear();
    INFO(sluice.log());
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("secrets that come back masked are compared by their hash: no write for the same, one for another"
) {
    auto declared = demo_declaration();
    pipeline_fixture sluice;
    sluice.world.connect_.masks_secrets = true;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(10));
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    declared.pipelines[0].source.db.password = secret("another-password");
    sluice.run(declared);
    sluice.time.run_for(minutes(10));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 1);
    CHECK(
        sluice.world.connect_.running.at("shop-source").config.at("database.password") == "another-password"
    );
}

TEST_CASE("a hold keeps the daemon's hands off, and its release brings everything back") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    control::hold_id hold = 0;
    auto take = [&]() -> awaitable<void> {
        control::hold_request request{{}, "apply by a test"};
        hold = co_await sluice.loop.take_hold(std::move(request));
    };
    run_in(sluice.time, sluice.context, std::move(take));
    sluice.world.connect_.running.erase("shop-source");
    sluice.time.run_for(minutes(10));
    CHECK_FALSE(sluice.world.connect_.running.contains("shop-source"));
    sluice.loop.release(hold);
    CHECK(sluice.becomes_ok(seconds(30)));
}

TEST_CASE(
    "a changed slot of an existing connector waits until the file accepts it, and is then carried out once"
) {
    auto declared = demo_declaration();
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    declared.pipelines[0].source.slot = "another_slot";
    sluice.run(declared);
    sluice.time.run_for(minutes(5));
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    CHECK(sluice.verdict().in_sync == false);
    const auto waiting = sluice.loop.decision().plan.changes.at(0);
    CHECK_THAT(waiting.blocked, Catch::Contains("slot"));

    declared.reconcile.accept = {waiting.id};
    sluice.run(declared);
    REQUIRE(sluice.time.run_while_not([&] { return sluice.verdict().in_sync; }, minutes(1)));
    CHECK(sluice.world.connect_.running.at("shop-source").config.at("slot.name") == "another_slot");

    // Spent: the same change is not carried out again by that id.
    sluice.world.connect_.running.at("shop-source").config["slot.name"] = waiting.keys.at(0).before.value();
    sluice.time.run_for(minutes(5));
    CHECK(sluice.world.connect_.writes_of("update") == 1);
}

TEST_CASE("a source is not created beside a stranger that reads the same slot") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    auto stranger = sluice.world.connect_.running.at("shop-source");
    stranger.config.erase("sluice.owner");
    pipeline_fixture other;
    other.world.connect_.running["stranger"] = stranger;
    other.run(demo_declaration());
    other.time.run_for(minutes(5));
    CHECK_FALSE(other.world.connect_.running.contains("shop-source"));
    CHECK_THAT(other.verdict().reason, Catch::Contains("stranger"));
}

TEST_CASE(
    "whatever is lost, late or refused on the way, it converges once that stops, and creates nothing twice",
    "[seeds]"
) {
    const auto first = setting("SLUICE_SIM_FIRST_SEED", 1);
    const auto seeds = setting("SLUICE_SIM_SEEDS", 200);
    for (auto seed = first; seed < first + seeds; ++seed) {
        pipeline_fixture sluice(seed);
        sluice.world.connect_.faults = {
            .unreachable = 0.1, .reply_lost = 0.1, .rebalancing = 0.2, .stale_list = 0.2
        };
        sluice.run(demo_declaration());
        sluice.time.run_for(minutes(10));
        sluice.world.connect_.faults = {};
        INFO("seed " << seed << '\n' << sluice.log());
        REQUIRE(sluice.becomes_ok(minutes(6)));
        CHECK(sluice.world.connect_.writes_of("create") == 2);
        CHECK(sluice.world.connect_.writes_of("delete") == 0);
        CHECK(sluice.world.connect_.writes_of("update") == 0);
        const auto before = sluice.writes();
        sluice.time.run_for(hours(1));
        CHECK(sluice.writes() == before);
    }
}

TEST_CASE(
    "with an interval of five minutes a pipeline is up, changed and repaired as fast as with ten seconds"
) {
    auto declared = demo_declaration();
    declared.reconcile.interval = minutes(5);
    pipeline_fixture sluice;
    sluice.run(declared);
    INFO(sluice.log());
    REQUIRE(sluice.becomes_ok(seconds(15)));
    sluice.time.run_for(minutes(2));
    declared.pipelines[0].source.config["max.batch.size"] = "512";
    sluice.run(declared);
    sluice.time.run_for(seconds(1));
    REQUIRE(sluice.becomes_ok(seconds(15)));
    CHECK(sluice.world.connect_.running.at("shop-source").config.at("max.batch.size") == "512");
}

TEST_CASE("a connector that gets another name is not deleted by pruning: the change of name is held back") {
    auto declared = demo_declaration();
    declared.reconcile.prune = true;
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    declared.pipelines[0].source.connector = "shop-src";
    sluice.run(declared);
    sluice.time.run_for(minutes(10));
    CHECK(sluice.world.connect_.writes_of("delete") == 0);
    CHECK(sluice.world.connect_.running.contains("shop-source"));
    CHECK_FALSE(sluice.world.connect_.running.contains("shop-src"));
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("is called shop-source"));
}

TEST_CASE("a password changed in the file is written, even where drift is only reported") {
    auto declared = demo_declaration();
    declared.reconcile.drift = model::drift_policy::report;
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    declared.pipelines[0].source.db.password = secret("another-password");
    sluice.run(declared);
    sluice.time.run_for(seconds(30));
    CHECK(
        sluice.world.connect_.running.at("shop-source").config.at("database.password") == "another-password"
    );
}

TEST_CASE("a database that Sluice never could reach does not keep a task from being restarted") {
    pipeline_fixture sluice;
    sluice.world.databases_.problem =
        error{errc::unreachable, "log in to", "localhost:5432/source_db", "no route to host"};
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.world.connect_.running.at("shop-source").failure = "java.lang.Exception: x";
    sluice.time.run_for(seconds(30));
    CHECK(sluice.world.connect_.writes_of("restart") >= 1);
}

TEST_CASE("before anything is known there is a view, and nothing in it is well") {
    pipeline_fixture sluice;
    REQUIRE(sluice.loop.view() != nullptr);
    CHECK(sluice.loop.view()->pipelines.empty());
    CHECK_FALSE(sluice.loop.view()->every_observer_answered);
    sluice.run(demo_declaration()); // so that there is something to stop
}

TEST_CASE("a topic that our principal may not see is told with the right it needs, until it is granted") {
    pipeline_fixture sluice;
    const std::string topic = "cdc.public.orders";
    sluice.world.kafka_.existing[topic] = {topic, 1, 1, std::map<std::string, model::topic_entry>{}};
    sluice.world.kafka_.hidden = {topic};
    sluice.run(demo_declaration());
    sluice.time.run_for(minutes(10));
    INFO(sluice.log());
    CHECK(sluice.verdict().status == model::link_status::failed);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains(topic) && Catch::Contains("grant Describe"));
    CHECK(sluice.world.connect_.writes.empty());
    sluice.world.kafka_.hidden.clear();
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("a topic that somebody else has just created is a problem no longer than until it is looked at") {
    auto declared = demo_declaration();
    declared.pipelines[0].topics.config["max.message.bytes"] = "2000000";
    pipeline_fixture sluice;
    const std::string topic = "cdc.public.orders";
    // Seen only a moment later, and then to be changed: that is another matter than its creation.
    sluice.world.kafka_.existing[topic] = {topic, 1, 1, std::map<std::string, model::topic_entry>{}};
    sluice.world.kafka_.hidden = {topic};
    sluice.run(declared);
    const auto is_told = [&] { return sluice.log().find("grant Describe") != std::string::npos; };
    REQUIRE(sluice.time.run_while_not(is_told, minutes(1)));
    sluice.world.kafka_.hidden.clear();
    sluice.time.run_for(seconds(1));
    INFO(sluice.log());
    CHECK(sluice.world.kafka_.existing.at(topic).config->contains("max.message.bytes"));
    CHECK(sluice.becomes_ok(seconds(20)));
}
