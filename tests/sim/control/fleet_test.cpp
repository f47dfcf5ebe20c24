// A fleet that is as declared is left alone. Tagged [long]: only an optimised build runs it.

#include "fleet.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

TEST_CASE("a converged fleet of 1,000 connectors is left alone: not one write in an hour", "[long]") {
    const auto declared = fleet_declaration(300, 400);
    pipeline_fixture sluice;
    make_real(sluice.world, declared);
    REQUIRE(sluice.world.connect_.running.size() == 1000);
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const auto before = sluice.numbers.loops.at("reconcile").total;
    sluice.time.run_for(hours(1));
    INFO(sluice.log());
    CHECK(sluice.numbers.loops.at("reconcile").total - before >= 350); // looks, each with its decision
    CHECK(sluice.is_ok());
    CHECK(sluice.writes() == 0);
    CHECK(sluice.world.connect_.calls.empty()); // nothing was even tried
}
