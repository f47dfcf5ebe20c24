// The Connect workers' group, read from Kafka beside everything else.
#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::minutes;

namespace {

model::declaration with_group() {
    auto declared = demo_declaration();
    declared.connect.group_id = "connect-cluster";
    return declared;
}

const control::dependency_view* group_in(const control::status_view& view) {
    const auto found = std::ranges::find(view.dependencies, "connect_group", &control::dependency_view::kind);
    return found == view.dependencies.end() ? nullptr : &*found;
}

} // namespace

TEST_CASE("without connect.group_id Kafka is never asked for a group; a reload that gives one asks, and back"
) {
    pipeline_fixture sluice;
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    CHECK(sluice.world.groups_.reads == 0);
    CHECK(group_in(*sluice.loop.view()) == nullptr);

    sluice.run(with_group());
    sluice.time.run_for(minutes(1));
    CHECK(sluice.world.groups_.reads >= 6); // at every interval
    CHECK(sluice.loop.observed().group.value->members.at(0).worker == "worker-1");
    CHECK(group_in(*sluice.loop.view())->up == true);
    CHECK(sluice.becomes_ok(minutes(1)));

    sluice.run(demo_declaration());
    sluice.time.run_for(seconds(1)); // one that was under way
    const auto reads = sluice.world.groups_.reads;
    sluice.time.run_for(minutes(10));
    CHECK(sluice.world.groups_.reads == reads);
    CHECK_FALSE(sluice.loop.observed().group.attempted());
}

TEST_CASE("a group that cannot be read is shown, and changes nothing else") {
    pipeline_fixture sluice;
    sluice.world.groups_.problem =
        error{errc::not_found, "read the workers' group x", "Kafka", "no such group"};
    sluice.run(with_group());
    CHECK(sluice.becomes_ok(minutes(1)));
    const auto* group = group_in(*sluice.loop.view());
    REQUIRE(group != nullptr);
    CHECK(group->up == false);
    CHECK_THAT(group->problem, Catch::Contains("no such group"));
}

TEST_CASE("a group that rebalances is looked at every half second until it is settled") {
    pipeline_fixture sluice;
    sluice.run(with_group());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    sluice.world.groups_.rebalances = true;
    sluice.time.run_for(seconds(11));
    const auto reads = sluice.world.groups_.reads;
    sluice.time.run_for(seconds(10));
    CHECK(sluice.world.groups_.reads >= reads + 18);
    CHECK(sluice.loop.decision().memory.workers.rebalancing);
    sluice.world.groups_.rebalances = false;
    sluice.time.run_for(seconds(1));
    CHECK_FALSE(sluice.loop.decision().memory.workers.rebalancing);
}
