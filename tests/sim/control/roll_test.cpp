// A change to many running connectors, over a model world in virtual time.

#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <set>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr int size = 20;

std::string name_of(int i) {
    return fmt::format("file-{:02}", i);
}

model::declaration fleet(const std::string& topic) {
    auto d = demo_declaration();
    d.pipelines.clear();
    for (int i = 0; i < size; ++i) {
        model::plain_connector c;
        c.name = name_of(i);
        c.config = {
            {"connector.class", std::string("org.apache.kafka.connect.file.FileStreamSourceConnector")},
            {"file", std::string("/tmp/in")},
            {"topic", topic},
        };
        d.connectors.push_back(std::move(c));
    }
    return d;
}

std::string topic_of(pipeline_fixture& sluice, int i) {
    return sluice.world.connect_.running.at(name_of(i)).config.at("topic");
}

/// How many of the connectors have the new config.
int changed(pipeline_fixture& sluice) {
    int n = 0;
    for (int i = 0; i < size; ++i)
        if (topic_of(sluice, i) == "new") ++n;
    return n;
}

void bring_up(pipeline_fixture& sluice) {
    sluice.run(fleet("old"));
    REQUIRE(sluice.becomes_ok(minutes(5)));
    sluice.time.run_for(minutes(1));
}

/// With what is known there, as after kill -9.
void take_over(pipeline_fixture& from, pipeline_fixture& to) {
    to.world.connect_.running = from.world.connect_.running;
    to.world.kafka_.existing = from.world.kafka_.existing;
}

control::records remembered(pipeline_fixture& sluice) {
    control::records all;
    auto load = [&]() -> awaitable<void> {
        auto loaded = co_await sluice.store.load();
        all = *loaded;
    };
    run_in(sluice.time, sluice.context, std::move(load));
    return all;
}

} // namespace

TEST_CASE("a change of twenty connectors whose first is well reaches all of them, the first a minute ahead") {
    pipeline_fixture sluice;
    bring_up(sluice);
    sluice.run(fleet("new"));
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(changed(sluice) == 1);
    CHECK(sluice.becomes_ok(minutes(5)));
    CHECK(changed(sluice) == size);
    CHECK(sluice.world.connect_.writes_of("update") == size);
}

TEST_CASE(
    "a change of twenty connectors whose first fails is taken back, and nothing else is touched", "[long]"
) {
    pipeline_fixture sluice;
    bring_up(sluice);
    const auto before = sluice.world.connect_.running;
    sluice.run(fleet("new"));
    REQUIRE(sluice.time.run_while_not([&] { return changed(sluice) == 1; }, minutes(1)));
    auto& first = sluice.world.connect_.running.at(name_of(0));
    sluice.time.run_for(seconds(20));
    first.failure = "java.lang.Exception: x\nCaused by: java.lang.IllegalArgumentException: no such topic";
    REQUIRE(sluice.time.run_while_not([&] { return changed(sluice) == 0; }, minutes(1)));
    first.failure.clear();
    sluice.time.run_for(hours(2));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 2); // there and back
    for (int i = 0; i < size; ++i)
        CHECK(sluice.world.connect_.running.at(name_of(i)).config == before.at(name_of(i)).config);
    for (const auto& verdict : sluice.loop.decision().verdicts) {
        CHECK(verdict.status == model::link_status::ok);
        REQUIRE(verdict.findings.size() == 1);
        CHECK(verdict.findings[0].code == "ROLL_FAILED");
        CHECK_THAT(verdict.findings[0].remedy, Catch::Contains("no such topic"));
    }

    sluice.run(fleet("newer"));
    CHECK(sluice.becomes_ok(minutes(10)));
    CHECK(topic_of(sluice, size - 1) == "newer");
}

