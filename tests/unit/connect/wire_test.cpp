#include "connect/wire.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using namespace sluice::connect;
using Catch::Matchers::Contains;
using model::connector_state;

namespace {

answer json(std::string body) {
    return {200, "application/json", "", std::move(body)};
}

model::connector_list list_of(std::string body) {
    const auto read = wire::read_connectors(json(std::move(body)), scrubber());
    REQUIRE(read);
    return *read;
}

std::string complaint_about(std::string body) {
    const auto read = wire::read_connectors(json(std::move(body)), scrubber());
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::bad_answer);
    return read.error().detail;
}

} // namespace

TEST_CASE("a list with status and info gives both halves") {
    const auto list = list_of(R"({"shop":{
        "status":{"name":"shop","connector":{"state":"RUNNING","worker_id":"w:1"},
                  "tasks":[{"id":1,"state":"FAILED","worker_id":"w:2","trace":"boom"},{"id":0,"state":"RUNNING","worker_id":"w:1"}],
                  "type":"source"},
        "info":{"name":"shop","config":{"a":"1","gone":null},"tasks":[{"connector":"shop","task":0},{"connector":"shop","task":1}],"type":"source"}}})"
    );
    REQUIRE(list.size() == 1);
    const auto& shop = list.at("shop");
    CHECK(shop.name == "shop");
    CHECK(shop.type == "source");
    CHECK(shop.config == std::map<std::string, std::string>{{"a", "1"}});
    CHECK(shop.task_count == 2);
    REQUIRE(shop.status);
    CHECK(shop.status->state == connector_state::running);
    REQUIRE(shop.status->tasks.size() == 2);
    CHECK(shop.status->tasks[0].id == 0);
    CHECK(shop.status->tasks[1].state == connector_state::failed);
    CHECK(shop.status->tasks[1].trace == "boom");
    CHECK(shop.status->tasks[1].worker_id == "w:2");
}

TEST_CASE("a connector just created may lack either half") {
    const auto list = list_of(
        R"({"a":{"info":{"config":{},"type":"sink"}},"b":{"status":{"type":"sink"},"info":null},"c":{},"d":null})"
    );
    CHECK_FALSE(list.at("a").status);
    CHECK(list.at("a").type == "sink");
    CHECK(list.at("a").config);
    CHECK_FALSE(list.at("a").task_count);
    REQUIRE(list.at("b").status);
    CHECK(list.at("b").status->state == connector_state::unknown);
    CHECK_FALSE(list.at("b").config);
    CHECK(list.at("c").type == "unknown");
    CHECK_FALSE(list.at("d").status);
}

TEST_CASE("a state that this version does not know is unknown") {
    const auto list = list_of(
        R"({"a":{"status":{"connector":{"state":"DREAMING","new":{"field":1}},"tasks":[],"extra":[1]}}})"
    );
    CHECK(list.at("a").status->state == connector_state::unknown);
}

TEST_CASE("a field of a wrong type is named with its place") {
    CHECK(complaint_about("[]") == "expected an object, got an array");
    CHECK(complaint_about(R"({"a":"text"})") == "a: expected an object, got a string");
    CHECK(
        complaint_about(R"({"a":{"status":{"connector":{"state":7}}}})") ==
        "a.status.connector.state: expected a string, got a number"
    );
    CHECK(
        complaint_about(R"({"a":{"status":{"tasks":{}}}})") ==
        "a.status.tasks: expected an array, got an object"
    );
    CHECK(
        complaint_about(R"({"a":{"status":{"tasks":[{"id":"0"}]}}})") ==
        "a.status.tasks.id: expected a whole number from 0, got a string"
    );
    CHECK(
        complaint_about(R"({"a":{"status":{"tasks":[{"id":-1}]}}})") ==
        "a.status.tasks.id: expected a whole number from 0, got a number"
    );
    CHECK(complaint_about(R"({"a":{"status":{"tasks":[{}]}}})") == "a.status.tasks: a task without an id");
    CHECK(
        complaint_about(R"({"a":{"info":{"config":{"tasks.max":1}}}})") ==
        "a.info.config.tasks.max: expected a string, got a number"
    );
    CHECK(
        complaint_about(R"({"a":{"info":{"tasks":true}}})") ==
        "a.info.tasks: expected an array, got a boolean"
    );
}

TEST_CASE("what is not JSON is shown by its type and its beginning") {
    const auto page = wire::read_connectors(
        {200, "text/html;charset=utf-8", "", "<!DOCTYPE html>\n<html><body>Sign in"}, scrubber()
    );
    REQUIRE_FALSE(page);
    CHECK(
        page.error().detail == "expected JSON from Kafka Connect, got text/html;charset=utf-8: \"<!DOCTYPE "
                               "html> <html><body>Sign in\"; is this the URL of a Kafka Connect worker?"
    );
    const auto nothing = wire::read_connectors({200, "", "", ""}, scrubber());
    CHECK_THAT(
        nothing.error().detail, Contains("expected JSON from Kafka Connect, got no content type: an empty")
    );
    CHECK_THAT(complaint_about(R"({"a":)"), Contains("expected JSON"));
}

