// A pipeline's life as an operator sees it: brought up, left alone, changed, repaired, taken away.

#include "sandbox.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace sluice::testing;
using Catch::Contains;
using std::chrono::seconds;

namespace {

std::size_t sink_rows(const sandbox& corner, const std::string& table) {
    if (corner.sink("SELECT 1 FROM pg_tables WHERE tablename = '" + table + "'").empty()) return 0;
    return corner.sink("SELECT * FROM " + table).size();
}

} // namespace

TEST_CASE("from nothing to five rows in the sink, then nothing more is written") {
    const sandbox corner("create");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    eventually("the five products are in the sink", [&] {
        return sink_rows(corner, "public_products") == 5;
    });
    CHECK(
        corner.sink("SELECT price FROM public_products WHERE name = 'Laptop'") ==
        std::vector<std::string>{"999.99"}
    );

    const auto before = corner.writes();
    const auto passes = [&] {
        return corner.metric("sluice_loop_duration_seconds_count{loop=\"reconcile\"}");
    };
    const auto seen = passes();
    eventually("three more passes", [&] { return passes() >= seen + 3; });
    CHECK(corner.writes() == before);
    CHECK(before == 7); // four topics, two connectors, and the source's first start
    changes_arrive(corner);
}

TEST_CASE("a second Sluice on the same state, after a restart, makes no write at all") {
    const sandbox corner("again");
    {
        const auto first = corner.start_daemon();
        becomes_ok(corner);
        first->signal(SIGTERM);
        CHECK(first->wait(seconds(5)) == 0);
    }
    const auto second = corner.start_daemon();
    becomes_ok(corner);
    const auto passes = [&] {
        return corner.metric("sluice_loop_duration_seconds_count{loop=\"reconcile\"}");
    };
    eventually("three passes", [&] { return passes() >= 3; });
    CHECK(corner.writes() == 0);
}

TEST_CASE("a table added to the file and SIGHUP: its rows come, and Connect has the new list") {
    const sandbox corner("reload");
    const auto all = corner.usual_file();
    corner.write_file(replaced(all, "[public.products, public.orders]", "[public.products]"));
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    corner.write_file(
        replaced(all, "      heartbeat: 10s\n", "      heartbeat: 10s\n      config: {max.batch.size: 512}\n")
    );
    daemon->signal(SIGHUP);
    eventually("Connect has the option and the table", [&] {
        const auto config = connect("GET", "/connectors/" + corner.source_connector + "/config").body;
        return config.find("\"max.batch.size\":\"512\"") != std::string::npos &&
               config.find("orders") != std::string::npos;
    });
    becomes_ok(corner);
    // Debezium extends the publication when the task starts again; a row from before is not in the stream.
    eventually("the table is published", [&] {
        return !corner.source("SELECT 1 FROM pg_publication_tables WHERE tablename = 'orders'").empty();
    });
    corner.source("INSERT INTO orders (product_id, quantity) VALUES (1, 3)");
    eventually("the order is in the sink", [&] { return sink_rows(corner, "public_orders") == 1; });
    changes_arrive(corner);
}

TEST_CASE("drift by hand is put right within two intervals, and data go on") {
    const sandbox corner("drift");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    const auto path = "/connectors/" + corner.source_connector + "/config";
    const auto right = connect("GET", path).body;
    REQUIRE(connect("PUT", path, replaced(right, "{", R"({"max.batch.size":"1",)")).status == 200);
    // Two intervals of 2 s, and what the write itself takes.
    eventually(
        "the option is gone",
        [&] { return connect("GET", path).body.find("max.batch.size") == std::string::npos; },
        seconds(8)
    );
    changes_arrive(corner);
}

TEST_CASE("a connector paused by hand is resumed, and one deleted by hand comes back and goes on where it was"
) {
    const sandbox corner("deleted");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    eventually("the five products are in the sink", [&] {
        return sink_rows(corner, "public_products") == 5;
    });
    REQUIRE(connect("PUT", "/connectors/" + corner.sink_connector + "/pause").status == 202);
    eventually("the pause is noticed", [&] {
        return corner.metric("sluice_reconcile_actions_total{pipeline=\"shop\",connect_cluster=\"default\","
                             "action=\"resume\"") == 1;
    });
    becomes_ok(corner);
    changes_arrive(corner);
    REQUIRE(connect("DELETE", "/connectors/" + corner.source_connector).status == 204);
    eventually("it is back", [&] {
        return connect("GET", "/connectors/" + corner.source_connector).status == 200;
    });
    becomes_ok(corner);
    changes_arrive(corner);
}

TEST_CASE("what the file no longer names stays until `prune: true`, and what is not ours always stays") {
    const sandbox corner("prune");
    const auto theirs = corner.instance + "-theirs";
    const auto config =
        R"({"connector.class":"org.apache.kafka.connect.file.FileStreamSourceConnector","tasks.max":"1","file":"/dev/null","topic":")" +
        theirs + "\"}";
    REQUIRE(connect("PUT", "/connectors/" + theirs + "/config", config).status == 201);
    const auto all = corner.usual_file();
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    const auto without_sink = all.substr(0, all.find("    sinks:"));
    corner.write_file(without_sink);
    daemon->signal(SIGHUP);
    eventually("it is reported", [&] {
        return corner.sluice({"status", "-o", "json"}).out.find("\"orphaned\":[\"" + corner.sink_connector) !=
               std::string::npos;
    });
    CHECK(connect("GET", "/connectors/" + corner.sink_connector).status == 200);
    corner.write_file(replaced(without_sink, "{interval: 2s}", "{interval: 2s, prune: true}"));
    daemon->signal(SIGHUP);
    eventually("it is deleted", [&] {
        return connect("GET", "/connectors/" + corner.sink_connector).status == 404;
    });
    CHECK(connect("GET", "/connectors/" + theirs).status == 200);
    CHECK(connect("GET", "/connectors/" + corner.source_connector).status == 200);
}

TEST_CASE("a connector of another hand under a declared name is not touched until it is adopted") {
    const sandbox corner("adopt");
    const auto config =
        R"({"connector.class":"org.apache.kafka.connect.file.FileStreamSourceConnector","tasks.max":"1","file":"/dev/null","topic":"x"})";
    REQUIRE(connect("PUT", "/connectors/" + corner.source_connector + "/config", config).status == 201);
    const auto daemon = corner.start_daemon();
    eventually("it says so", [&] {
        return corner.http("/api/v1/pipelines/shop").body.find("adopt: true") != std::string::npos;
    });
    CHECK_THAT(
        connect("GET", "/connectors/" + corner.source_connector + "/config").body,
        Contains("FileStreamSource")
    );
    CHECK(corner.status_of() == "failed");
}
