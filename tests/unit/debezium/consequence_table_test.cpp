// docs/plans.md against the tables of costs: each says what the other says. After a wanted change:
// SLUICE_REWRITE_GOLDEN=1, then read the diff.
#include "debezium/consequence.hpp"
#include "debezium/kinds.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <span>
#include <sstream>
#include <string>

using namespace sluice;
using model::connector_role;
using model::consequence;

namespace {

std::string whole_file(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(std::string(SLUICE_SOURCE_DIR) + '/' + name).rdbuf();
    return text.str();
}

/// One row a consequence; a key that stands for all keys below it ends in a star.
std::string as_table(std::span<const debezium::key_cost> costs) {
    std::string text = "| consequence | keys |\n|---|---|\n";
    for (int i = 0; i <= static_cast<int>(consequence::remove); ++i) {
        std::string keys;
        for (const auto& cost : costs) {
            if (cost.cost != static_cast<consequence>(i)) continue;
            const auto* const star = cost.key.ends_with('.') ? "*" : "";
            keys += fmt::format("{}`{}{}`", keys.empty() ? "" : ", ", cost.key, star);
        }
        if (keys.empty()) continue;
        text += fmt::format("| `{}` | {} |\n", model::to_string(static_cast<consequence>(i)), keys);
    }
    return text;
}

void check_table(const std::string& heading, std::span<const debezium::key_cost> costs) {
    auto page = whole_file("docs/plans.md");
    const auto begin = page.find("| consequence |", page.find("\n### " + heading + '\n'));
    REQUIRE(begin != std::string::npos);
    const auto end = page.find("\n\n", begin) + 1;
    if (std::getenv("SLUICE_REWRITE_GOLDEN") != nullptr) {
        page.replace(begin, end - begin, as_table(costs));
        std::ofstream(std::string(SLUICE_SOURCE_DIR) + "/docs/plans.md") << page;
        return;
    }
    CHECK(page.substr(begin, end - begin) == as_table(costs));
}

/// The names of all keys that a connector's validation speaks of, as a real Connect recorded it.
std::vector<std::string> keys_of(const std::string& version, const std::string& connector) {
    const auto text = whole_file(
        fmt::format("tests/support/recorded/connect/debezium-{}/validate-{}-ok.json", version, connector)
    );
    std::vector<std::string> names;
    const auto answer = boost::json::parse(text);
    for (const auto& config : answer.at("configs").as_array())
        names.emplace_back(config.at("definition").at("name").as_string());
    return names;
}

} // namespace

TEST_CASE("the page about plans shows the tables of costs as they are") {
    check_table("Every connector", debezium::costs_of_connect());
    check_table("The source `debezium-postgres`", debezium::source_kinds()[0].costs);
    check_table("The sink `debezium-jdbc`", debezium::sink_kinds()[0].costs);
}

TEST_CASE("every key that Connect and Debezium know has a consequence that a table names") {
    for (const std::string version : {"2.7", "3"}) {
        for (const auto& [connector, role] :
             {std::pair("source", connector_role::source), std::pair("sink", connector_role::sink)}) {
            const auto keys = keys_of(version, connector);
            CHECK(keys.size() > 50);
            for (const auto& key : keys) {
                INFO("Debezium " << version << ", " << connector << ": " << key);
                CHECK(debezium::known_consequence(role, key));
            }
        }
    }
}
