// What the server sees, and what the observer is told.
#include "client_fixture.hpp"
#include "connect/requests.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::connect;
using namespace sluice::testing;

namespace {

struct on_the_wire : client_fixture {
    scripted_server server{context};
    std::unique_ptr<connect_api> client = client_at({server.url()});

    const received_request& last() { return server.requests().back(); }
};

} // namespace

TEST_CASE_METHOD(on_the_wire, "every call of the port sends its request and reads its answer") {
    server.next(respond(200, worker_json));
    CHECK(wait_for(client->worker())->version == "3.7.2");
    server.next(respond(200, R"([{"class":"a.B","type":"sink","version":"1"}])"));
    CHECK(wait_for(client->plugins())->size() == 1);
    server.next(respond(200, R"({"a":{"status":{},"info":{}}})"));
    CHECK(wait_for(client->connectors())->size() == 1);
    CHECK(last().target == "/connectors?expand=status&expand=info");
    server.next(respond(200, R"({"a":{"status":{}}})"));
    CHECK(wait_for(client->statuses())->size() == 1);
    CHECK(last().target == "/connectors?expand=status");
    server.next(respond(200, R"({"connector":{"state":"PAUSED"},"tasks":[]})"));
    CHECK(wait_for(client->status("a"))->state == model::connector_state::paused);
    server.next(respond(200, R"({"k":"v"})"));
    CHECK(wait_for(client->config("a"))->at("k") == "v");
    server.next(respond(200, R"([{"id":{"connector":"a","task":0}}])"));
    CHECK(wait_for(client->tasks("a"))->size() == 1);
    server.next(respond(200, R"({"offsets":[]})"));
    CHECK(wait_for(client->offsets("a"))->empty());
    server.next(respond(200, R"({"configs":[]})"));
    CHECK(wait_for(client->validate("x.Y", some_config()))->problems.empty());
    CHECK(last().method == "PUT");
    server.next(respond(201, R"({"name":"a"})"));
    CHECK(wait_for(client->create("a", some_config(), model::target_state::stopped)));
    server.next(respond(200, R"({"name":"a"})"));
    CHECK(wait_for(client->put_config("a", some_config())));
    server.next(respond(202, R"({"name":"a"})"));
    CHECK(wait_for(client->restart("a", true)));
    CHECK(last().target == "/connectors/a/restart?includeTasks=true&onlyFailed=true");
    CHECK(last().headers.at("content-length") == "0");
    server.always(respond(204, ""));
    CHECK(wait_for(client->restart_task("a", 1)));
    CHECK(wait_for(client->pause("a")));
    CHECK(wait_for(client->resume("a")));
    CHECK(wait_for(client->stop("a")));
    CHECK(wait_for(client->remove("a")));
    CHECK(last().method == "DELETE");
    CHECK(server.connections() == 1);

    std::vector<std::string> told;
    for (const auto& r : finished) {
        told.emplace_back(r.operation);
        CHECK_FALSE(r.failed);
        CHECK(r.took > milliseconds(0));
    }
    CHECK(
        told ==
        std::vector<std::string>{
            "worker",
            "plugins",
            "connectors",
            "statuses",
            "status",
            "config",
            "tasks",
            "offsets",
            "validate",
            "create",
            "put_config",
            "restart",
            "restart_task",
            "pause",
            "resume",
            "stop",
            "remove"
        }
    );
}

TEST_CASE_METHOD(on_the_wire, "an answer that is the last one again is not read again by who has its list") {
    const auto one = respond(200, R"({"a":{"status":{},"info":{}}})");
    const auto two = respond(200, R"({"a":{"status":{},"info":{}},"b":{"status":{}}})");
    server.next(one);
    const auto first = wait_for(client->connectors_since(0));
    REQUIRE(first);
    CHECK(first->list.value().size() == 1);
    server.next(one);
    const auto again = wait_for(client->connectors_since(first->number));
    REQUIRE(again);
    CHECK(again->number == first->number);
    CHECK_FALSE(again->list);
    server.next(one);
    CHECK(wait_for(client->connectors_since(0))->list.value().size() == 1); // who lost it gets it
    server.next(two);
    const auto changed = wait_for(client->connectors_since(first->number));
    REQUIRE(changed);
    CHECK(changed->number != first->number);
    CHECK(changed->list.value().size() == 2);
    server.next(respond(200, "no json"));
    CHECK_FALSE(wait_for(client->connectors_since(changed->number)));
    server.next(two);
    CHECK_FALSE(wait_for(client->connectors_since(changed->number))->list);
    server.next(one);
    CHECK(wait_for(client->connectors_since(first->number))->list.value().size() == 1); // of long ago
}

