// From connectors to a file with which the plan shows no change: the text is read back and decided on here
// again.
#include "control/import.hpp"
#include "control/plan_file.hpp"
#include "debezium/derive.hpp"
#include "decide/decide.hpp"
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;

namespace {

using config_text = std::map<std::string, std::string>;

constexpr auto postgres_class = "io.debezium.connector.postgresql.PostgresConnector";
constexpr auto jdbc_class = "io.debezium.connector.jdbc.JdbcSinkConnector";

config_text source(const std::string& prefix) {
    return {
        {"connector.class", postgres_class},
        {"database.hostname", "db"},
        {"database.port", "5432"},
        {"database.dbname", prefix},
        {"database.user", "cdc"},
        {"database.password", "source-hunter2"},
        {"topic.prefix", prefix},
        {"plugin.name", "pgoutput"},
        {"slot.name", prefix + "_slot"},
        {"publication.name", prefix + "_pub"},
        {"table.include.list", "public.orders"},
        {"heartbeat.interval.ms", "5000"},
    };
}

config_text sink(const std::string& topics) {
    return {
        {"connector.class", jdbc_class},
        {"connection.url", "jdbc:postgresql://sink:5432/warehouse?sslmode=require"},
        {"connection.username", "writer"},
        {"connection.password", "sink-hunter2"},
        {"topics", topics},
        {"insert.mode", "upsert"},
        {"primary.key.mode", "record_key"},
        {"table.name.format", "${source.schema}_${source.table}"},
    };
}

class cluster {
public:
    void add(const std::string& name, config_text config) {
        model::observed_connector c;
        c.name = name;
        config["name"] = name;
        c.config = std::move(config);
        c.status.emplace();
        c.status->state = model::connector_state::running;
        there.connectors.emplace(name, std::move(c));
    }
    [[nodiscard]] control::imported import() const {
        model::declaration base;
        base.name = "demo";
        base.kafka.bootstrap_servers = "localhost:9092";
        base.connect.urls = {"http://localhost:8083"};
        return control::import_connectors(base, there);
    }

    debezium::existing there{
        {},
        {{postgres_class, "source", "2.7.4.Final"},
         {jdbc_class, "sink", "2.7.0.Final"},
         {"FileStreamSink", "sink", "3.7.2"}},
        {}
    };
};

/// The plan with the file's text, as a command would make it.
model::plan plan_with(const control::imported& file, const cluster& c) {
    std::map<std::string, std::string> values;
    for (const auto& v : file.file.variables) values[v.name] = v.value.value().reveal();
    const auto loaded = config::parse("import.yaml", file.file.yaml, surroundings_with(values));
    for (const auto& d : loaded.diagnostics) UNSCOPED_INFO(config::render(d));
    UNSCOPED_INFO(file.file.yaml);
    REQUIRE(loaded.declared);
    const auto desired = debezium::derive(*loaded.declared, c.there.plugins);
    CHECK(desired.unresolved.empty());
    CHECK(desired.connectors.size() == c.there.connectors.size());
    model::observed observed;
    observed.connectors.value = c.there.connectors;
    observed.topics.value = c.there.topics.value_or(model::topic_list{});
    if (!c.there.topics)
        for (const auto& topic : desired.topics)
            (*observed.topics.value)[topic.name] = {topic.name, 1, 1, {}};
    const model::memory memory;
    const decide::secret_matches secrets;
    const std::map<std::string, std::string> problems;
    const std::set<std::string> changing;
    return decide::decide({desired, observed, memory, secrets, {}, seconds(10), problems, changing}).plan;
}

void check_import(const cluster& c) {
    const auto file = c.import();
    for (const auto& remark : file.remarks) UNSCOPED_INFO(remark);
    CHECK(plan_with(file, c).empty());
    CHECK_THAT(file.file.yaml, !Contains("hunter2"));
    for (const auto& remark : file.remarks) CHECK_THAT(remark, !Contains("hunter2"));
}

} // namespace

TEST_CASE("a source, its sinks and a stranger become a file that plans nothing") {
    cluster c;
    c.add("shop-source", source("shop"));
    c.add("shop-warehouse", sink("shop.public.orders"));
    c.add(
        "Audit Log",
        {{"connector.class", "FileStreamSink"}, {"topics", "shop.public.orders"}, {"file", "/tmp/x"}}
    );
    const auto file = c.import();
    CHECK(file.remarks.empty());
    REQUIRE(file.declared.pipelines.size() == 1);
    CHECK(file.declared.pipelines[0].sinks.size() == 1);
    CHECK_THAT(file.file.yaml, Contains("adopt: true") && Contains("password: !env SHOP_WAREHOUSE_PASSWORD"));
    check_import(c);
}

