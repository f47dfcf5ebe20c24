// A plan that was agreed to is carried out, and nothing beside it.
#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::minutes;

namespace {

/// The plan from nothing to the demo, as a command sees it that only looks.
model::plan planned(const model::declaration& declared, const pipeline_fixture& world_of) {
    control::reconcile_mode looking;
    looking.may_write = false;
    pipeline_fixture eye(1, {}, looking);
    eye.world.connect_.running = world_of.world.connect_.running;
    eye.world.kafka_.existing = world_of.world.kafka_.existing;
    eye.run(declared);
    eye.time.run_for(seconds(3));
    return eye.loop.decision().plan;
}

control::reconcile_mode only(const model::plan& plan) {
    control::reconcile_mode mode;
    mode.only = decide::agreed(plan.changes);
    return mode;
}

} // namespace

TEST_CASE("an agreed plan is carried out to its end: topics, then the connectors that wait for them") {
    const auto plan = planned(demo_declaration(), pipeline_fixture());
    CHECK(plan.changes.size() == 5);
    pipeline_fixture sluice(1, {}, only(plan));
    sluice.run(demo_declaration());
    INFO(sluice.log());
    CHECK(sluice.becomes_ok(minutes(1)));
    CHECK(sluice.writes() == 6); // the source begins stopped, and is resumed
}

TEST_CASE("a new connector that is declared paused comes to be paused, though Connect creates it running") {
    auto declared = demo_declaration();
    declared.pipelines[0].state = model::target_state::paused;
    const auto plan = planned(declared, pipeline_fixture());
    pipeline_fixture sluice(1, {}, only(plan));
    sluice.world.connect_.version = "3.6.0";
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.running.at("shop-source").state == model::connector_state::paused);
}

TEST_CASE("what comes up beside an agreed plan is left alone") {
    pipeline_fixture before;
    before.run(demo_declaration());
    REQUIRE(before.becomes_ok(minutes(1)));
    auto declared = demo_declaration();
    declared.pipelines[0].source.config["max.batch.size"] = std::string("512");
    const auto plan = planned(declared, before);
    REQUIRE(plan.changes.size() == 1);

    pipeline_fixture sluice(1, {}, only(plan));
    sluice.world.connect_.running = before.world.connect_.running;
    sluice.world.kafka_.existing = before.world.kafka_.existing;
    sluice.world.connect_.running.at("shop-warehouse").config["batch.size"] = "1"; // by hand, since
    sluice.world.connect_.running.at("shop-warehouse").failure = "java.lang.IllegalStateException";
    sluice.run(declared);
    sluice.time.run_for(minutes(5));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes == std::vector<std::string>{"update shop-source"});
}
