#include "connect/requests.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <set>

using namespace sluice;
using namespace sluice::connect;

namespace {

model::config_map config_with_secret() {
    model::config_map config;
    config.emplace("connector.class", "org.example.Source");
    config.emplace("database.password", secret("correct horse"));
    return config;
}

} // namespace

TEST_CASE("each request has its method and path") {
    struct row {
        request what;
        std::string_view line;
    };
    const auto config = config_with_secret();
    const std::vector<row> rows = {
        {requests::worker(), "GET /"},
        {requests::plugins(), "GET /connector-plugins"},
        {requests::connectors(), "GET /connectors?expand=status&expand=info"},
        {requests::statuses(), "GET /connectors?expand=status"},
        {requests::status("a"), "GET /connectors/a/status"},
        {requests::config("a"), "GET /connectors/a/config"},
        {requests::tasks("a"), "GET /connectors/a/tasks"},
        {requests::offsets("a"), "GET /connectors/a/offsets"},
        {requests::validate("x.Y", config, secrets::masked), "PUT /connector-plugins/x.Y/config/validate"},
        {requests::create("a", config, model::target_state::running, secrets::masked), "POST /connectors"},
        {requests::put_config("a", config, secrets::masked), "PUT /connectors/a/config"},
        {requests::remove("a"), "DELETE /connectors/a"},
        {requests::restart("a", true), "POST /connectors/a/restart?includeTasks=true&onlyFailed=true"},
        {requests::restart("a", false), "POST /connectors/a/restart?includeTasks=true&onlyFailed=false"},
        {requests::restart_task("a", 3), "POST /connectors/a/tasks/3/restart"},
        {requests::pause("a"), "PUT /connectors/a/pause"},
        {requests::resume("a"), "PUT /connectors/a/resume"},
        {requests::stop("a"), "PUT /connectors/a/stop"},
    };
    for (const auto& [what, line] : rows) {
        CHECK(std::string(to_string(what.method)) + ' ' + what.path == line);
        CHECK_FALSE(what.attempted.empty());
    }
}

TEST_CASE("only what changes something is a write, and only a POST cannot be sent twice") {
    CHECK_FALSE(requests::connectors().is_write);
    CHECK_FALSE(requests::validate("x", {}, secrets::revealed).is_write);
    CHECK(requests::validate("x", {}, secrets::revealed).is_slow);
    CHECK(requests::remove("a").is_write);
    CHECK(requests::remove("a").is_idempotent());
    CHECK_FALSE(requests::create("a", {}, model::target_state::running, secrets::revealed).is_idempotent());
    CHECK_FALSE(requests::restart("a", true).is_idempotent());
}

TEST_CASE("a name is percent-encoded as one path segment") {
    CHECK(requests::status("a/b").path == "/connectors/a%2Fb/status");
    CHECK(requests::status("50% off").path == "/connectors/50%25%20off/status");
    CHECK(requests::status("..").path == "/connectors/%2E%2E/status");
    CHECK(requests::status(".").path == "/connectors/%2E/status");
    CHECK(requests::status("v1.2").path == "/connectors/v1.2/status");
    CHECK(requests::status("k\xC3\xA4se").path == "/connectors/k%C3%A4se/status");
    CHECK(requests::status("a?b#c").path == "/connectors/a%3Fb%23c/status");
    CHECK(requests::status("a\r\nX: y").path == "/connectors/a%0D%0AX%3A%20y/status");
}

TEST_CASE("what is sent and what is shown differ in the secrets alone") {
    const auto config = config_with_secret();
    const auto sent = requests::put_config("a", config, secrets::revealed);
    const auto shown = requests::put_config("a", config, secrets::masked);
    CHECK(sent.body == R"({"connector.class":"org.example.Source","database.password":"correct horse"})");
    CHECK(shown.body == R"({"connector.class":"org.example.Source","database.password":"********"})");
    CHECK(sent.path == shown.path);
}

TEST_CASE("a connector is created with its name, its config and a state unless it is to run") {
    const auto config = config_with_secret();
    const auto running = requests::create("a \"b\"", config, model::target_state::running, secrets::revealed);
    CHECK(
        running.body ==
        R"({"name":"a \"b\"","config":{"connector.class":"org.example.Source","database.password":"correct horse"}})"
    );
    CHECK(running.since.empty());
    const auto stopped = requests::create("a", config, model::target_state::stopped, secrets::masked);
    const auto body = boost::json::parse(stopped.body);
    CHECK(body.at("initial_state").as_string() == "STOPPED");
    CHECK(std::string_view(body.at("config").at("database.password").as_string()) == secret_mask);
    CHECK(stopped.since == "3.7");
    const auto paused = requests::create("a", config, model::target_state::paused, secrets::masked);
    CHECK(boost::json::parse(paused.body).at("initial_state").as_string() == "PAUSED");
}
