#include "decide/slice.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("a pipeline's slice holds its connectors, topics and unresolved links, and no others") {
    model::desired desired;
    desired.connectors = {
        plain_connector("audit"), source_connector("shop"), sink_connector("shop"), source_connector("stock")
    };
    desired.topics = {table_topic("shop.public.orders", "shop"), table_topic("stock.public.items", "stock")};
    desired.unresolved = {{{"lake", ""}, "no plugin"}, {{"stock", "archive"}, "no plugin"}};
    const auto slices = decide::cut(desired);
    REQUIRE(slices.size() == 4);
    CHECK(slices[0].pipeline == "audit");
    CHECK(slices[1].pipeline == "lake");
    CHECK(slices[1].connectors.empty());
    CHECK(slices[1].unresolved.size() == 1);
    CHECK(slices[2].pipeline == "shop");
    using connectors = std::vector<const model::desired_connector*>;
    using topics = std::vector<const model::desired_topic*>;
    CHECK(slices[2].connectors == connectors{&desired.connectors[1], &desired.connectors[2]});
    CHECK(slices[2].topics == topics{&desired.topics[0]});
    CHECK(slices[2].unresolved.empty());
    CHECK(slices[3].connectors == connectors{&desired.connectors[3]});
    CHECK(slices[3].unresolved.contains({"stock", "archive"}));
}

TEST_CASE("of nothing desired there is no slice") {
    CHECK(decide::cut({}).empty());
}
