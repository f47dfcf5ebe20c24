// What every command that reads the file looks at.
#include "daemon/pipeline_file.hpp"
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;

namespace {

config::loaded with_property(const std::string& property) {
    auto around = surroundings_of("pipeline.yaml");
    around.environment = usual_surroundings().environment;
    std::string text = small_file;
    const std::string brokers = "  bootstrap_servers: localhost:9092\n";
    const auto at = text.find(brokers);
    REQUIRE(at != std::string::npos);
    text.insert(at + brokers.size(), "  properties:\n    client.id: us\n    " + property + "\n");
    return config::parse("pipeline.yaml", text, around);
}

} // namespace

TEST_CASE(
    "a property that librdkafka does not know is an error where it stands, as a value that it refuses is"
) {
    CHECK(with_property("security.protocol: SSL").declared);
    struct wrong {
        std::string property;
        std::string what;
        int column;
    };
    for (const auto& [property, what, column] : std::vector<wrong>{
             {"securty.protocol: SSL", "securty.protocol", 5},
             {"security.protocol: CARRIER_PIGEON", "CARRIER_PIGEON", 24}
         }) {
        const auto loaded = with_property(property);
        CHECK_FALSE(loaded.declared);
        REQUIRE(loaded.diagnostics.size() == 1);
        CHECK(loaded.diagnostics[0].line == 6);
        CHECK(loaded.diagnostics[0].column == column);
        CHECK_THAT(loaded.diagnostics[0].message, Contains("properties") && Contains(what));
    }
}

TEST_CASE("a secret that librdkafka refuses is not shown") {
    const auto loaded = with_property("security.protocol: !env SOURCE_DB_PASSWORD");
    CHECK_FALSE(loaded.declared);
    REQUIRE(loaded.diagnostics.size() == 1);
    CHECK_THAT(config::render(loaded.diagnostics[0]), !Contains("source-hunter2"));
}
