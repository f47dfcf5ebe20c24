// What deploy/ ships for operators speaks of the metrics that we export.
#include "config/load.hpp"
#include "http/metrics.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <yaml-cpp/yaml.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

namespace json = boost::json;
using namespace sluice;

namespace {

std::string file_text(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

json::value dashboard() {
    return json::parse(file_text(SLUICE_SOURCE_DIR "/deploy/grafana/sluice.json"));
}

/// What a program writes; absent when it fails.
std::optional<std::string> output_of(const std::string& command) {
    auto* out = ::popen(command.c_str(), "r");
    if (out == nullptr) return std::nullopt;
    std::string text;
    std::array<char, 4096> part{};
    for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), out)) > 0;)
        text.append(part.data(), got);
    if (::pclose(out) != 0) return std::nullopt;
    return text;
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

TEST_CASE("the scrape example is a valid configuration of Prometheus") {
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

TEST_CASE("the pipeline file of docker-compose.yml is valid") {
    config::surroundings around;
    around.environment = [](const std::string&) { return "secret of a test"; };
    around.default_state_dir = [](const std::string&) { return "/var/lib/sluice"; };
    const auto read = config::load(SLUICE_SOURCE_DIR "/deploy/compose/pipeline.yaml", around);
    for (const auto& problem : read.diagnostics) UNSCOPED_INFO(config::render(problem));
    CHECK(read.diagnostics.empty());
    CHECK(read.declared.has_value());
}

TEST_CASE("docker-compose.yml is valid, each server of others has a health check, and what it mounts is there"
) {
    const auto whole = output_of("docker-compose -f " SLUICE_SOURCE_DIR "/docker-compose.yml config");
    REQUIRE(whole);
    const auto compose = YAML::Load(*whole);
    std::set<std::string> services;
    for (const auto& entry : compose["services"]) {
        const auto name = entry.first.as<std::string>();
        CAPTURE(name);
        services.insert(name);
        const auto& service = entry.second;
        // Ours stands in the Dockerfile.
        CHECK((name == "sluice" || service["healthcheck"]["test"].size() > 1));
        for (const auto& mount : service["volumes"]) {
            const auto from = mount.as<std::string>().substr(0, mount.as<std::string>().find(':'));
            CAPTURE(from);
            const bool is_volume = from.find('/') == std::string::npos;
            CHECK((is_volume ? compose["volumes"][from].IsDefined() : std::filesystem::exists(from)));
        }
    }
    CHECK(services == std::set<std::string>{"connect", "kafka", "sink", "sluice", "source"});
    const auto mounts = YAML::Dump(compose["services"]["source"]["volumes"]);
    CHECK(mounts.find("deploy/sql/source.sql:/docker-entrypoint-initdb.d/") != std::string::npos);
    const auto dockerfile = file_text(SLUICE_SOURCE_DIR "/Dockerfile");
    CHECK(dockerfile.find("HEALTHCHECK") != std::string::npos);
}
