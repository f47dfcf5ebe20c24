// Taking over connectors that exist: nothing is written for it, until somebody accepts the restart.
#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// The demo's connectors as somebody else made them.
void make_unmarked(pipeline_fixture& sluice) {
    pipeline_fixture before;
    before.run(demo_declaration());
    REQUIRE(before.becomes_ok(minutes(1)));
    sluice.world.connect_.running = before.world.connect_.running;
    sluice.world.kafka_.existing = before.world.kafka_.existing;
    for (auto& [name, c] : sluice.world.connect_.running) {
        c.config.erase("sluice.owner");
        c.config.erase("sluice.secrets");
    }
}

model::declaration adopting() {
    auto declared = demo_declaration();
    declared.reconcile.adopt = true;
    return declared;
}

} // namespace

TEST_CASE("adopted connectors are owned at once, and not written") {
    pipeline_fixture sluice;
    make_unmarked(sluice);
    sluice.run(adopting());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(hours(1));
    INFO(sluice.log());
    CHECK(sluice.writes() == 0);
    CHECK(sluice.loop.decision().memory.connectors.at("shop-source").owned);
}

TEST_CASE("the mark comes with the next change that restarts the tasks anyway") {
    pipeline_fixture sluice;
    make_unmarked(sluice);
    auto declared = adopting();
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    declared.pipelines[0].source.config["max.batch.size"] = std::string("512");
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes == std::vector<std::string>{"update shop-source"});
    CHECK(sluice.world.connect_.running.at("shop-source").config.at("sluice.owner") == "demo");
    CHECK_FALSE(sluice.world.connect_.running.at("shop-warehouse").config.contains("sluice.owner"));
}

TEST_CASE("where the restart of tasks is accepted, each adopted connector gets the mark, once") {
    control::reconcile_mode mode;
    mode.accepted = {model::consequence::task_restart};
    pipeline_fixture sluice(1, {}, mode);
    make_unmarked(sluice);
    sluice.run(adopting());
    sluice.time.run_for(minutes(10));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 2);
    CHECK(sluice.writes() == 2);
    CHECK(sluice.world.connect_.running.at("shop-warehouse").config.at("sluice.owner") == "demo");
}
