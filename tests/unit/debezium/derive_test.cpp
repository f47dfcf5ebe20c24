#include "debezium/database_tls.hpp"
#include "debezium/derive.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using debezium::derive;
using debezium::tls_of;

namespace {

/// The shop with something changed.
template <class Change>
model::desired derive_with(Change change) {
    auto declared = shop();
    change(declared.pipelines[0]);
    return derive(declared, debezium_3());
}

template <class Change>
std::string source_value(const std::string& key, Change change) {
    return value(connector(derive_with(change), "shop-source"), key);
}

template <class Change>
std::string sink_value(const std::string& key, Change change) {
    return value(connector(derive_with(change), "shop-warehouse"), key);
}

bool has_connector(const model::desired& desired, const std::string& name) {
    const auto named = [&](const auto& c) { return c.name == name; };
    return std::any_of(desired.connectors.begin(), desired.connectors.end(), named);
}

std::vector<std::string> topic_names(const model::desired& desired) {
    std::vector<std::string> names;
    for (const auto& topic : desired.topics) names.push_back(topic.name);
    return names;
}

} // namespace

TEST_CASE("names given in the file are used instead of derived ones") {
    const auto desired = derive_with([](model::pipeline& p) {
        p.source.connector = "inventory";
        p.source.slot = "inventory_slot";
        p.sinks[0].connector = "copy";
    });
    CHECK(value(connector(desired, "inventory"), "slot.name") == "inventory_slot");
    CHECK(value(connector(desired, "inventory"), "publication.name") == "demo_shop");
    CHECK(has_connector(desired, "copy"));
}

TEST_CASE("a table's name is matched literally by the include list") {
    const auto list = source_value("table.include.list", [](model::pipeline& p) {
        p.source.tables = {{"public", "a.b"}, {"s$1", "c(d),e"}};
    });
    CHECK(list == R"(public\.a\.b,s\$1\.c\(d\)\,e)");
}

TEST_CASE("never and no_data are one wish, in the word that the version knows") {
    auto declared = shop();
    const std::vector<model::connect_plugin> old{
        {"io.debezium.connector.postgresql.PostgresConnector", "source", "2.5.0.Final"}
    };
    for (const auto* wish : {"never", "no_data"}) {
        declared.pipelines[0].source.snapshot = wish;
        CHECK(value(connector(derive(declared, debezium_3()), "shop-source"), "snapshot.mode") == "no_data");
        CHECK(
            value(connector(derive(declared, debezium_2_7()), "shop-source"), "snapshot.mode") == "no_data"
        );
        CHECK(value(connector(derive(declared, old), "shop-source"), "snapshot.mode") == "never");
    }
}

TEST_CASE("json-schemaless states converters without schemas, and the JDBC sink is refused with the reason") {
    const auto desired =
        derive_with([](model::pipeline& p) { p.format = model::message_format::json_schemaless; });
    CHECK(value(connector(desired, "shop-source"), "value.converter.schemas.enable") == "false");
    CHECK(value(connector(desired, "shop-source"), "key.converter.schemas.enable") == "false");
    CHECK(value(connector(desired, "shop-warehouse"), "connection.url") == "(absent)");
    CHECK_THAT(desired.unresolved.at({"shop", "warehouse"}), Contains("use format: json"));
}

TEST_CASE("a converter of the user's own takes ours with its options away") {
    const auto own_converter = [](model::pipeline& p) {
        p.source.config["value.converter"] = "com.example.Converter";
    };
    CHECK(source_value("value.converter", own_converter) == "com.example.Converter");
    CHECK(source_value("value.converter.schemas.enable", own_converter) == "(absent)");
    CHECK(source_value("key.converter.schemas.enable", own_converter) == "true");
}

