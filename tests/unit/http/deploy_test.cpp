// What deploy/ ships for operators speaks of the metrics that we export.
#include "config/load.hpp"
#include "http/metrics.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <prometheus/metric_family.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

namespace json = boost::json;
using namespace sluice;

namespace {

json::value dashboard() {
    std::ifstream file(SLUICE_SOURCE_DIR "/deploy/grafana/sluice.json");
    std::ostringstream text;
    text << file.rdbuf();
    return json::parse(text.str());
}

/// Every value of this key, wherever it stands.
void collect(const json::value& in, std::string_view key, std::vector<std::string>& found) {
    if (in.is_array()) {
        for (const auto& item : in.get_array()) collect(item, key, found);
    } else if (in.is_object()) {
        for (const auto& [name, value] : in.get_object()) {
            if (name == key && value.is_string()) found.emplace_back(value.get_string());
            collect(value, key, found);
        }
    }
}

std::vector<std::string> queries() {
    std::vector<std::string> found;
    const auto board = dashboard();
    collect(board, "expr", found);
    collect(board.at("templating"), "query", found);
    return found;
}

/// The names that a query may use: of a histogram, its three series.
std::set<std::string> exported_names() {
    const testing::sample_reader daemon;
    std::set<std::string> names;
    for (const auto& family : http::metrics(daemon, {}).Collect()) {
        if (family.type == prometheus::MetricType::Histogram) {
            for (const auto* part : {"_bucket", "_sum", "_count"}) names.insert(family.name + part);
        } else {
            names.insert(family.name);
        }
    }
    return names;
}

bool is_installed(const std::string& program) {
    return std::system(fmt::format("command -v {} >/dev/null 2>&1", program).c_str()) == 0;
}

} // namespace

TEST_CASE("every query of the dashboard names metrics that are exported") {
    const auto names = exported_names();
    const std::regex metric("(sluice|process)_[a-z_]+");
    const auto all = queries();
    REQUIRE(all.size() > 20);
    for (const auto& query : all) {
        for (std::sregex_iterator at(query.begin(), query.end(), metric), end; at != end; ++at) {
            CAPTURE(query);
            CHECK(names.contains(at->str()));
        }
    }
}

TEST_CASE("every panel of the dashboard says what it shows, and asks the chosen data source") {
    const auto board = dashboard();
    std::set<std::int64_t> ids;
    for (const auto& panel : board.at("panels").as_array()) {
        const auto title = json::value_to<std::string>(panel.at("title"));
        CAPTURE(title);
        CHECK(ids.insert(panel.at("id").as_int64()).second);
        if (panel.at("type") == "row") continue;
        CHECK(panel.at("description").as_string().size() > 20);
        CHECK(panel.at("datasource").at("uid") == "${datasource}");
    }
}

TEST_CASE("the dashboard's queries are PromQL") {
    if (!is_installed("promtool")) {
        WARN("promtool is not installed: the queries were not parsed");
        return;
    }
    json::array rules;
    const auto board = dashboard();
    std::vector<std::string> expressions;
    collect(board, "expr", expressions);
    for (auto query : expressions) {
        query = std::regex_replace(query, std::regex("\\$__rate_interval"), "1m");
        rules.push_back({{"record", fmt::format("query:{}", rules.size())}, {"expr", query}});
    }
    const json::object file{{"groups", {{{"name", "dashboard"}, {"rules", rules}}}}}; // JSON is YAML too
    auto* check = ::popen("promtool check rules /dev/stdin 2>&1", "w");
    REQUIRE(check != nullptr);
    const auto text = json::serialize(file);
    REQUIRE(std::fwrite(text.data(), 1, text.size(), check) == text.size());
    CHECK(::pclose(check) == 0);
}

TEST_CASE("the scrape example is a valid configuration of Prometheus") {
    if (!is_installed("promtool")) {
        WARN("promtool is not installed: the scrape example was not checked");
        return;
    }
    CHECK(
        std::system("promtool check config " SLUICE_SOURCE_DIR "/deploy/prometheus/prometheus.yml >/dev/null"
        ) == 0
    );
}

TEST_CASE("the systemd unit leaves the service next to no way to harm the machine") {
    if (!is_installed("systemd-analyze")) {
        WARN("systemd-analyze is not installed: the unit was not rated");
        return;
    }
    // The threshold is ten times the exposure: at most 1.1, where 10 is the worst.
    CHECK(
        std::system("systemd-analyze security --offline=yes --threshold=11 " SLUICE_SOURCE_DIR
                    "/deploy/systemd/sluice.service >/dev/null") == 0
    );
}

TEST_CASE("the pipeline file of docker-compose.yml is valid, and the compose file too") {
    config::surroundings around;
    around.environment = [](const std::string&) { return "secret of a test"; };
    around.default_state_dir = [](const std::string&) { return "/var/lib/sluice"; };
    const auto read = config::load(SLUICE_SOURCE_DIR "/deploy/compose/pipeline.yaml", around);
    for (const auto& problem : read.diagnostics) UNSCOPED_INFO(config::render(problem));
    CHECK(read.diagnostics.empty());
    CHECK(read.declared.has_value());

    if (!is_installed("docker-compose")) {
        WARN("docker-compose is not installed: the compose file was not checked");
        return;
    }
    CHECK(std::system("docker-compose -f " SLUICE_SOURCE_DIR "/docker-compose.yml config --quiet") == 0);
}
