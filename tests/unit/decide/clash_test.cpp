// Nothing is created or changed into the way of a connector that is there.
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::obstacle;

namespace {

using config = std::map<std::string, std::string>;
constexpr auto sink_db = "jdbc:postgresql://db:5433/sink_db";

/// The pipeline `shop` with a sink into sink_db, as it runs.
situation with_database() {
    situation s;
    s.wanted("shop-warehouse").config["connection.url"] = std::string(sink_db);
    s.wanted("shop-warehouse").config["errors.deadletterqueue.topic.name"] = std::string("shop.dlq");
    s.realise();
    s.look();
    return s;
}

/// The same file, its pipeline called `store` now. Topics, tables and dead letters are the same.
situation renamed() {
    auto s = with_database();
    for (auto& c : s.desired.connectors) {
        c.name.replace(0, 4, "store");
        c.link.pipeline = "store";
    }
    s.wanted("store-source").config["slot.name"] = std::string("demo_store"); // derived of the name
    for (auto& t : s.desired.topics) t.pipeline = "store";
    return s;
}

void add(situation& s, const std::string& name, config of) {
    s.observed.connectors.value->emplace(name, stranger(name, std::move(of)));
}

config their_sink(config more) {
    more.emplace("connector.class", jdbc_class);
    more.emplace("connection.url", "jdbc:postgresql://DB:5433/sink_db?sslmode=require");
    more.emplace("topics", "shop.public.orders");
    return more;
}

config their_source(config more) {
    more.emplace("connector.class", postgres_class);
    more.emplace("database.hostname", "db");
    return more;
}

model::change change_of(const situation& s, const std::string& subject) {
    for (const auto& c : s.changes())
        if (c.subject == subject) return c;
    FAIL("no change of " << subject);
    return {};
}

} // namespace

TEST_CASE("a pipeline under another name is not run a second time beside what runs under the old one") {
    const auto s = renamed();
    const auto source = change_of(s, "store-source");
    CHECK(source.held == obstacle::refusal);
    const auto* keys = "`connector: shop-source`, `slot: demo_shop`";
    CHECK_THAT(source.blocked, Contains("connector shop-source already") && Contains(keys));
    const auto sink = change_of(s, "store-warehouse");
    CHECK(sink.held == obstacle::refusal);
    CHECK_THAT(sink.blocked, Contains("shop-warehouse") && Contains("connector: shop-warehouse"));
}

TEST_CASE("once what ran under the old name is gone, the renamed pipeline is created") {
    auto s = renamed();
    s.observed.connectors.value->clear();
    for (const auto& c : s.changes()) CHECK(c.may_run());
}

TEST_CASE("a sink is not created beside another that writes its tables or has its dead letters") {
    struct row {
        std::string what;
        config other;
        std::string named; // in the reason; empty: no clash
    };
    const std::vector<row> rows{
        {"the same table", {}, "table public.shop_public_orders"},
        {"the same table by another way",
         {{"topics", "copy"}, {"collection.name.format", "public.shop_public_orders"}},
         "table public.shop_public_orders"},
        {"the same topics, its tables are not told",
         {{"table.name.format", "${source.table}"}},
         "topic shop.public.orders"},
        {"the same topics by a pattern", {{"topics", ""}, {"topics.regex", "shop\\..*"}}, "shop.public.orders"
        },
        {"another connector class", {{"connector.class", "org.example.Jdbc"}}, "topic shop.public.orders"},
        {"the same dead letters alone",
         {{"connection.url", "jdbc:postgresql://other/x"}, {"errors.deadletterqueue.topic.name", "shop.dlq"}},
         "dead letter topic shop.dlq"},
        {"another database", {{"connection.url", "jdbc:postgresql://db:5433/other"}}, ""},
        {"another server", {{"connection.url", "jdbc:postgresql://db:5434/sink_db"}}, ""},
        {"other topics and tables", {{"topics", "stock.public.items"}}, ""},
        {"other tables of the same topics", {{"collection.name.format", "archive_${topic}"}}, ""},
        {"other topics, its tables are not told",
         {{"topics", "stock.public.items"}, {"table.name.format", "${source.table}"}},
         ""},
        {"no database", {{"connection.url", ""}}, ""},
    };
    for (const auto& [what, other, named] : rows) {
        INFO(what);
        auto s = with_database();
        s.observed.connectors.value->erase("shop-warehouse");
        add(s, "theirs", their_sink(other));
        const auto c = change_of(s, "shop-warehouse");
        CHECK(c.kind == change_kind::create_connector);
        if (named.empty()) {
            CHECK(c.blocked.empty());
        } else {
            CHECK(c.held == obstacle::refusal);
            CHECK_THAT(c.blocked, Contains("theirs") && Contains(named) && Contains("delete that connector"));
        }
    }
}

TEST_CASE("a sink that reads by a pattern clashes with one that lists a topic of it") {
    auto s = with_database();
    auto& wanted = s.wanted("shop-warehouse").config;
    wanted.erase("topics");
    wanted["topics.regex"] = std::string(R"(shop\..*)");
    s.observed.connectors.value->erase("shop-warehouse");
    SECTION("of its topics") {
        add(s, "theirs", their_sink({}));
        CHECK_THAT(change_of(s, "shop-warehouse").blocked, Contains("theirs"));
    }
    SECTION("of others") {
        add(s, "theirs", their_sink({{"topics", "stock.public.items"}}));
        CHECK(change_of(s, "shop-warehouse").blocked.empty());
    }
}

