// `derive` backwards: whatever is there, exactly that is derived again.
#include "debezium/derive.hpp"
#include "debezium/recognise.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>

using namespace sluice;
using namespace sluice::debezium;
using namespace sluice::testing;
using Catch::Contains;
using model::connector_state;

namespace {

using config = std::map<std::string, std::string>;

model::observed_connector running(const std::string& name, config c) {
    model::observed_connector found;
    found.name = name;
    found.config = std::move(c);
    (*found.config)["name"] = name;
    found.status.emplace();
    found.status->state = connector_state::running;
    return found;
}

existing there_are(const model::desired& desired, std::vector<model::connect_plugin> plugins) {
    existing there;
    there.plugins = std::move(plugins);
    for (const auto& made : desired.connectors) {
        config c;
        for (const auto& [key, value] : made.config) c[key] = model::reveal(value);
        there.connectors.emplace(made.name, running(made.name, std::move(c)));
    }
    return there;
}

model::declaration declared(const recognised& found, const std::string& instance = "demo") {
    model::declaration d;
    d.name = instance;
    d.pipelines = found.pipelines;
    d.connectors = found.connectors;
    return d;
}

/// What Connect shows, without the keys that are nobody's wish.
std::map<std::string, config> wishes(const existing& there) {
    std::map<std::string, config> all;
    for (const auto& [name, c] : there.connectors) {
        all[name] = *c.config;
        std::erase_if(all[name], [](const auto& e) {
            return e.first == "name" || e.first.starts_with("sluice.");
        });
    }
    return all;
}

std::map<std::string, config>
derived(const recognised& found, const std::vector<model::connect_plugin>& plugins) {
    std::map<std::string, config> all;
    for (const auto& made : derive(declared(found), plugins).connectors)
        for (const auto& [key, value] : made.config)
            if (!key.starts_with("sluice.")) all[made.name][key] = model::reveal(value);
    return all;
}

/// As people write them by hand.
config plain_source() {
    return {
        {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"},
        {"database.hostname", "db"},
        {"database.dbname", "shop"},
        {"database.user", "cdc"},
        {"database.password", "the source's password"},
        {"topic.prefix", "cdc"},
        {"plugin.name", "pgoutput"},
        {"table.include.list", "public.orders,public.products"},
    };
}

config plain_sink() {
    return {
        {"connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector"},
        {"connection.url", "jdbc:postgresql://sink:5433/warehouse"},
        {"connection.username", "writer"},
        {"connection.password", "the sink's password"},
        {"topics", "cdc.public.orders"},
    };
}

existing shop_by_hand() {
    existing there;
    there.plugins = debezium_2_7();
    there.connectors.emplace("shop-source", running("shop-source", plain_source()));
    there.connectors.emplace("Orders_To_Warehouse", running("Orders_To_Warehouse", plain_sink()));
    return there;
}

template <class T>
T any_of(std::initializer_list<T> values) {
    return *rc::gen::elementOf(std::vector<T>(values));
}

/// A config somebody has worked on: keys taken out, changed, added.
void meddle(config& c) {
    const std::vector<std::string> needed{
        "connector.class",
        "topic.prefix",
        "database.hostname",
        "database.dbname",
        "database.user",
        "database.password",
        "connection.url",
        "connection.username",
        "connection.password"
    };
    for (const auto& [key, value] : config(c)) {
        const bool keep = std::ranges::find(needed, key) != needed.end();
        const auto dice = *rc::gen::inRange(0, 8);
        if (!keep && dice == 0) c.erase(key);
        if (!keep && dice == 1) c[key] = any_of<std::string>({"false", "7", "another", "a,b", ""});
    }
    const std::vector<std::string> more{
        "transforms",
        "predicates",
        "transforms.mask.type",
        "transforms.unwrap.add.fields",
        "max.batch.size",
        "topics.regex",
        "table.name.format",
        "collection.name.format",
        "errors.tolerance",
        "key.converter"
    };
    for (const auto& key : more)
        if (*rc::gen::inRange(0, 6) == 0)
            c[key] = any_of<std::string>({"mask", "unwrap", "route,mask", "cdc.*", "x"});
}

} // namespace

TEST_CASE("what Sluice derived is recognised as the few lines that it was") {
    for (const auto& plugins : {debezium_2_7(), debezium_3()}) {
        auto file = shop();
        const auto there = there_are(derive(file, plugins), plugins);
        const auto found = recognise("demo", there);
        CHECK(found.remarks.empty());
        REQUIRE(found.pipelines.size() == 1);
        REQUIRE(found.connectors.size() == 1);
        const auto& pipeline = found.pipelines[0];
        CHECK(pipeline.name == "shop");
        CHECK(pipeline.source.tables == file.pipelines[0].source.tables);
        CHECK(pipeline.source.config.empty());
        CHECK(pipeline.source.omit.empty());
        CHECK_FALSE(pipeline.source.publication_is_given);
        CHECK_FALSE(pipeline.source.adopt); // it carries our mark
        REQUIRE(pipeline.sinks.size() == 1);
        CHECK(pipeline.sinks[0].name == "warehouse");
        CHECK(pipeline.sinks[0].table_name == "{schema}_{table}");
        CHECK(pipeline.sinks[0].dead_letter_topic == "shop.warehouse.dlq");
        CHECK(pipeline.sinks[0].config.empty());
        CHECK(pipeline.sinks[0].omit.empty());
        CHECK(derived(found, plugins) == wishes(there));
    }
}

TEST_CASE("connectors made by hand become a pipeline with slot, publication, topics and sinks linked") {
    const auto there = shop_by_hand();
    const auto found = recognise("demo", there);
    REQUIRE(found.pipelines.size() == 1);
    const auto& pipeline = found.pipelines[0];
    CHECK(pipeline.name == "shop");
    CHECK(pipeline.source.adopt);
    CHECK(pipeline.source.slot == "debezium");
    CHECK(pipeline.source.publication == "dbz_publication");
    CHECK(
        pipeline.source.tables == std::vector<model::table_name>{{"public", "orders"}, {"public", "products"}}
    );
    CHECK(pipeline.source.heartbeat == milliseconds(0));
    CHECK(model::is_secret(pipeline.source.db.password));
    REQUIRE(pipeline.sinks.size() == 1);
    CHECK(pipeline.sinks[0].name == "orders-to-warehouse");
    CHECK(pipeline.sinks[0].connector == "Orders_To_Warehouse");
    CHECK(pipeline.sinks[0].db.host == "sink");
    CHECK(pipeline.sinks[0].db.port == 5433);
    CHECK(pipeline.sinks[0].write == model::write_mode::insert); // Debezium's own default
    CHECK(derived(found, there.plugins) == wishes(there));
}

TEST_CASE("a sink is linked by its list of topics or by its pattern, and only to the one source that it reads"
) {
    auto there = shop_by_hand();
    auto& sink = *there.connectors.at("Orders_To_Warehouse").config;
    const auto sinks = [&] { return recognise("demo", there).pipelines.at(0).sinks.size(); };
    SECTION("a pattern that fits") {
        sink.erase("topics");
        sink["topics.regex"] = R"(cdc\.public\.(?:orders|items))";
        CHECK(sinks() == 1);
    }
    SECTION("a pattern that fits nothing, or is none") {
        sink.erase("topics");
        sink["topics.regex"] = GENERATE("other\\..*", "(", "(a*)*b");
        CHECK(sinks() == 0);
    }
    SECTION("topics of somebody else") {
        sink["topics"] = "cdcx.public.orders";
        CHECK(sinks() == 0);
    }
    SECTION("topics of two sources") {
        auto other = plain_source();
        other["topic.prefix"] = "other";
        other["slot.name"] = "other";
        there.connectors.emplace("zoo-source", running("zoo-source", other));
        sink["topics"] = "cdc.public.orders,other.public.orders";
        CHECK(sinks() == 0);
        CHECK(recognise("demo", there).connectors.size() == 1);
    }
    CHECK(derived(recognise("demo", there), there.plugins) == wishes(there));
}

TEST_CASE("what is no source or sink of a known type, or lacks what a pipeline needs, becomes an entry") {
    auto there = shop_by_hand();
    there.connectors.emplace(
        "1st_Audit", running("1st_Audit", {{"connector.class", "FileStreamSink"}, {"file", "/x"}})
    );
    there.connectors.at("shop-source").config->erase("database.password");
    const auto found = recognise("demo", there);
    CHECK(found.pipelines.empty());
    REQUIRE(found.connectors.size() == 3);
    CHECK(found.connectors[2].name == "st-audit");
    CHECK(found.connectors[2].connector == "1st_Audit");
    CHECK_THAT(found.remarks.at(0), Contains("shop-source"));
    CHECK(derived(found, there.plugins) == wishes(there));
}

TEST_CASE("tables behind a pattern are told by the sinks that read their topics") {
    auto there = shop_by_hand();
    (*there.connectors.at("shop-source").config)["table.include.list"] = R"(public\..*)";
    const auto found = recognise("demo", there);
    REQUIRE(found.pipelines.size() == 1);
    CHECK(found.pipelines[0].source.tables == std::vector<model::table_name>{{"public", "orders"}});
    CHECK(derived(found, there.plugins) == wishes(there));
}

TEST_CASE("where Kafka was asked, only tables whose topic exists are declared, with what their topics have "
          "in common") {
    auto there = shop_by_hand();
    there.topics.emplace();
    (*there.topics)["cdc.public.orders"] = {
        "cdc.public.orders", 3, 2, {{{"cleanup.policy", {"compact", false, false, false}}}}
    };
    const auto found = recognise("demo", there);
    REQUIRE(found.pipelines.size() == 1);
    CHECK(found.pipelines[0].source.tables == std::vector<model::table_name>{{"public", "orders"}});
    CHECK(found.pipelines[0].topics == model::topic_settings{3, std::int16_t{2}, "compact", {}});
    CHECK_THAT(found.remarks.at(0), Contains("cdc.public.products does not exist yet"));
    CHECK(derived(found, there.plugins) == wishes(there));
}

TEST_CASE("a paused pipeline is declared so, and a sink in another state than its source apart") {
    auto there = shop_by_hand();
    there.connectors.at("shop-source").status->state = connector_state::paused;
    auto found = recognise("demo", there);
    CHECK(found.pipelines.at(0).state == model::target_state::paused);
    CHECK(found.pipelines.at(0).sinks.empty());
    REQUIRE(found.connectors.size() == 1);
    CHECK(found.connectors[0].state == model::target_state::running);
    there.connectors.at("Orders_To_Warehouse").status->state = connector_state::paused;
    CHECK(recognise("demo", there).pipelines.at(0).sinks.size() == 1);
}

TEST_CASE("secrets are known by their keys, by what is inside a value, and by Connect's mask") {
    auto there = shop_by_hand();
    auto& source = *there.connectors.at("shop-source").config;
    source["producer.override.sasl.jaas.config"] = "org.example.Login required password=\"hunter2\";";
    source["driver.url"] = "jdbc:postgresql://x/y?password=hunter2";
    source["database.password"] = "\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022";
    source["signal.kafka.consumer.ssl.keystore.location"] = "/etc/keys.jks";
    source["database.sslpassword"] = "${file:/run/secrets:ssl}";
    const auto found = recognise("demo", there);
    const auto& made = found.pipelines.at(0).source;
    CHECK(model::is_secret(made.db.password));
    CHECK(model::is_secret(made.config.at("producer.override.sasl.jaas.config")));
    CHECK(model::is_secret(made.config.at("driver.url")));
    CHECK_FALSE(model::is_secret(made.config.at("signal.kafka.consumer.ssl.keystore.location")));
    CHECK_FALSE(model::is_secret(made.config.at("database.sslpassword")));
}

TEST_CASE("whatever was done to the configs, exactly they are derived again") {
    const bool holds = rc::check([] {
        const auto plugins = any_of<std::vector<model::connect_plugin>>({debezium_2_7(), debezium_3()});
        auto there = there_are(derive(shop(), plugins), plugins);
        if (*rc::gen::arbitrary<bool>()) there = shop_by_hand();
        there.plugins = plugins;
        for (auto& [name, c] : there.connectors) meddle(*c.config);
        const auto found = recognise("demo", there);
        RC_ASSERT(derived(found, plugins) == wishes(there));
    });
    CHECK(holds);
}