TEST_CASE_METHOD(on_the_wire, "an answer of a megabyte is read like a short one, and so is what follows it") {
    std::string many = "{";
    constexpr int connectors = 10'000;
    for (int i = 0; i < connectors; ++i)
        many += R"("connector-)" + std::to_string(i) +
                R"(":{"status":{"connector":{"state":"RUNNING","worker_id":"w:8083"},"tasks":[]}},)";
    many.back() = '}';
    server.next(respond(200, many));
    const auto list = wait_for(client->connectors_since(0));
    REQUIRE(list);
    REQUIRE(list->list.value().size() == connectors);
    server.next(respond(200, many));
    CHECK_FALSE(wait_for(client->connectors_since(list->number))->list);
    server.next(respond(200, many.substr(0, many.size() - 1)));
    const auto cut = wait_for(client->statuses());
    REQUIRE_FALSE(cut);
    CHECK(cut.error().code == errc::bad_answer);
    server.next(respond(200, worker_json));
    CHECK(wait_for(client->worker())->version == "3.7.2");
}

TEST_CASE_METHOD(on_the_wire, "what is sent is what the pure request shows, with the secrets revealed") {
    REQUIRE(wait_for(client->create("a", some_config(), model::target_state::paused)));
    const auto expected =
        requests::create("a", some_config(), model::target_state::paused, secrets::revealed);
    CHECK(last().method == to_string(expected.method));
    CHECK(last().target == expected.path);
    CHECK(last().body == expected.body);
    CHECK(last().body.find("correct horse") != std::string::npos);
    CHECK(last().headers.at("content-type") == "application/json");
    CHECK(last().headers.at("accept") == "application/json");
    CHECK(last().headers.at("host") == "127.0.0.1:" + std::to_string(server.port()));
    CHECK_FALSE(last().headers.contains("authorization"));
}

TEST_CASE_METHOD(on_the_wire, "names are percent-encoded on the wire, below the prefix of the URL") {
    client = client_at({server.url() + "/kafka/"});
    server.always(respond(204, ""));
    REQUIRE(wait_for(client->remove("a/b c")));
    CHECK(last().target == "/kafka/connectors/a%2Fb%20c");
    REQUIRE(wait_for(client->pause("..")));
    CHECK(last().target == "/kafka/connectors/%2E%2E/pause");
}

TEST_CASE_METHOD(on_the_wire, "user and password are sent as basic authorization") {
    auto cluster = cluster_at({server.url()});
    cluster.username = "Aladdin";
    cluster.password = secret("open sesame");
    client = client_of(cluster);
    REQUIRE(wait_for(client->connectors()));
    CHECK(last().headers.at("authorization") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    server.next(respond(401, "", "text/html"));
    const auto refused = wait_for(client->connectors());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::unauthorized);
}

TEST_CASE_METHOD(on_the_wire, "the observer hears of failures, also of answers that cannot be read") {
    server.next(respond(200, "no json"));
    CHECK_FALSE(wait_for(client->connectors()));
    server.next(refuse(404, "Connector a not found"));
    CHECK_FALSE(wait_for(client->remove("a")));
    REQUIRE(finished.size() == 2);
    CHECK(finished[0].operation == "connectors");
    CHECK(finished[0].failed == errc::bad_answer);
    CHECK(finished[1].operation == "remove");
    CHECK(finished[1].failed == errc::not_found);
}
