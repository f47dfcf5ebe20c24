// A new source is created stopped, looked at, and then resumed; whatever happens in between, it ends running.

#include "control/memory_records.hpp"
#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::minutes;

namespace {

bool source_is(const pipeline_fixture& sluice, model::connector_state state) {
    const auto found = sluice.world.connect_.running.find("shop-source");
    return found != sluice.world.connect_.running.end() && found->second.state == state;
}

bool becomes_stopped(pipeline_fixture& sluice) {
    return sluice.time.run_while_not(
        [&] { return source_is(sluice, model::connector_state::stopped); }, minutes(1)
    );
}

const model::link_verdict& source_verdict(const pipeline_fixture& sluice) {
    return sluice.verdict().links.front();
}

control::records kept_by(pipeline_fixture& sluice) {
    control::records kept;
    auto load = [&]() -> awaitable<void> {
        auto loaded = co_await sluice.store.load();
        kept = *loaded;
    };
    run_in(sluice.time, sluice.context, std::move(load));
    return kept;
}

} // namespace

TEST_CASE("a new source begins stopped and is resumed once it was looked at; a sink begins running") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(becomes_stopped(sluice));
    INFO(sluice.log());
    REQUIRE(sluice.becomes_ok(seconds(30)));
    const auto& writes = sluice.world.connect_.writes;
    CHECK(std::ranges::count(writes, "resume shop-source") == 1);
    CHECK(std::ranges::count(writes, "resume shop-warehouse") == 0);
    CHECK(std::ranges::find(writes, "create shop-source") < std::ranges::find(writes, "resume shop-source"));
}

TEST_CASE("while a new source is looked at, its status says so, and that is well") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(becomes_stopped(sluice));
    const auto is_seen = [&] { return sluice.loop.observed().connectors.value->contains("shop-source"); };
    REQUIRE(sluice.time.run_while_not(is_seen, seconds(10)));
    sluice.loop.act();
    CHECK(source_verdict(sluice).status == model::link_status::starting);
    CHECK(source_verdict(sluice).reason == "created stopped, being checked");
}

TEST_CASE("a Connect that knows no initial state gets the source running") {
    pipeline_fixture sluice;
    sluice.world.connect_.version = "3.6.1";
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(seconds(30)));
    CHECK(sluice.world.connect_.writes_of("resume") == 0);
}

TEST_CASE("a source whose stored offsets cannot be read is not started, and starts when they can") {
    pipeline_fixture sluice;
    sluice.world.connect_.hides_offsets = true;
    sluice.run(demo_declaration());
    sluice.time.run_for(minutes(2));
    INFO(sluice.log());
    CHECK(source_is(sluice, model::connector_state::stopped));
    CHECK_FALSE(model::is_well(source_verdict(sluice).status));
    CHECK_THAT(source_verdict(sluice).reason, Catch::Contains("read the offsets"));
    sluice.world.connect_.hides_offsets = false;
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("that a new source goes on from an earlier one's offsets is told") {
    pipeline_fixture sluice;
    sluice.world.connect_.stored_offsets["shop-source"] = {{R"({"server":"cdc"})", R"({"lsn":4711})"}};
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(seconds(30)));
    CHECK_THAT(sluice.log(), Catch::Contains("4711"));
}

TEST_CASE(
    "a Sluice that dies between creation and start leaves nothing stopped, even where drift is only reported"
) {
    const bool remembers = GENERATE(true, false);
    auto declared = demo_declaration();
    if (remembers) declared.reconcile.drift = model::drift_policy::report;
    pipeline_fixture first;
    first.run(declared);
    REQUIRE(becomes_stopped(first));
    first.time.run_for(milliseconds(100));
    const auto kept = remembers ? kept_by(first) : control::records{};
    pipeline_fixture second(1, kept);
    second.world.connect_.running = first.world.connect_.running;
    second.world.kafka_.existing = first.world.kafka_.existing;
    second.run(declared);
    INFO(second.log());
    CHECK(second.becomes_ok(minutes(1)));
    CHECK(second.world.connect_.writes_of("create") <= 1); // of the sink, where it was not there yet
    CHECK(std::ranges::count(second.world.connect_.writes, "create shop-source") == 0);
}

TEST_CASE("a new source that somebody changes before its start is put right first") {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(becomes_stopped(sluice));
    sluice.world.connect_.running.at("shop-source").config["max.batch.size"] = "1";
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const auto& writes = sluice.world.connect_.writes;
    INFO(sluice.log());
    CHECK(std::ranges::find(writes, "update shop-source") < std::ranges::find(writes, "resume shop-source"));
}
