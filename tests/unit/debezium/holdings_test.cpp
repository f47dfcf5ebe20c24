// What a connector has for itself alone, read from its config.
#include "debezium/holdings.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice::debezium;
using config = observed_config;

namespace {

config sink(config more) {
    more.emplace("connector.class", "io.debezium.connector.jdbc.JdbcSinkConnector");
    more.emplace("connection.url", "jdbc:postgresql://db:5432/sink_db");
    more.emplace("topics", "cdc.public.orders");
    return more;
}

config source(config more) {
    more.emplace("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
    more.emplace("database.hostname", "db");
    more.emplace("database.dbname", "source_db");
    return more;
}

std::vector<std::string> names_of(const config& of, holding_kind kind) {
    std::vector<std::string> names;
    for (const auto& held : holdings_of(of))
        if (held.kind == kind) names.push_back(held.name);
    return names;
}

/// Whether the two have one of this kind in common.
bool share(const config& a, const config& b, holding_kind kind) {
    const auto theirs = holdings_of(b);
    return std::ranges::any_of(holdings_of(a), [&](const holding& held) {
        return held.kind == kind && std::ranges::find(theirs, held) != theirs.end();
    });
}

using list = std::vector<std::string>;
constexpr auto unwrap = "io.debezium.transforms.ExtractNewRecordState";
constexpr auto router = "org.apache.kafka.connect.transforms.RegexRouter";

} // namespace

TEST_CASE("a source has its slot, its publication and the prefix of its topics") {
    const auto of = source({{"slot.name", "s"}, {"publication.name", "p"}, {"topic.prefix", "cdc"}});
    CHECK(names_of(of, holding_kind::slot) == list{"s"});
    CHECK(names_of(of, holding_kind::publication) == list{"p"});
    CHECK(names_of(of, holding_kind::topic_prefix) == list{"cdc"});
    CHECK(names_of(source({}), holding_kind::slot) == list{"debezium"}); // Debezium's own default
}

TEST_CASE("a slot is of one server: written with its port or without, in whatever case") {
    const auto slot = holding_kind::slot;
    const auto ours = source({{"slot.name", "s"}, {"database.port", "5432"}});
    CHECK(share(ours, source({{"slot.name", "s"}}), slot));
    CHECK(share(ours, source({{"slot.name", "s"}, {"database.hostname", "DB"}}), slot));
    CHECK(share(ours, source({{"slot.name", "s"}, {"database.dbname", "another"}}), slot));
    CHECK(share(ours, source({{"slot.name", "s"}, {"connector.class", "PostgresConnector"}}), slot));
    CHECK_FALSE(share(ours, source({{"slot.name", "s"}, {"database.port", "5433"}}), slot));
    CHECK_FALSE(share(ours, source({{"slot.name", "s"}, {"database.hostname", "other"}}), slot));
    CHECK_FALSE(share(ours, source({{"slot.name", "t"}}), slot));
}

TEST_CASE("only a publication that is made anew at each start is for one alone") {
    const auto is_sole = [](const config& more) {
        const auto all = holdings_of(source(more));
        const auto found = std::ranges::find(all, holding_kind::publication, &holding::kind);
        return found != all.end() && found->is_sole;
    };
    CHECK(is_sole({{"publication.name", "p"}, {"publication.autocreate.mode", "filtered"}}));
    CHECK_FALSE(is_sole({{"publication.name", "p"}, {"publication.autocreate.mode", "disabled"}}));
}

TEST_CASE("a sink's tables are told from its topics, routes and format") {
    struct row {
        std::string what;
        config more;
        list tables; // empty: not known
    };
    const std::vector<row> rows{
        {"Debezium's own names", {}, {"public.cdc_public_orders"}},
        {"with a schema of its own",
         {{"connection.url", "jdbc:postgresql://db/sink_db?currentSchema=lake"}},
         {"lake.cdc_public_orders"}},
        {"a format", {{"collection.name.format", "Old_${topic}"}}, {"public.old_cdc_public_orders"}},
        {"a format with a schema", {{"table.name.format", "lake.${topic}"}}, {"lake.cdc_public_orders"}},
        {"routed",
         {{"transforms", "unwrap,route"},
          {"transforms.unwrap.type", unwrap},
          {"transforms.route.type", router},
          {"transforms.route.regex", R"(cdc\.(.*?)\.(.*))"},
          {"transforms.route.replacement", "$1_$2"}},
         {"public.public_orders"}},
        {"two topics into one table",
         {{"topics", "cdc.public.orders,cdc.public.items"}, {"table.name.format", "all"}},
         {"public.all"}},
        {"by the event's own source", {{"table.name.format", "${source.table}"}}, {}},
        {"a route for some",
         {{"transforms", "r"}, {"transforms.r.type", router}, {"transforms.r.predicate", "p"}},
         {}},
        {"a transform that is not known", {{"transforms", "x"}, {"transforms.x.type", "org.example.X"}}, {}},
        {"a naming strategy", {{"collection.naming.strategy", "org.example.N"}}, {}},
        {"a route that cannot be read",
         {{"transforms", "r"}, {"transforms.r.type", router}, {"transforms.r.regex", "("}},
         {}},
        {"another sink's class", {{"connector.class", "io.confluent.connect.jdbc.JdbcSinkConnector"}}, {}},
    };
    for (const auto& [what, more, tables] : rows) {
        INFO(what);
        const auto of = sink(more);
        CHECK(names_of(of, holding_kind::table) == tables);
        for (const auto& held : holdings_of(of))
            if (held.kind == holding_kind::topic) CHECK(held.is_sole == tables.empty());
    }
}

TEST_CASE("a database is the same however its URL is written") {
    const auto table = holding_kind::table;
    const auto at = [](const std::string& url) { return sink({{"connection.url", url}}); };
    const auto ours = at("jdbc:postgresql://db:5432/sink_db");
    CHECK(share(ours, at("jdbc:postgresql://DB/sink_db?sslmode=require"), table));
    CHECK_FALSE(share(ours, at("jdbc:postgresql://db:5433/sink_db"), table));
    CHECK_FALSE(share(ours, at("jdbc:postgresql://db:5432/other_db"), table));
    CHECK(share(at("jdbc:mysql://db/a?x=1"), at("jdbc:mysql://db/a"), table));
    CHECK(share(at("${file:/run/db:url}"), at("${file:/run/db:url}"), table));
    CHECK_FALSE(share(at("${file:/run/db:url}"), ours, table));
}

TEST_CASE("a connector that is neither source nor sink of a database has nothing") {
    CHECK(holdings_of({{"connector.class", "org.example.Any"}, {"topics", "a"}}).empty());
}

TEST_CASE("a pattern reads the topics that it matches as a whole, and none that it does not understand") {
    CHECK(reads_topic(R"(cdc\..*)", "cdc.public.orders"));
    CHECK_FALSE(reads_topic(R"(cdc\.)", "cdc.public.orders"));
    CHECK_FALSE(reads_topic("(", "("));
}