TEST_CASE("the JDBC address is one that the driver reads back") {
    const auto url = [](const std::string& host, const std::string& name) {
        return sink_value("connection.url", [&](model::pipeline& p) {
            p.sinks[0].db.host = host, p.sinks[0].db.name = name;
        });
    };
    CHECK(url("db.example.com", "sink_db") == "jdbc:postgresql://db.example.com:5433/sink_db");
    CHECK(url("::1", "sink_db") == "jdbc:postgresql://[::1]:5433/sink_db");
    CHECK(url("[fe80::1]", "sink_db") == "jdbc:postgresql://[fe80::1]:5433/sink_db");
    CHECK(url("h", "a b?c=d/e+f&g") == "jdbc:postgresql://h:5433/a%20b%3Fc%3Dd%2Fe%2Bf%26g");
}

TEST_CASE("the route takes topic names apart whatever the prefix looks like") {
    const auto dotted = [](model::pipeline& p) { p.source.topic_prefix = "eu.shop-1"; };
    CHECK(sink_value("transforms.route.regex", dotted) == R"(eu\.shop-1\.(.*?)\.(.*))");
    const auto pattern = [](const std::string& text) {
        return sink_value("transforms.route.replacement", [&](model::pipeline& p) {
            p.sinks[0].table_name = text;
        });
    };
    CHECK(pattern("{table}") == "$2");
    CHECK(pattern("copy_{schema}__{table}_{table}") == "copy_$1__$2_$2");
    CHECK(pattern(R"(a$b\c{table})") == R"(a\$b\\c$2)");
}

TEST_CASE("a transform of the user's own is appended to the derived ones") {
    const auto masked = [](model::pipeline& p) {
        p.sinks[0].config["transforms"] = " mask, trim ";
        p.sinks[0].config["transforms.mask.type"] = "org.apache.kafka.connect.transforms.MaskField$Value";
        p.sinks[0].config["predicates"] = "isOrder";
    };
    CHECK(sink_value("transforms", masked) == "unwrap,route,mask,trim");
    CHECK(sink_value("predicates", masked) == "isTombstone,isOrder");
    CHECK(
        sink_value("transforms.mask.type", masked) == "org.apache.kafka.connect.transforms.MaskField$Value"
    );
    CHECK(sink_value("transforms.unwrap.predicate", masked) == "isTombstone");
}

TEST_CASE("a list of transforms that names a derived one, or none at all, is taken as written") {
    const auto reordered = [](model::pipeline& p) { p.sinks[0].config["transforms"] = "mask,unwrap"; };
    CHECK(sink_value("transforms", reordered) == "mask,unwrap");
    CHECK(sink_value("transforms.unwrap.type", reordered) == "io.debezium.transforms.ExtractNewRecordState");
    CHECK(sink_value("transforms.route.type", reordered) == "(absent)");
    const auto none = [](model::pipeline& p) { p.sinks[0].config["transforms"] = ""; };
    CHECK(sink_value("transforms", none).empty());
    CHECK(sink_value("transforms.unwrap.type", none) == "(absent)");
}

TEST_CASE("an option of a derived transform can be set alone") {
    const auto added = [](model::pipeline& p) { p.sinks[0].config["transforms.unwrap.add.fields"] = "op"; };
    CHECK(sink_value("transforms", added) == "unwrap,route");
    CHECK(sink_value("transforms.unwrap.add.fields", added) == "op");
}

TEST_CASE("either name of the key for table names takes ours away") {
    const auto old_name = [](model::pipeline& p) { p.sinks[0].config["table.name.format"] = "x_${topic}"; };
    CHECK(sink_value("table.name.format", old_name) == "x_${topic}");
    CHECK(sink_value("collection.name.format", old_name) == "(absent)");
}

TEST_CASE("a dead letter topic without declared replication gets the broker's default") {
    const std::string key = "errors.deadletterqueue.topic.replication.factor";
    CHECK(sink_value(key, [](model::pipeline&) {}) == "-1");
    const auto declared = [](model::pipeline& p) { p.topics.replication_factor = std::int16_t{2}; };
    CHECK(sink_value(key, declared) == "2");
    CHECK(topic(derive_with(declared), "shop.warehouse.dlq").replication_factor == 2);
}