TEST_CASE("several styles of sinks all plan nothing") {
    cluster c;
    c.add("shop-source", source("shop"));
    auto regex = sink("");
    regex.erase("topics");
    regex["topics.regex"] = "shop\\.public\\..*";
    c.add("by-regex", regex);
    auto flat = sink("shop.public.orders");
    flat["transforms"] = "unwrap";
    flat["transforms.unwrap.type"] = "io.debezium.transforms.ExtractNewRecordState";
    flat["transforms.unwrap.drop.tombstones"] = "false";
    c.add("flat", flat);
    auto newer = sink("shop.public.orders");
    newer.erase("table.name.format");
    newer["collection.name.format"] = "${topic}";
    c.add("newer", newer);
    auto masked = sink("shop.public.orders");
    masked["connection.password"] = "********";
    masked["key.converter"] = "org.apache.kafka.connect.json.JsonConverter";
    c.add("masked", masked);
    auto dead = sink("shop.public.orders");
    dead["errors.tolerance"] = "all";
    dead["errors.deadletterqueue.topic.name"] = "dead";
    c.add("dead", dead);
    CHECK(c.import().declared.pipelines.at(0).sinks.size() == 5);
    check_import(c);
}

TEST_CASE("what the file's rules refuse as a pipeline becomes an entry, and the plan still is empty") {
    cluster c;
    SECTION("two sources with one publication on one database") {
        for (const std::string prefix : {"one", "two"}) {
            auto config = source(prefix);
            config["publication.name"] = "dbz_publication";
            config["database.dbname"] = "shop";
            c.add(prefix + "-source", config);
        }
        CHECK(c.import().declared.pipelines.size() == 1);
    }
    SECTION("a publication whose name needs quotes") {
        auto config = source("shop");
        config["publication.name"] = "My Publication";
        c.add("shop-source", config);
        CHECK(c.import().declared.pipelines.empty());
    }
    SECTION("a source that drops what the brokers refuse") {
        auto config = source("shop");
        config["errors.tolerance"] = "all";
        c.add("shop-source", config);
        c.add("shop-warehouse", sink("shop.public.orders"));
        CHECK(c.import().declared.pipelines.empty());
    }
    SECTION("a sink that leaves out the schemas") {
        c.add("shop-source", source("shop"));
        auto config = sink("shop.public.orders");
        config["value.converter"] = "org.apache.kafka.connect.json.JsonConverter";
        config["value.converter.schemas.enable"] = "false";
        c.add("shop-warehouse", config);
        CHECK(c.import().declared.pipelines.at(0).sinks.empty());
    }
    check_import(c);
    CHECK_FALSE(c.import().remarks.empty());
}

TEST_CASE("another instance's connectors are left out") {
    cluster c;
    auto theirs = source("shop");
    theirs["sluice.owner"] = "other";
    c.add("shop-source", theirs);
    const auto file = c.import();
    CHECK(file.declared.pipelines.empty());
    CHECK_THAT(file.remarks.at(0), Contains("belongs to the Sluice instance other"));
    CHECK_THAT(file.file.yaml, Contains("pipelines: {}"));
}

TEST_CASE("our own connectors need no adoption") {
    cluster c;
    auto ours = source("shop");
    ours["sluice.owner"] = "demo";
    c.add("shop-source", ours);
    CHECK_THAT(c.import().file.yaml, !Contains("adopt"));
    check_import(c);
}

TEST_CASE("a table without a topic is not declared, where Kafka was asked") {
    cluster c;
    auto config = source("shop");
    config["table.include.list"] = "public.orders,public.empty";
    c.add("shop-source", config);
    c.there.topics.emplace();
    for (const std::string topic : {"shop.public.orders", "__debezium-heartbeat.shop"})
        (*c.there.topics)[topic] = {topic, 4, 1, {}};
    const auto file = c.import();
    REQUIRE(file.declared.pipelines.size() == 1);
    CHECK(file.declared.pipelines[0].source.tables.size() == 1);
    CHECK(file.declared.pipelines[0].topics.partitions == 4);
    check_import(c);
}
