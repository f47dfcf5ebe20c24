// The files that people start from: they are read without a word, and mean what they seem to mean.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace sluice;
using namespace sluice::testing;

model::declaration expected_demo() {
    model::pipeline shop;
    shop.name = "shop";
    shop.source.db = {"localhost", 5432, "source_db", "cdc_user", secret("source-hunter2")};
    shop.source.topic_prefix = "cdc";
    shop.source.tables = {{"public", "products"}, {"public", "orders"}};
    shop.source.connector = "shop-source";
    shop.source.slot = "demo_shop";
    shop.source.publication = "demo_shop";
    shop.topics.partitions = 1;
    shop.topics.replication_factor = std::int16_t{1};
    shop.topics.cleanup = "compact";

    model::sink warehouse;
    warehouse.name = "warehouse";
    warehouse.db = {"localhost", 5433, "sink_db", "sink_user", secret("sink-hunter2")};
    warehouse.table_name = "{schema}_{table}";
    warehouse.dead_letter_topic = "shop.warehouse.dlq";
    warehouse.connector = "shop-warehouse";
    shop.sinks = {warehouse};

    model::declaration demo;
    demo.name = "demo";
    demo.kafka.bootstrap_servers = "localhost:9092";
    demo.connect.urls = {"http://localhost:8083"};
    demo.state_dir = "/state/demo";
    demo.pipelines = {shop};
    return demo;
}

} // namespace

TEST_CASE("the demo's file declares the shop") {
    const auto result = config::load(SLUICE_SOURCE_DIR "/config/pipeline.yaml", usual_surroundings());
    for (const auto& d : result.diagnostics) UNSCOPED_INFO(config::render(d));
    CHECK(result.diagnostics.empty());
    REQUIRE(result.declared);
    CHECK((*result.declared == expected_demo()));
    CHECK((result.secrets == std::vector{secret("source-hunter2"), secret("sink-hunter2")}));
}

TEST_CASE("the demo's values are the defaults: leaving them out changes nothing but what is compared") {
    const auto result = parsed(replaced(
        with_in_sink("port: 5433\n        table_name: \"{schema}_{table}\"\n        dead_letter: {topic: "
                     "shop.warehouse.dlq}"),
        "sinks:",
        "topics: {partitions: 1, replication_factor: 1, cleanup: compact}\n    sinks:"
    ));
    REQUIRE(result.declared);
    CHECK((*result.declared == expected_demo()));
}

TEST_CASE("the example of the reference is a complete file") {
    const auto reference = whole_file(SLUICE_SOURCE_DIR "/docs/configuration.md");
    const std::string fence = "```yaml\n";
    const auto begin = reference.find(fence) + fence.size();
    const auto result = parsed(reference.substr(begin, reference.find("```", begin) - begin));
    CHECK(result.diagnostics.empty());
    CHECK(result.declared);
}
