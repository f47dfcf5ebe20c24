#include "control/status_json.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

namespace json = boost::json;
using namespace sluice;

namespace {

json::value golden() {
    std::ifstream file(SLUICE_SOURCE_DIR "/tests/unit/control/status.golden.json");
    std::ostringstream text;
    text << file.rdbuf();
    return json::parse(text.str());
}

} // namespace

TEST_CASE("the status document keeps its shape: what once was read from it can be read from it for ever") {
    const json::value document = control::to_json(testing::sample_view());
    INFO(json::serialize(document));
    CHECK(document == golden());
}

TEST_CASE("a secret that changes shows its key and neither of its values") {
    auto view = testing::sample_view();
    auto& key = view.plan.changes.at(1).keys.at(1);
    REQUIRE(key.is_secret);
    key.before = "hunter2-before";
    key.after = "hunter2-after";
    const auto text = json::serialize(control::to_json(view));
    CHECK(text.find("hunter2") == std::string::npos);
}

TEST_CASE("a connector that could not be asked for is unknown, one that Connect does not list is missing") {
    control::link_view link;
    CHECK(control::to_json(link).at("state") == "unknown");
    link.known = true;
    CHECK(control::to_json(link).at("state") == "missing");
    link.exists = true;
    CHECK(control::to_json(link).at("state") == "unknown"); // just created: listed, and no status yet
    link.status = model::connector_status{model::connector_state::stopped, "", "", {}};
    CHECK(control::to_json(link).at("state") == "stopped");
}

TEST_CASE("a document made before the first pass has its keys and no invented times") {
    const auto document = control::to_json(control::status_view{});
    CHECK(document.at("version") == control::status_json_version);
    CHECK(document.at("at").is_null());
    CHECK(document.at("config").at("last_success_at").is_null());
    CHECK(document.at("pipelines").as_array().empty());
}
