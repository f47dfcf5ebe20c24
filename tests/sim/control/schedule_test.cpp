// When changes are carried out, over a model world in virtual time.

#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// From `in` until `in` + `length` of the fixture's clock.
model::freeze_window freeze_in(const pipeline_fixture& sluice, minutes in, minutes length) {
    const auto now = std::chrono::floor<minutes>(sluice.time.now().wall.time_since_epoch());
    const local_minutes from(now + in);
    return {"UTC", {}, model::single_freeze{from, from + length}};
}

} // namespace

TEST_CASE("a freeze keeps back what the file and the world ask for, restarts what fails, and ends by itself"
) {
    auto declared = demo_declaration();
    pipeline_fixture sluice;
    declared.reconcile.freeze = {freeze_in(sluice, minutes(5), hours(2))};
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(5));
    REQUIRE(sluice.loop.view()->frozen_until);
    const auto before = sluice.writes();

    declared.pipelines[0].source.config["max.batch.size"] = "512";
    declared.pipelines[0].source.tables.push_back({"public", "customers"});
    sluice.run(declared);
    sluice.world.connect_.running.erase("shop-warehouse");
    sluice.time.run_for(hours(1));
    INFO(sluice.log());
    CHECK(sluice.writes() == before);

    sluice.world.connect_.running.at("shop-source").failure = "java.lang.Exception: x";
    sluice.time.run_for(seconds(30));
    CHECK(sluice.world.connect_.writes_of("restart") >= 1);
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    sluice.world.connect_.running.at("shop-source").failure.clear();

    sluice.time.run_for(hours(1));
    CHECK_FALSE(sluice.loop.view()->frozen_until);
    CHECK(sluice.becomes_ok(minutes(1)));
    CHECK(sluice.world.connect_.running.at("shop-source").config.at("max.batch.size") == "512");
    CHECK(sluice.world.connect_.running.contains("shop-warehouse"));
}

TEST_CASE("with an interval of an hour what was frozen is carried out when the freeze ends, not an hour later"
) {
    auto declared = demo_declaration();
    declared.reconcile.interval = hours(1);
    pipeline_fixture sluice;
    declared.reconcile.freeze = {freeze_in(sluice, minutes(0), minutes(90))};
    sluice.run(declared);
    sluice.time.run_for(minutes(89));
    INFO(sluice.log());
    CHECK(sluice.writes() == 0);
    CHECK(sluice.becomes_ok(minutes(2)));
}

TEST_CASE("apply goes through a freeze only when it is told to") {
    const bool told = GENERATE(false, true);
    control::reconcile_mode mode;
    mode.report_only_allowed = false;
    mode.during_freeze = told;
    pipeline_fixture apply(1, {}, mode);
    auto declared = demo_declaration();
    declared.reconcile.freeze = {freeze_in(apply, minutes(0), hours(2))};
    apply.run(declared);
    CHECK(apply.becomes_ok(minutes(1)) == told);
    CHECK((apply.writes() == 0) == !told);
}

TEST_CASE("a key that somebody else changes again and again is left to them, until they leave it alone") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    const auto theirs = [&] {
        return sluice.world.connect_.running.at("shop-source").config.contains("max.batch.size");
    };
    const auto they_set = [&](const std::string& value) {
        sluice.world.connect_.running.at("shop-source").config["max.batch.size"] = value;
    };
    for (int i = 0; i < 60; ++i) { // for an hour, every minute
        they_set(std::to_string(i));
        sluice.time.run_for(minutes(1));
    }
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 2);
    CHECK(theirs());
    REQUIRE(sluice.verdict().findings.size() == 1);
    CHECK(sluice.verdict().findings[0].code == "CONTESTED");

    // What is remembered of it outlasts a restart.
    control::records kept;
    auto load = [&]() -> awaitable<void> {
        auto loaded = co_await sluice.store.load();
        kept = *loaded;
    };
    run_in(sluice.time, sluice.context, std::move(load));
    pipeline_fixture next(1, kept);
    next.time.jump_wall(std::chrono::duration_cast<seconds>(sluice.time.now().wall - next.time.now().wall));
    next.world.connect_.running = sluice.world.connect_.running;
    next.world.kafka_.existing = sluice.world.kafka_.existing;
    next.run(demo_declaration());
    next.time.run_for(minutes(55));
    CHECK(next.writes() == 0);
    next.time.run_for(minutes(10));
    CHECK(next.world.connect_.writes_of("update") == 1);
    CHECK(next.becomes_ok(minutes(1)));
}

TEST_CASE("a contest ends when a person applies the file past it") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    auto& source = sluice.world.connect_.running.at("shop-source");
    for (int i = 0; i < 4; ++i) {
        source.config["max.batch.size"] = std::to_string(i);
        sluice.time.run_for(minutes(1));
    }
    REQUIRE(sluice.world.connect_.writes_of("update") == 2);
    source.config.erase("max.batch.size"); // by `sluice apply`
    CHECK(sluice.becomes_ok(minutes(1)));
    source.config["max.batch.size"] = "7";
    sluice.time.run_for(minutes(1));
    CHECK(sluice.world.connect_.writes_of("update") == 3);
}