TEST_CASE("only what stands under topics: is compared, and of table topics alone") {
    const auto desired = derive_with([](model::pipeline& p) {
        p.topics.partitions = 4;
        p.topics.config = {{"retention.ms", "1000"}};
    });
    const auto& table = topic(desired, "cdc.public.orders");
    CHECK(
        table.creation_config ==
        std::map<std::string, std::string>{{"cleanup.policy", "compact"}, {"retention.ms", "1000"}}
    );
    CHECK(table.written_config == std::map<std::string, std::string>{{"retention.ms", "1000"}});
    CHECK(table.written_partitions == 4);
    const auto& heartbeat = topic(desired, "__debezium-heartbeat.cdc");
    CHECK(heartbeat.partitions == 1);
    CHECK(heartbeat.written_config.empty());
    CHECK_FALSE(heartbeat.written_partitions);
}

TEST_CASE("topics follow the topic keys that config: replaces") {
    const auto desired = derive_with([](model::pipeline& p) {
        p.source.config["topic.prefix"] = "other";
        p.source.config["topic.delimiter"] = "-";
        p.source.config["topic.heartbeat.prefix"] = "beat";
        p.sinks[0].dead_letter_topic.clear();
    });
    CHECK(
        topic_names(desired) ==
        std::vector<std::string>{"beat-other", "other-public-orders", "other-public-products"}
    );
    CHECK(
        value(connector(desired, "shop-warehouse"), "topics") == "other-public-products,other-public-orders"
    );
    CHECK(value(connector(desired, "shop-warehouse"), "transforms.route.regex") == R"(other-(.*?)-(.*))");
}

TEST_CASE("a heartbeat that config: turns off has no topic") {
    const auto desired =
        derive_with([](model::pipeline& p) { p.source.config["heartbeat.interval.ms"] = "0"; });
    CHECK(
        topic_names(desired) ==
        std::vector<std::string>{"cdc.public.orders", "cdc.public.products", "shop.warehouse.dlq"}
    );
}

TEST_CASE("a source that names its topics its own way gets none, and its sinks must say what they read") {
    const auto strategy = [](model::pipeline& p) {
        p.source.config["topic.naming.strategy"] = "com.example.Names";
    };
    const auto routed = [](model::pipeline& p) {
        p.source.config["transforms"] = "route";
        p.source.config["transforms.route.type"] = "io.debezium.transforms.ByLogicalTableRouter";
    };
    for (const auto& desired : {derive_with(strategy), derive_with(routed)}) {
        CHECK(topic_names(desired).empty());
        CHECK(has_connector(desired, "shop-source"));
        CHECK_THAT(desired.unresolved.at({"shop", "warehouse"}), Contains("write topics or topics.regex"));
    }
    const auto told = derive_with([&](model::pipeline& p) {
        strategy(p);
        p.sinks[0].table_name.clear();
        p.sinks[0].config["topics.regex"] = "all-.*";
    });
    CHECK(told.unresolved.empty());
    CHECK(value(connector(told, "shop-warehouse"), "topics") == "(absent)");
    CHECK(connector(told, "shop-warehouse").topics == std::vector<std::string>{"shop.warehouse.dlq"});
}

TEST_CASE("a sink waits only for topics that its own pipeline writes") {
    const auto desired =
        derive_with([](model::pipeline& p) { p.sinks[0].config["topics"] = "cdc.public.orders,foreign"; });
    const auto& sink = connector(desired, "shop-warehouse");
    CHECK(value(sink, "topics") == "cdc.public.orders,foreign");
    CHECK(sink.topics == std::vector<std::string>{"cdc.public.orders", "shop.warehouse.dlq"});
}

