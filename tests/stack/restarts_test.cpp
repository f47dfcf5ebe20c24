// Failed tasks and the workers, on the real stack.

#include "sandbox.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace sluice::testing;
using Catch::Contains;
using std::chrono::seconds;
namespace json = boost::json;

namespace {

json::object status(const sandbox& corner) {
    const auto answer = corner.sluice({"status", "-o", "json"});
    INFO(answer.err);
    REQUIRE(answer.exit_code == 0);
    return json::parse(answer.out).as_object();
}

void read_the_group(const sandbox& corner, const std::string& group) {
    auto file = corner.usual_file();
    const std::string urls = "connect: {urls";
    file.replace(file.find(urls), urls.size(), "connect: {group_id: " + group + ", urls");
    corner.write_file(file);
}

json::object sink_of(const json::object& status) {
    for (const auto& link : status.at("pipelines").at(0).at("links").as_array())
        if (link.at("role") == "sink") return link.as_object();
    return {};
}

} // namespace

TEST_CASE("Kafka names the workers of the group as Connect's statuses do") {
    const sandbox corner("workers");
    read_the_group(corner, "connect-cluster");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    const auto known = [&] { return status(corner).at("workers").at(0).at("state") == "settled"; };
    eventually("the group is known", known);
    const auto now = status(corner);
    const auto& alive = now.at("workers").at(0).at("alive").as_array();
    REQUIRE(alive.size() == 1);
    CHECK(alive.at(0) == sink_of(now).at("worker"));
    CHECK(corner.metric("sluice_dependency_up{dependency=\"connect_group\"") == 1);
    CHECK(corner.metric("sluice_connect_workers") == 1);
}

TEST_CASE("a group of another name, or of another kind, is not taken for Connect's") {
    const sandbox corner("othergroup");
    read_the_group(corner, "no-such-group");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner); // and it keeps nothing from working
    CHECK(corner.metric("sluice_dependency_up{dependency=\"connect_group\"") == 0);
    CHECK_THAT(corner.sluice({"status"}).out, Contains("no such group can be seen"));
    read_the_group(corner, "connect-" + corner.sink_connector); // the sink's own, of consumers
    REQUIRE(corner.sluice({"reload", "--wait"}).exit_code == 0);
    const auto refused = [&] {
        return corner.sluice({"status"}).out.find("a group of type consumer") != std::string::npos;
    };
    eventually("it is refused", refused);
    CHECK(status(corner).at("workers").at(0).at("state") == "unknown");
}

TEST_CASE("a sink whose database was bounced is restarted by itself, and its status tells of it") {
    const sandbox corner("bounced");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    stack_does("kill sink");
    corner.source("INSERT INTO products (id, name, price) VALUES (500, 'x', 1)");
    const auto failed = [&] { return sink_of(status(corner)).at("status") == "failed"; };
    eventually("the task has failed", failed, seconds(120));
    const auto code = sink_of(status(corner)).at("restart").at("code");
    CHECK((code == "SINK_DB_LOST" || code == "SINK_DB_UNREACHABLE_AT_START"));
    CHECK(sink_of(status(corner)).at("restart").at("class") == "transient");
    stack_does("up sink");
    becomes_ok(corner);
    eventually("the row is in the sink", [&] { return corner.sink_has_product(500); });
    const auto runs = [&] { return sink_of(status(corner)).at("restart").at("outcome") == "runs"; };
    eventually("what came of the restart is seen", runs);
    CHECK(corner.metric("sluice_task_restarts_total{pipeline=\"shop\",sink=\"warehouse\"") >= 1);
}

TEST_CASE(
    "a sink that may not write is restarted once, says what to grant, and goes on after a restart by hand"
) {
    const sandbox corner("grant");
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    corner.source("INSERT INTO products (id, name, price) VALUES (500, 'x', 1)");
    eventually("the row written before is in the sink", [&] { return corner.sink_has_product(500); });
    const auto user = stack().at("SINK_USER");
    auto database = corner.instance;
    std::ranges::replace(database, '-', '_');
    const auto as_admin = [&](const std::string& query) { sql(stack().at("SINK_PORT"), database, query); };
    as_admin("ALTER TABLE public_products OWNER TO postgres; REVOKE ALL ON public_products FROM " + user);
    corner.source("INSERT INTO products (id, name, price) VALUES (501, 'x', 1)");
    const auto given_up = [&] { return sink_of(status(corner)).at("restart").at("given_up").as_bool(); };
    eventually("it is given up", given_up, seconds(120));
    const auto restart = sink_of(status(corner)).at("restart").as_object();
    CHECK(restart.at("code") == "SINK_PERMISSION");
    CHECK(restart.at("attempts") == 1);
    CHECK_THAT(corner.sluice({"status"}).out, Contains("grant"));
    as_admin("GRANT ALL ON public_products TO " + user);
    connect(
        "POST", fmt::format("/connectors/{}/restart?includeTasks=true&onlyFailed=true", corner.sink_connector)
    );
    becomes_ok(corner);
    eventually("the row that was refused is in the sink", [&] { return corner.sink_has_product(501); });
}
