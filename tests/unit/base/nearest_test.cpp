#include "base/nearest.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

const std::vector<std::string> keys{
    "kafka", "connect", "http", "reconcile", "pipelines", "connectors", "name"
};

} // namespace

TEST_CASE("a misspelt name finds the one that was meant") {
    const std::vector<std::pair<std::string, std::string>> misspelt{
        {"kafak", "kafka"},  // two letters changed places
        {"kafk", "kafka"},   // one is missing
        {"kaffka", "kafka"}, // one too many
        {"htpp", "http"},    // another one
        {"recoincile", "reconcile"},
        {"pipeline", "pipelines"},
        {"conector", "connectors"}, // nearer than connect
        {"connect", "connect"},
    };
    for (const auto& [word, meant] : misspelt) {
        INFO(word);
        CHECK(nearest(word, keys) == meant);
    }
}

TEST_CASE("a word that is like none of them finds none") {
    for (const std::string word : {"xyz", "", "mame-of-all", "kfk-----", "retention"}) {
        INFO(word);
        CHECK(nearest(word, keys) == std::nullopt);
    }
    CHECK(nearest("kafka", {}) == std::nullopt);
}

TEST_CASE("of two that are equally near the first is told") {
    const std::vector<std::string> candidates{"bat", "rat"};
    CHECK(nearest("cat", candidates) == "bat");
}
