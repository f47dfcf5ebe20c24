#include "control/status_json.hpp"
#include "daemon/operation_text.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace sluice;

TEST_CASE("that Connect is away is read from the status, and from nothing but its own line") {
    auto view = testing::sample_view();
    const auto connect = std::ranges::find(view.dependencies, "connect", &control::dependency_view::kind);
    REQUIRE(connect != view.dependencies.end());
    for (auto& dependency : view.dependencies) dependency.up = false;
    CHECK(connect_is_away(control::to_json(view)));
    connect->up = true;
    CHECK_FALSE(connect_is_away(control::to_json(view)));
    connect->up.reset(); // not asked yet
    CHECK_FALSE(connect_is_away(control::to_json(view)));
    CHECK_FALSE(connect_is_away({}));
}
