// Golden: these names are public contract. An upgrade never changes them, so neither may a change of this
// file.
#include "debezium/names.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::debezium;

namespace {

const model::table_name products{"public", "products"};

std::string repeated(char c, std::size_t times) {
    return std::string(times, c);
}

} // namespace

TEST_CASE("connectors are named after their pipeline") {
    CHECK(source_connector_name("shop") == "shop-source");
    CHECK(sink_connector_name("shop", "warehouse") == "shop-warehouse");
}

TEST_CASE("slot and publication are named after the instance and the pipeline") {
    CHECK(slot_name("demo", "shop") == "demo_shop");
    CHECK(slot_name("eu-west-1", "order-items") == "eu_west_1_order_items");
}

TEST_CASE("a slot's name of up to 63 bytes is kept whole") {
    const auto name = slot_name("demo", repeated('a', 58));
    CHECK(name == "demo_" + repeated('a', 58));
    CHECK(name.size() == 63);
}

TEST_CASE("a longer slot's name is cut and told apart by a hash of the whole name") {
    CHECK(slot_name("demo", repeated('a', 59)) == "demo_" + repeated('a', 49) + "_013fcb9c");
    CHECK(slot_name("demo", repeated('a', 60)) == "demo_" + repeated('a', 49) + "_260bee3b");
    CHECK(
        slot_name("the-production-instance-of-europe", "orders-and-order-items-of-all-shops") ==
        "the_production_instance_of_europe_orders_and_order_ite_45ecb4ce"
    );
    CHECK(slot_name(repeated('a', 63), repeated('b', 63)).size() == 63);
}

TEST_CASE("a table's topic is named as Debezium names it") {
    CHECK(table_topic("cdc", products) == "cdc.public.products");
    CHECK(table_topic("eu.shop", {"sales", "Order Items"}) == "eu.shop.sales.Order_Items");
    CHECK(table_topic("cdc", {"public", "prix_\xC3\xA9t\xC3\xA9"}) == "cdc.public.prix__t_");
    CHECK(table_topic("cdc", {"public", "\xF0\x9F\x98\x80"}) == "cdc.public.__"); // two UTF-16 units
    CHECK(table_topic("cdc", products, "-") == "cdc-public-products");
}

TEST_CASE("a topic's name is never longer than Kafka allows") {
    const auto topic = table_topic(repeated('p', 200), {repeated('s', 40), repeated('t', 40)});
    CHECK(topic == repeated('p', 200) + '.' + repeated('s', 40) + '.' + repeated('t', 7));
}

TEST_CASE("the heartbeat topic carries the prefix") {
    CHECK(heartbeat_topic("cdc") == "__debezium-heartbeat.cdc");
}

TEST_CASE("without a pattern the sink table is Debezium's own") {
    CHECK(sink_table("", "cdc", products) == "cdc_public_products");
    CHECK(sink_table("", "eu.shop", {"sales", "Order Items"}) == "eu_shop_sales_Order_Items");
}

TEST_CASE("a pattern is filled in with the names that the topic carries") {
    CHECK(sink_table("{schema}_{table}", "cdc", products) == "public_products");
    CHECK(sink_table("{table}", "eu.shop", {"sales", "Order Items"}) == "Order_Items");
    CHECK(sink_table("copy_of_{table}_{table}", "cdc", products) == "copy_of_products_products");
    CHECK(sink_table("everything", "cdc", products) == "everything");
}

TEST_CASE("dots in a sink table's name become underscores, as in the sink itself") {
    CHECK(sink_table("{schema}.{table}", "cdc", products) == "public_products");
    CHECK(sink_table("{table}", "cdc", {"public", "a.b"}) == "a_b");
    CHECK(
        sink_table("{table}", "cdc", {"a.b", "c"}) == "b_c"
    ); // the topic does not tell where the schema ends
}
