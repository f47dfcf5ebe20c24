// What is seen is old, torn or hidden, while the file changes and people work at the connectors by hand:
// 2,000 short runs, from a seed each.

#include "pipeline_fixture.hpp"
#include "troubled_run.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::minutes;

namespace {

void run_part(std::uint32_t part) {
    constexpr trouble_settings settings{
        .events = 6, .longest_pause = seconds(15), .workers = 2, .only_stale_views = true
    };
    run_seeds(2000, part, 4, settings, minutes(2));
}

} // namespace

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 1", "[seeds]") {
    run_part(0);
}

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 2", "[seeds]") {
    run_part(1);
}

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 3", "[seeds]") {
    run_part(2);
}

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 4", "[seeds]") {
    run_part(3);
}

TEST_CASE("what is hidden for half a minute is not written over and over meanwhile") {
    auto declared = demo_declaration();
    pipeline_fixture sluice;
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.time.run_for(minutes(1));
    sluice.world.connect_.hide_what_happens(seconds(30));
    declared.pipelines[0].source.config["max.batch.size"] = "512";
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(sluice.becomes_ok(minutes(1)));
    CHECK(sluice.world.connect_.writes_of("update") >= 2);
    CHECK(sluice.world.connect_.writes_of("update") <= 5);
}
