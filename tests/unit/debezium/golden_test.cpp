// What is derived, line by line, for both versions. After a wanted change: SLUICE_REWRITE_GOLDEN=1, then read
// the diff.
#include "debezium/derive.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace sluice;
using namespace sluice::testing;

namespace {

void check_golden(const std::string& name, const model::desired& desired) {
    const auto file = std::string(SLUICE_SOURCE_DIR) + "/tests/unit/debezium/golden/" + name + ".txt";
    if (std::getenv("SLUICE_REWRITE_GOLDEN") != nullptr) std::ofstream(file) << show(desired);
    std::ostringstream expected;
    expected << std::ifstream(file).rdbuf();
    CHECK(show(desired) == expected.str());
}

model::declaration plainest_shop() {
    auto declared = shop();
    declared.connectors.clear();
    auto& pipeline = declared.pipelines[0];
    pipeline.source.heartbeat = milliseconds(0);
    pipeline.source.publication = "ready_made";
    pipeline.source.publication_is_given = true;
    pipeline.source.snapshot = "never";
    pipeline.topics = {3, std::int16_t{2}, "compact,delete", {{"retention.ms", "604800000"}}};
    pipeline.state = model::target_state::stopped;
    auto& sink = pipeline.sinks[0];
    sink.table_name.clear();
    sink.dead_letter_topic.clear();
    sink.delete_rows = false;
    sink.write = model::write_mode::insert;
    sink.evolution = model::schema_evolution::none;
    return declared;
}

} // namespace

TEST_CASE("the shop on Debezium 2.7") {
    check_golden("shop-2.7", debezium::derive(shop(), debezium_2_7()));
}

TEST_CASE("the shop on Debezium 3") {
    check_golden("shop-3", debezium::derive(shop(), debezium_3()));
}

TEST_CASE("the other choices on Debezium 3") {
    check_golden("plainest-3", debezium::derive(plainest_shop(), debezium_3()));
}

TEST_CASE("while nothing is known of Connect the names of Debezium 3 are shown") {
    CHECK(debezium::derive(shop(), std::nullopt) == debezium::derive(shop(), debezium_3()));
}