TEST_CASE("a source has one task, a sink as many as tasks.max says, another class as many as Connect lists") {
    const auto more = derive_with([](model::pipeline& p) {
        p.source.config["tasks.max"] = "4";
        p.sinks[0].config["tasks.max"] = "3";
    });
    CHECK(connector(more, "shop-source").tasks == 1);
    CHECK(connector(more, "shop-warehouse").tasks == 3);
    CHECK_FALSE(connector(more, "audit").tasks);
}

TEST_CASE("an entry of connectors: passes as it stands, with the ownership mark") {
    const auto desired = derive(shop(), debezium_3());
    auto expected = shop().connectors[0].config;
    expected["sluice.owner"] = "demo";
    CHECK(connector(desired, "audit").config == expected);
    CHECK(connector(desired, "audit").role == model::connector_role::plain);
}

TEST_CASE("an entry of connectors: may bear another name than its connector") {
    auto declared = shop();
    declared.connectors[0].connector = "My Audit";
    const auto desired = derive(declared, debezium_2_7());
    CHECK(connector(desired, "My Audit").link == model::link_id{"audit", ""});
}

TEST_CASE("what is omitted is not derived, nor anything below it, and config: still has its say") {
    auto declared = shop();
    auto& source = declared.pipelines[0].source;
    source.omit = {"errors.max.retries", "key.converter", "heartbeat.interval.ms"};
    auto& sink = declared.pipelines[0].sinks[0];
    sink.omit = {"transforms", "predicates"};
    sink.config["transforms"] = std::string("mask");
    const auto desired = derive(declared, debezium_2_7());
    const auto& made = connector(desired, "shop-source");
    CHECK(value(made, "errors.max.retries") == "(absent)");
    CHECK(value(made, "key.converter") == "(absent)");
    CHECK(value(made, "key.converter.schemas.enable") == "(absent)");
    CHECK(value(made, "value.converter") != "(absent)");
    CHECK(
        made.topics == std::vector<std::string>{"cdc.public.products", "cdc.public.orders"}
    ); // no heartbeats
    const auto& written = connector(desired, "shop-warehouse");
    CHECK(value(written, "transforms") == "mask");
    CHECK(value(written, "transforms.unwrap.type") == "(absent)");
    CHECK(value(written, "predicates") == "(absent)");
}

TEST_CASE("the ownership mark cannot be replaced") {
    const auto forged = [](model::pipeline& p) { p.source.config["sluice.owner"] = "somebody"; };
    CHECK(source_value("sluice.owner", forged) == "demo");
}

TEST_CASE("a class that is not installed leaves its link unresolved, under its connector's name, and says "
          "what to do") {
    auto plugins = debezium_2_7();
    plugins.erase(plugins.begin()); // the JDBC sink
    const auto desired = derive(shop(), plugins);
    const auto& named = connector(desired, "shop-warehouse");
    CHECK(named.link == model::link_id{"shop", "warehouse"});
    CHECK(named.role == model::connector_role::sink);
    CHECK(named.plugin == "io.debezium.connector.jdbc.JdbcSinkConnector");
    CHECK(named.config.size() == 2); // its class and our mark: nothing that could be written
    CHECK(has_connector(desired, "shop-source"));
    const auto& why = desired.unresolved.at({"shop", "warehouse"});
    CHECK_THAT(why, Contains("io.debezium.connector.jdbc.JdbcSinkConnector is not installed"));
    CHECK_THAT(why, Contains("PostgresConnector 2.7.4.Final"));
    CHECK_THAT(why, Contains("plugin.path"));
}

TEST_CASE("a misspelt class is answered with the nearest one") {
    auto declared = shop();
    declared.connectors[0].config["connector.class"] = "FileStreamSinkConector";
    const auto desired = derive(declared, debezium_3());
    CHECK_THAT(desired.unresolved.at({"audit", ""}), Contains("did you mean FileStreamSinkConnector"));
}

TEST_CASE("of two versions of a plugin the newest counts") {
    auto plugins = debezium_2_7();
    for (const auto& newer : debezium_3()) plugins.insert(plugins.begin(), newer);
    CHECK(
        value(connector(derive(shop(), plugins), "shop-warehouse"), "collection.name.format") == "${topic}"
    );
}

