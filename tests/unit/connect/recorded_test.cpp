// What a real Kafka Connect said, byte for byte (tests/support/recorded/connect/<profile>/, index.json beside
// it).
#include "connect/failure.hpp"
#include "connect/wire.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::connect;
using Catch::Matchers::Contains;

namespace {

namespace fs = std::filesystem;

std::string contents_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> profiles() {
    std::vector<fs::path> all;
    for (const auto& entry : fs::directory_iterator(SLUICE_SOURCE_DIR "/tests/support/recorded/connect")) {
        if (entry.is_directory()) all.push_back(entry.path());
    }
    REQUIRE_FALSE(all.empty());
    return all;
}

bool has(const fs::path& profile, const std::string& name) {
    return fs::exists(profile / (name + ".json"));
}

/// The answer of that name, with the status that the index keeps.
answer recorded(const fs::path& profile, const std::string& name) {
    const auto index = boost::json::parse(contents_of(profile / "index.json"));
    const auto status = index.at(name).at("status").to_number<unsigned>();
    return {status, "application/json", "", contents_of(profile / (name + ".json"))};
}

} // namespace

TEST_CASE("the connectors of a healthy Connect are read") {
    for (const auto& profile : profiles()) {
        INFO(profile);
        const auto list = wire::read_connectors(recorded(profile, "connectors-healthy"), scrubber());
        REQUIRE(list);
        for (const auto& name : {"shop-source", "shop-warehouse"}) {
            const auto& one = list->at(name);
            REQUIRE(one.status);
            CHECK(one.status->state == model::connector_state::running);
            REQUIRE(one.status->tasks.size() == 1);
            CHECK(one.status->tasks[0].state == model::connector_state::running);
            CHECK(one.task_count == 1);
            REQUIRE(one.config);
            CHECK(one.config->at("name") == name);
        }
        CHECK(list->at("shop-source").type == "source");
        CHECK(list->at("shop-warehouse").type == "sink");
    }
}

TEST_CASE("a list of statuses alone has no configs") {
    for (const auto& profile : profiles()) {
        const auto list = wire::read_connectors(recorded(profile, "connectors-status-only"), scrubber());
        REQUIRE(list);
        CHECK_FALSE(list->at("shop-source").config);
        CHECK(list->at("shop-source").status);
    }
}

TEST_CASE("a failed task comes with the trace that names its cause") {
    for (const auto& profile : profiles()) {
        const auto list = wire::read_connectors(recorded(profile, "connectors-failed-sink"), scrubber());
        REQUIRE(list);
        const auto& status = list->at("shop-broken").status;
        REQUIRE(status);
        REQUIRE(status->tasks.size() == 1);
        CHECK(status->tasks[0].state == model::connector_state::failed);
        CHECK_THAT(status->tasks[0].trace, Contains("Caused by:"));
    }
}

TEST_CASE("every recorded list, status and offset can be read") {
    for (const auto& profile : profiles()) {
        INFO(profile);
        for (const auto* name :
             {"connectors-empty",
              "connectors-failed-source",
              "connectors-just-created",
              "connectors-paused-stopped"}) {
            INFO(name);
            if (!has(profile, name)) continue; // not every profile was brought into every state
            CHECK(wire::read_connectors(recorded(profile, name), scrubber()));
        }
        CHECK(wire::read_status(recorded(profile, "connector-status"), scrubber()));
        CHECK(wire::read_worker(recorded(profile, "root"), scrubber()));
        CHECK(wire::read_tasks(recorded(profile, "connector-tasks"), scrubber()) == std::vector<int>{0});
        const auto plugins = wire::read_plugins(recorded(profile, "connector-plugins"), scrubber());
        REQUIRE(plugins);
        CHECK(plugins->size() >= 4);
        const auto offsets = wire::read_offsets(recorded(profile, "offsets-source"), scrubber());
        REQUIRE(offsets);
        REQUIRE(offsets->size() == 1);
        CHECK(offsets->front().partition == R"({"server":"cdc"})");
        for (const auto* name :
             {"post-created",
              "put-created",
              "put-updated",
              "pause-accepted",
              "stop-accepted",
              "restart-failed"}) {
            INFO(name);
            if (!has(profile, name)) continue;
            const auto what = recorded(profile, name);
            CHECK_FALSE(failure_in(what, requests::pause("x"), scrubber()));
            CHECK(wire::read_done(what, scrubber()));
        }
    }
}

TEST_CASE("a validation names the key that is wrong, and nothing when all is well") {
    for (const auto& profile : profiles()) {
        INFO(profile);
        for (const auto* name : {"validate-source-ok", "validate-sink-ok"}) {
            INFO(name);
            const auto fine = wire::read_validation(recorded(profile, name), scrubber());
            REQUIRE(fine);
            CHECK(fine->problems.empty());
        }
        const auto wrong =
            wire::read_validation(recorded(profile, "validate-source-wrong-password"), scrubber());
        REQUIRE(wrong);
        REQUIRE(wrong->problems.size() == 1);
        CHECK_THAT(wrong->problems[0].messages.at(0), Contains("password authentication failed"));
    }
}

TEST_CASE("every recorded refusal gets its code") {
    struct row {
        const char* name;
        request asked;
        errc expected;
    };
    const auto put = requests::put_config("x", {}, secrets::revealed);
    const auto create = requests::create("x", {}, model::target_state::running, secrets::revealed);
    const std::vector<row> rows = {
        {"error-400-offsets-not-stopped", put, errc::wrong_state},
        {"error-400-put-database-down", put, errc::refused},
        {"error-400-put-invalid", put, errc::refused},
        {"error-400-put-wrong-password", put, errc::refused},
        {"error-400-unknown-class", create, errc::refused},
        {"error-404-connector", requests::config("nope"), errc::not_found},
        {"error-404-delete", requests::remove("nope"), errc::not_found},
        {"error-404-path", requests::stop("nope"), errc::unsupported},
        {"error-404-status", requests::status("nope"), errc::not_found},
        {"error-405", requests::stop("nope"), errc::unsupported},
        {"error-409-exists", create, errc::already_exists},
        {"error-500-dead-leader", put, errc::forwarding_failed},
        {"error-500-unknown-class", create, errc::refused},
        {"error-500-validate-unknown-class",
         requests::validate("com.example.Nope", {}, secrets::revealed),
         errc::refused},
    };
    for (const auto& profile : profiles()) {
        for (const auto& [name, asked, expected] : rows) {
            INFO(profile << ' ' << name);
            if (!fs::exists(profile / (std::string(name) + ".json")))
                continue; // not every profile has all of them
            const auto why = failure_in(recorded(profile, name), asked, scrubber());
            REQUIRE(why);
            CHECK(to_string(why->code) == to_string(expected));
            CHECK(why->detail.size() < 500); // not the list of all plugins
        }
    }
}
