// docs/configuration.md against the table of keys: neither may know a key that the other does not.
#include "config/schema.hpp"
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>
#include <string>

namespace {

using namespace sluice;

std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// The first cell of each table row, by the heading above it.
std::map<std::string, std::set<std::string>> documented_keys() {
    std::istringstream lines(testing::whole_file(SLUICE_SOURCE_DIR "/docs/configuration.md"));
    std::map<std::string, std::set<std::string>> keys;
    std::string heading;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("## ")) heading = lower(line.substr(3));
        if (line.starts_with("| `")) keys[heading].insert(line.substr(3, line.find('`', 3) - 3));
    }
    return keys;
}

} // namespace

TEST_CASE("the reference documents exactly the keys that are read") {
    const auto documented = documented_keys();
    for (const auto* section : config::all_sections()) {
        INFO(section->name);
        const std::set<std::string> known(section->keys.begin(), section->keys.end());
        const auto found = documented.find(lower(std::string(section->name)));
        REQUIRE(found != documented.end());
        CHECK(found->second == known);
    }
}

TEST_CASE("a key is read or announced, never both") {
    for (const auto* section : config::all_sections()) {
        INFO(section->name);
        for (const auto key : section->announced) CHECK(std::ranges::count(section->keys, key) == 0);
    }
}