TEST_CASE("the database that a connector logs in to is the one that config: leaves in force") {
    const auto desired = derive_with([](model::pipeline& p) {
        p.source.config["database.hostname"] = "replica";
        p.sinks[0].config["connection.username"] = "other";
    });
    CHECK(connector(desired, "shop-source").database->host == "replica");
    CHECK(connector(desired, "shop-warehouse").database->user == "other");
    const auto with_url = [](const std::string& url) {
        return derive_with([&](model::pipeline& p) { p.sinks[0].config["connection.url"] = url; });
    };
    const auto own_url = with_url("jdbc:postgresql://x:6543/y%20z?sslmode=require");
    const auto& database = connector(own_url, "shop-warehouse").database;
    REQUIRE(database);
    CHECK(database->host == "x");
    CHECK(database->port == 6543);
    CHECK(database->name == "y z");
    for (const std::string not_followed :
         {"jdbc:mysql://x/y",
          "jdbc:postgresql://x,z/y",
          "jdbc:postgresql:///y",
          "jdbc:postgresql://x/",
          "jdbc:postgresql://x/y?user=another",
          "${file:/run/secrets:url}"}) {
        INFO(not_followed);
        const auto elsewhere = with_url(not_followed);
        CHECK_FALSE(connector(elsewhere, "shop-warehouse").database);
    }
}

TEST_CASE("how a connector secures its connection is read from its config") {
    struct row {
        std::map<std::string, std::string> source;
        std::string sink; // behind the JDBC URL
        model::database_tls expected;
    };
    const std::vector<row> rows{
        {{}, "", {}},
        {{{"database.sslmode", "require"}}, "?sslmode=require", {"require", "", "", "", {}, ""}},
        {{{"database.sslmode", "VERIFY-FULL"},
          {"database.sslrootcert", "/etc/ca.pem"},
          {"database.sslcert", "/etc/our.pem"},
          {"database.sslkey", "/etc/our.pk8"},
          {"database.sslpassword", "a pass phrase"}},
         "?sslmode=verify-full&sslrootcert=/etc/ca.pem&sslcert=/etc/our.pem&sslkey=/etc/"
         "our.pk8&sslpassword=a%20pass+phrase",
         {"verify-full", "/etc/ca.pem", "/etc/our.pem", "/etc/our.pk8", secret("a pass phrase"), ""}},
    };
    for (const auto& row : rows) {
        const auto desired = derive_with([&](model::pipeline& p) {
            for (const auto& [key, value] : row.source) p.source.config[key] = value;
            p.sinks[0].config["connection.url"] = "jdbc:postgresql://x/y" + row.sink;
        });
        CHECK(tls_of(connector(desired, "shop-source")) == row.expected);
        CHECK(tls_of(connector(desired, "shop-warehouse")) == row.expected);
    }
}

TEST_CASE("a connection that only Connect can secure is told, with the reason") {
    struct row {
        std::map<std::string, std::string> source;
        std::map<std::string, std::string> sink;
        std::string reason;
    };
    const std::string url = "jdbc:postgresql://x/y";
    const std::vector<row> rows{
        {{{"database.sslfactory", "org.example.Factory"}},
         {{"connection.url", url + "?sslfactory=org.example.Factory"}},
         "org.example.Factory"},
        {{{"database.sslmode", "verify-ca"}},
         {{"connection.url", url + "?sslmode=verify-ca"}},
         "root certificate"},
        {{{"database.ssl", "true"}}, {{"connection.url", url + "?ssl"}}, "root certificate"
        }, // verify-full, then
        {{{"database.sslmode", "some"}}, {{"connection.url", url + "?sslmode=some"}}, "sslmode some"},
        {{{"database.sslmode", "${file:/x:mode}"}}, {{"hibernate.connection.sslmode", "require"}}, "secure"},
        {{{"driver.sslmode", "require"}}, {{"hibernate.connection.sslfactory", "x"}}, "past"},
    };
    for (const auto& row : rows) {
        const auto desired = derive_with([&](model::pipeline& p) {
            for (const auto& [key, value] : row.source) p.source.config[key] = value;
            for (const auto& [key, value] : row.sink) p.sinks[0].config[key] = value;
        });
        INFO(row.reason);
        CHECK_THAT(tls_of(connector(desired, "shop-source")).unknown_because, Contains(row.reason));
        CHECK_THAT(tls_of(connector(desired, "shop-warehouse")).unknown_because, Contains(row.reason));
    }
}

