// What runs already is not done a second time beside it.

#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using std::chrono::minutes;

namespace {

/// As the file's loader names it all when the pipeline is called so.
model::declaration called(const std::string& pipeline) {
    auto declared = demo_declaration();
    auto& p = declared.pipelines[0];
    p.name = pipeline;
    p.source.connector = debezium::source_connector_name(pipeline);
    p.source.slot = p.source.publication = debezium::slot_name("demo", pipeline);
    p.sinks[0].connector = debezium::sink_connector_name(pipeline, "warehouse");
    return declared;
}

} // namespace

TEST_CASE("a pipeline that gets another name is not run beside itself, until what ran is deleted") {
    pipeline_fixture sluice;
    sluice.run(called("shop"));
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const auto before = sluice.writes();
    sluice.run(called("store"));
    sluice.time.run_for(minutes(10));
    INFO(sluice.log());
    CHECK(sluice.writes() == before);
    CHECK(sluice.verdict("store").status == model::link_status::failed);
    CHECK_THAT(sluice.verdict("store").reason, Contains("connector shop-"));

    sluice.world.connect_.running.clear();
    REQUIRE(sluice.becomes_ok(minutes(2)));
    CHECK(sluice.world.connect_.writes_of("create") == 4);
}

TEST_CASE("under another name with `prune: true` the pipeline follows once what ran before is deleted") {
    control::reconcile_mode mode; // two of two are more than half: as `sluice apply --accept=delete` does
    mode.accepted = {model::consequence::remove};
    pipeline_fixture sluice(1, {}, mode);
    sluice.run(called("shop"));
    REQUIRE(sluice.becomes_ok(minutes(1)));
    auto another = called("store");
    another.reconcile.prune = true;
    sluice.run(another);
    INFO(sluice.log());
    REQUIRE(sluice.becomes_ok(minutes(2)));
    CHECK(sluice.world.connect_.writes_of("delete") == 2);
    CHECK(sluice.world.connect_.running.size() == 2);
}