TEST_CASE("JSON that is nested too deeply is refused") {
    CHECK(complaint_about(std::string(100'000, '[')) == "JSON nested too deeply");
}

TEST_CASE("traces are scrubbed first and bounded afterwards") {
    scrubber known;
    known.learn(secret("hunter2"));
    const auto trace = "hunter2 " + std::string(32'700, 'x') + "hunter2hunter2hunter2hunter2" +
                       std::string(70'000, 'y') + " hunter2";
    const auto read =
        wire::read_status(json(R"({"connector":{"state":"FAILED","trace":")" + trace + "\"}}"), known);
    REQUIRE(read);
    CHECK(read->trace.size() <= 64U << 10);
    CHECK(read->trace.starts_with("******** x"));
    CHECK(read->trace.ends_with("y ********"));
    CHECK_THAT(read->trace, !Contains("hunter2"));
}

TEST_CASE("configs are exact, even where they hold a secret") {
    scrubber known;
    known.learn(secret("hunter2"));
    const auto read = wire::read_config(json(R"({"database.password":"hunter2","n":null})"), known);
    REQUIRE(read);
    CHECK(*read == std::map<std::string, std::string>{{"database.password", "hunter2"}});
}

TEST_CASE("a complaint about a config does not tell a secret that stands in a key") {
    scrubber known;
    known.learn(secret("hunter2"));
    const auto read = wire::read_config(json(R"({"hunter2":7})"), known);
    REQUIRE_FALSE(read);
    CHECK(read.error().detail == "********: expected a string, got a number");
}

TEST_CASE("a worker tells its version, or it is none") {
    const auto worker = wire::read_worker(
        json(R"({"version":"3.7.2","commit":"79a8","kafka_cluster_id":"sMT"})"), scrubber()
    );
    REQUIRE(worker);
    CHECK(*worker == model::connect_worker{"3.7.2", "79a8", "sMT"});
    const auto other = wire::read_worker(json(R"({"hello":"world"})"), scrubber());
    REQUIRE_FALSE(other);
    CHECK(other.error().detail == "no version: this is not a Kafka Connect worker");
}

TEST_CASE("plugins, task ids and offsets are read") {
    const auto plugins = wire::read_plugins(
        json(R"([{"class":"a.B","type":"sink","version":"1"},{"class":"a.C","type":"source","version":null}])"
        ),
        scrubber()
    );
    REQUIRE(plugins);
    CHECK((*plugins)[0] == model::connect_plugin{"a.B", "sink", "1"});
    CHECK((*plugins)[1] == model::connect_plugin{"a.C", "source", ""});

    const auto tasks = wire::read_tasks(
        json(R"([{"id":{"connector":"a","task":2},"config":{}},{"id":{"connector":"a","task":0}}])"),
        scrubber()
    );
    REQUIRE(tasks);
    CHECK(*tasks == std::vector<int>{0, 2});
    CHECK_FALSE(wire::read_tasks(json(R"([{"config":{}}])"), scrubber()));

    const auto offsets = wire::read_offsets(
        json(
            R"({"offsets":[{"partition":{"server":"cdc"},"offset":{"lsn":26565512,"deep":[null,{"a":1.5}]}}]})"
        ),
        scrubber()
    );
    REQUIRE(offsets);
    CHECK(
        *offsets ==
        std::vector<partition_offset>{{R"({"server":"cdc"})", R"({"lsn":26565512,"deep":[null,{"a":1.5E0}]})"}
        }
    );
    CHECK_FALSE(wire::read_offsets(json(R"({"offsets":[{"partition":{}}]})"), scrubber()));
}

TEST_CASE("a validation lists only the keys with complaints") {
    scrubber known;
    known.learn(secret("hunter2"));
    const auto read = wire::read_validation(
        json(R"({"error_count":1,"configs":[
            {"definition":{"name":"topic"},"value":{"name":"topic","errors":["Missing","and hunter2"]}},
            {"value":{"name":"fine","errors":[]}},{"value":null},{}]})"),
        known
    );
    REQUIRE(read);
    CHECK(read->problems == std::vector<validation_problem>{{"topic", {"Missing", "and ********"}}});
    const auto other = wire::read_validation(json("{}"), known);
    REQUIRE_FALSE(other);
    CHECK(other.error().code == errc::bad_answer);
}

TEST_CASE("a write is done with JSON or nothing, not with a page") {
    CHECK(wire::read_done(json(""), scrubber()));
    CHECK(wire::read_done(json(R"({"name":"a"})"), scrubber()));
    CHECK_FALSE(wire::read_done({200, "text/html", "", "<html>Sign in</html>"}, scrubber()));
}