TEST_CASE("a provider reference goes to Connect untouched") {
    const auto reference = [](model::pipeline& p) { p.source.db.password = "${file:/run/secrets:db}"; };
    CHECK(source_value("database.password", reference) == "${file:/run/secrets:db}");
}

TEST_CASE("adoption is asked for by the connector or for all at once") {
    auto declared = shop();
    CHECK_FALSE(connector(derive(declared, debezium_3()), "shop-source").adopt);
    declared.pipelines[0].source.adopt = true;
    CHECK(connector(derive(declared, debezium_3()), "shop-source").adopt);
    CHECK_FALSE(connector(derive(declared, debezium_3()), "audit").adopt);
    declared.reconcile.adopt = true;
    CHECK(connector(derive(declared, debezium_3()), "audit").adopt);
}

namespace {

const std::vector<std::string> keys_of_interest{
    "topic.prefix",
    "tasks.max",
    "heartbeat.interval.ms",
    "transforms.unwrap.type",
    "insert.mode",
    "value.converter",
    "slot.name",
    "snapshot.mode",
    "topics",
    "connection.url",
    "errors.tolerance",
    "batch.size",
    "made.up",
};

model::config_map arbitrary_config() {
    model::config_map config;
    for (const auto& key :
         *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(keys_of_interest))) {
        config[key] = *rc::gen::element<std::string>("0", "7", "public", "always", "x,y");
    }
    return config;
}

model::declaration arbitrary_shop() {
    auto declared = shop();
    auto& pipeline = declared.pipelines[0];
    pipeline.source.config = arbitrary_config();
    pipeline.sinks[0].config = arbitrary_config();
    pipeline.source.heartbeat = milliseconds(*rc::gen::element(0, 10'000));
    pipeline.sinks[0].table_name = *rc::gen::element<std::string>("", "{table}", "{schema}_{table}");
    return declared;
}

void check_wins(const model::config_map& written, const model::desired_connector& made) {
    for (const auto& [key, value] : written) RC_ASSERT(made.config.at(key) == value);
}

} // namespace

TEST_CASE("what config: says wins over everything derived") {
    const bool holds = rc::check([] {
        const auto declared = arbitrary_shop();
        const auto desired = derive(declared, debezium_2_7());
        check_wins(declared.pipelines[0].source.config, connector(desired, "shop-source"));
        check_wins(declared.pipelines[0].sinks[0].config, connector(desired, "shop-warehouse"));
    });
    CHECK(holds);
}

TEST_CASE("a secret is in no plain value") {
    const bool holds = rc::check([] {
        const auto desired = derive(arbitrary_shop(), debezium_3());
        for (const auto& made : desired.connectors) {
            for (const auto& [key, value] : made.config) {
                if (model::is_secret(value)) continue;
                RC_ASSERT(std::get<std::string>(value).find("password") == std::string::npos);
            }
        }
    });
    CHECK(holds);
}

TEST_CASE("equal declarations are derived equally, whatever the order of plugins") {
    const bool holds = rc::check([] {
        const auto declared = arbitrary_shop();
        auto reversed = debezium_2_7();
        std::reverse(reversed.begin(), reversed.end());
        RC_ASSERT(derive(declared, debezium_2_7()) == derive(declared, reversed));
    });
    CHECK(holds);
}