TEST_CASE("what failed and was taken back goes to all of them when a person applies it") {
    pipeline_fixture daemon;
    bring_up(daemon);
    daemon.run(fleet("new"));
    REQUIRE(daemon.time.run_while_not([&] { return changed(daemon) == 1; }, minutes(1)));
    daemon.time.run_for(seconds(20));
    daemon.world.connect_.running.at(name_of(0)).failure = "java.lang.Exception: x";
    REQUIRE(daemon.time.run_while_not([&] { return changed(daemon) == 0; }, minutes(1)));
    daemon.world.connect_.running.at(name_of(0)).failure.clear();
    daemon.time.run_for(minutes(1));

    control::reconcile_mode mode;
    mode.report_only_allowed = false;
    pipeline_fixture apply(1, remembered(daemon), mode);
    take_over(daemon, apply);
    apply.run(fleet("new"));
    INFO(apply.log());
    CHECK(apply.becomes_ok(minutes(3)));
    CHECK(changed(apply) == size);
}

TEST_CASE("a rebalance in the middle of a roll delays it, and writes nothing twice") {
    pipeline_fixture sluice;
    bring_up(sluice);
    sluice.run(fleet("new"));
    REQUIRE(sluice.time.run_while_not([&] { return changed(sluice) == 7; }, minutes(5)));
    sluice.world.connect_.faults.rebalancing = 1;
    sluice.time.run_for(minutes(1));
    CHECK(changed(sluice) <= 8);
    sluice.world.connect_.faults.rebalancing = 0;
    INFO(sluice.log());
    CHECK(sluice.becomes_ok(minutes(5)));
    CHECK(changed(sluice) == size);
    CHECK(sluice.world.connect_.writes_of("update") == size);
}

TEST_CASE("a file that changes while Connect refuses writes is carried out as it is then, not as it was") {
    pipeline_fixture sluice;
    bring_up(sluice);
    sluice.world.connect_.faults.rebalancing = 1;
    sluice.run(fleet("new"));
    sluice.time.run_for(seconds(30));
    sluice.run(fleet("newer"));
    sluice.time.run_for(seconds(30));
    sluice.world.connect_.faults.rebalancing = 0;
    INFO(sluice.log());
    CHECK(sluice.becomes_ok(minutes(5)));
    CHECK(sluice.world.connect_.writes_of("update") == size);
    CHECK(topic_of(sluice, 0) == "newer");
}

TEST_CASE("wherever in a roll Sluice is killed, the next one ends in the declared state", "[long]") {
    for (int killed_after = 0; killed_after <= 200; killed_after += 10) {
        pipeline_fixture first;
        bring_up(first);
        first.run(fleet("new"));
        first.time.run_for(milliseconds(700) * killed_after);
        pipeline_fixture second(1, remembered(first));
        take_over(first, second);
        second.run(fleet("new"));
        INFO("killed after " << 700 * killed_after << " ms\n" << second.log());
        REQUIRE(second.becomes_ok(minutes(10)));
        CHECK(changed(second) == size);
        CHECK(second.world.connect_.writes_of("create") == 0);
        CHECK(second.world.connect_.writes_of("delete") == 0);
    }
}

TEST_CASE("a Sluice that is killed while the first fails touches no other, and says what to do", "[long]") {
    pipeline_fixture first;
    bring_up(first);
    first.run(fleet("new"));
    REQUIRE(first.time.run_while_not([&] { return changed(first) == 1; }, minutes(1)));
    first.time.run_for(seconds(10));
    pipeline_fixture second(1, remembered(first));
    take_over(first, second);
    second.world.connect_.running.at(name_of(0)).failure = "java.lang.Exception: x";
    second.run(fleet("new"));
    second.time.run_for(hours(2));
    INFO(second.log());
    CHECK(changed(second) == 1);
    CHECK(second.world.connect_.writes_of("update") == 0);
    const auto& waiting = second.verdict(name_of(1));
    REQUIRE_FALSE(waiting.findings.empty());
    CHECK(waiting.findings[0].code == "ROLL_FAILED");
    CHECK_THAT(waiting.findings[0].remedy, Catch::Contains("sluice apply"));
}
