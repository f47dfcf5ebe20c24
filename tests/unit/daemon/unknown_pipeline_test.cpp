#include "control/status_json.hpp"
#include "daemon/status_text.hpp"
#include "daemon/unknown_pipeline.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using list = std::vector<std::string>;

TEST_CASE("a pipeline that is not there is told with the name that was meant") {
    const list known{"audit", "shop", "shop-2"};
    CHECK(unknown_pipeline("shpo", known) == "no pipeline is called shpo; did you mean shop?");
    CHECK(unknown_pipeline("warehouse", known) == "no pipeline is called warehouse");
    CHECK(unknown_pipeline("shop", {}) == "no pipeline is called shop");
}

TEST_CASE("a pipeline that is there, or none named, is nothing to complain about") {
    CHECK_FALSE(unknown_pipeline("shop", {"audit", "shop"}));
    CHECK_FALSE(unknown_pipeline("", {"audit"}));
    CHECK_FALSE(unknown_pipeline("", {}));
}

TEST_CASE("a status document names all its pipelines, plain connectors among them") {
    CHECK(pipeline_names(control::to_json(testing::sample_view())) == list{"audit", "shop"});
    CHECK(pipeline_names({}).empty());
}

TEST_CASE("history knows a pipeline by the file or by its own events") {
    control::history_page page;
    page.events.emplace_back().pipeline = "of-old";
    page.events.emplace_back(); // concerns all
    CHECK(unknown_in_history("shpo", {"shop"}, page) == "no pipeline is called shpo; did you mean shop?");
    CHECK_FALSE(unknown_in_history("shop", {"shop"}, page));
    CHECK_FALSE(unknown_in_history("of-old", {"shop"}, page));
    CHECK_FALSE(unknown_in_history("", {"shop"}, page));
    CHECK_FALSE(unknown_in_history("shpo", {}, page)); // the file cannot be read
}