TEST_CASE("who is in a sink's way: running, paused, failed or not known, but not stopped") {
    using enum model::connector_state;
    for (const auto state : {running, paused, failed, unassigned, stopped}) {
        INFO(model::to_string(state));
        auto s = with_database();
        s.observed.connectors.value->erase("shop-warehouse");
        add(s, "theirs", their_sink({}));
        s.status("theirs").state = state;
        CHECK(change_of(s, "shop-warehouse").blocked.empty() == (state == stopped));
    }
    auto s = with_database();
    s.observed.connectors.value->erase("shop-warehouse");
    add(s, "theirs", their_sink({}));
    s.seen("theirs").status.reset();
    CHECK_FALSE(change_of(s, "shop-warehouse").blocked.empty());
}

TEST_CASE("sinks of different pipelines write different tables of one database side by side") {
    auto s = with_database();
    auto more = sink_connector("stock", "warehouse");
    more.config["connection.url"] = std::string(sink_db);
    s.desired.connectors = {
        source_connector("shop"), s.wanted("shop-warehouse"), source_connector("stock"), more
    };
    s.desired.topics = {table_topic("shop.public.orders"), table_topic("stock.public.orders", "stock")};
    s.observed.topics.value->emplace("stock.public.orders", existing(s.desired.topics[1]));
    for (const auto& c : s.changes()) CHECK(c.may_run());
    CHECK(s.changes().size() == 2);
}

TEST_CASE("a plain entry is managed as it stands, whatever else writes there") {
    auto s = with_database();
    auto plain = plain_connector("zz-copy");
    for (const auto& [key, value] : their_sink({})) plain.config[key] = value;
    s.desired.connectors.push_back(plain);
    CHECK(change_of(s, "zz-copy").may_run());
    SECTION("but no sink comes into its way") {
        s.observed.connectors.value->emplace("zz-copy", running(plain));
        s.observed.connectors.value->erase("shop-warehouse");
        CHECK_THAT(change_of(s, "shop-warehouse").blocked, Contains("zz-copy, which the file declares too"));
    }
}

TEST_CASE("sinks wait with a source that is in another's way, or is still there under another name") {
    situation s;
    s.observed.connectors.value->erase("shop-source");
    s.observed.connectors.value->erase("shop-warehouse");
    SECTION("another's") {
        add(s, "theirs", their_source({{"topic.prefix", "shop"}}));
        CHECK_THAT(
            change_of(s, "shop-warehouse").blocked, Contains("its source shop-source") && Contains("theirs")
        );
    }
    SECTION("under another name") {
        add(s, "old-source", {{"sluice.owner", "demo"}});
        s.memory.connectors["old-source"].owned = true;
        s.memory.connectors["old-source"].link = {"shop", ""};
        CHECK_THAT(change_of(s, "shop-warehouse").blocked, Contains("called old-source until now"));
        CHECK(change_of(s, "shop-source").held == obstacle::acceptance);
    }
    SECTION("neither") {
        CHECK(change_of(s, "shop-warehouse").may_run());
    }
}

TEST_CASE("a source is not changed onto what another works on, whoever accepts it") {
    struct row {
        std::string key, value;
        config other;
        std::string named;
    };
    const std::vector<row> rows{
        {"slot.name", "other_slot", {{"slot.name", "other_slot"}}, "slot other_slot"},
        {"database.hostname",
         "db2",
         {{"database.hostname", "db2"}, {"slot.name", "demo_shop"}},
         "slot demo_shop"},
        {"database.port", "5433", {{"database.port", "5433"}, {"slot.name", "demo_shop"}}, "slot demo_shop"},
        {"topic.prefix", "theirs", {{"topic.prefix", "theirs"}}, "prefix theirs"},
        {"publication.name",
         "pub",
         {{"database.dbname", "source_db"},
          {"publication.name", "pub"},
          {"publication.autocreate.mode", "filtered"}},
         "publication pub"},
    };
    for (const auto& [key, value, other, named] : rows)
        for (const bool accepted : {false, true}) {
            INFO(key << ", accepted " << accepted);
            situation s;
            add(s, "theirs", their_source(other));
            s.wanted("shop-source").config[key] = value;
            if (accepted)
                s.desired.accepted = {
                    model::consequence::new_slot,
                    model::consequence::resnapshot,
                    model::consequence::topic_rename
                };
            const auto c = change_of(s, "shop-source");
            CHECK(c.kind == change_kind::update_config);
            CHECK(c.held == obstacle::refusal);
            CHECK(c.to_accept.empty());
            CHECK_THAT(c.blocked, Contains("theirs") && Contains(named));
        }
}

TEST_CASE("a sink is not changed onto the tables of another") {
    auto s = with_database();
    add(s, "theirs", their_sink({{"topics", "stock.public.items"}}));
    CHECK(s.changes().empty());
    s.wanted("shop-warehouse").config["topics"] = std::string("shop.public.orders,stock.public.items");
    CHECK_THAT(change_of(s, "shop-warehouse").blocked, Contains("public.stock_public_items"));
}

TEST_CASE("a change that is about something else goes on beside a clash that is there already") {
    auto s = with_database();
    add(s, "their-sink", their_sink({}));
    add(s, "their-source", their_source({{"slot.name", "demo_shop"}, {"topic.prefix", "shop"}}));
    s.wanted("shop-source").config["max.batch.size"] = std::string("1");
    s.wanted("shop-warehouse").config["batch.size"] = std::string("1");
    CHECK(change_of(s, "shop-source").may_run());
    CHECK(change_of(s, "shop-warehouse").may_run());
}
