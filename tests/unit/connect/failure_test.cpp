#include "connect/failure.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::connect;
using Catch::Matchers::Contains;

namespace {

answer says(unsigned status, std::string_view message) {
    const boost::json::object body{{"error_code", status}, {"message", message}};
    return {status, "application/json", "", boost::json::serialize(body)};
}

answer page(unsigned status, std::string body) {
    return {status, "text/html", "", std::move(body)};
}

request a_create() {
    return requests::create("a", {}, model::target_state::running, secrets::revealed);
}
request a_put() {
    return requests::put_config("a", {}, secrets::revealed);
}

failure judged(const answer& what, const request& asked) {
    const auto found = failure_in(what, asked, scrubber());
    REQUIRE(found);
    CHECK(found->reached == progress::answered);
    return *found;
}

errc code_of(const answer& what, const request& asked) {
    return judged(what, asked).code;
}

failure at(progress reached, errc code = errc::unreachable) {
    return {code, reached, "", false};
}

} // namespace

TEST_CASE("an answer of 200 to 299 is no failure") {
    for (const unsigned status : {200U, 201U, 202U, 204U}) {
        CHECK_FALSE(failure_in(says(status, "whatever"), a_put(), scrubber()));
    }
}

TEST_CASE("the kinds of 409 are told apart by their texts") {
    constexpr auto rebalancing = errc::rebalancing;
    CHECK(
        code_of(
            says(409, "Cannot complete request because of a conflicting operation (e.g. worker rebalance)"),
            a_put()
        ) == rebalancing
    );
    CHECK(
        code_of(
            says(
                409,
                "Cannot complete request momentarily due to stale configuration (typically caused by a "
                "concurrent config change)"
            ),
            a_put()
        ) == rebalancing
    );
    CHECK(
        code_of(
            says(
                409,
                "Cannot complete request momentarily due to no known leader URL, likely because a rebalance "
                "was underway."
            ),
            a_put()
        ) == rebalancing
    );
    CHECK(code_of(says(409, "Connector src already exists"), a_create()) == errc::already_exists);
    CHECK(code_of(says(409, "The connector must be STOPPED"), a_put()) == errc::wrong_state);
    CHECK(code_of(page(409, "<html>busy</html>"), a_put()) == errc::server_error);
}

TEST_CASE("a 400 that asks for another state of the connector is told from a config that is refused") {
    CHECK(
        code_of(
            says(400, "Connectors must be in the STOPPED state before their offsets can be modified."),
            a_put()
        ) == errc::wrong_state
    );
    const auto refused = judged(
        says(
            400,
            "Connector configuration is invalid and contains the following 1 error(s):\nMissing required "
            "configuration \"topic\"\nYou can also find the above list of errors at the endpoint `/x`"
        ),
        a_put()
    );
    CHECK(refused.code == errc::refused);
    CHECK_THAT(refused.detail, Contains("Missing required configuration") && !Contains("You can also"));
    CHECK(code_of(says(422, "no"), a_put()) == errc::refused);
    CHECK(code_of(says(413, "no"), a_put()) == errc::refused);
}

TEST_CASE("a refused login names what to look at") {
    const auto refused = judged(page(401, ""), requests::connectors());
    CHECK(refused.code == errc::unauthorized);
    CHECK_THAT(refused.detail, Contains("check username and password"));
    CHECK(code_of(says(403, "no"), a_put()) == errc::unauthorized);
}

TEST_CASE("a missing connector is told from a call that the worker does not have") {
    CHECK(code_of(says(404, "Connector a not found"), a_put()) == errc::not_found);
    CHECK(code_of(says(404, "HTTP 404 Not Found"), a_put()) == errc::unsupported);
    CHECK(code_of(says(405, "HTTP 405 Method Not Allowed"), a_put()) == errc::unsupported);
    const auto old = judged(page(404, "<title>Error 404 Not Found</title>"), requests::offsets("a"));
    CHECK(old.code == errc::unsupported);
    CHECK_THAT(old.detail, Contains("needs Connect 3.5 or newer"));
    auto by_a_gateway = page(404, R"({"message": "no Route matched with those values"})");
    by_a_gateway.content_type = "application/json";
    CHECK(code_of(by_a_gateway, a_put()) == errc::bad_answer);
    const auto elsewhere = judged(page(404, "<title>nginx</title>"), requests::connectors());
    CHECK(elsewhere.code == errc::bad_answer);
    CHECK_THAT(elsewhere.detail, Contains("HTTP 404, text/html: nginx") && Contains("is this the URL"));
}

TEST_CASE("an unknown connector class is refused in one short sentence") {
    std::string list;
    for (int i = 0; i < 500; ++i) list += "PluginDesc{klass=class org.example.Plugin}, ";
    const auto text = "org.apache.kafka.connect.errors.ConnectException: Failed to find any class that "
                      "implements Connector "
                      "and which name matches org.example.Missing, available connectors are: " +
                      list;
    const auto refused = judged(says(500, text), a_create());
    CHECK(refused.code == errc::refused);
    CHECK(refused.detail == "no plugin with the class org.example.Missing is installed on this worker");
}

TEST_CASE("a request that could not be forwarded to the leader is tried elsewhere when nothing was done twice"
) {
    const auto never_arrived =
        says(500, "IO Error trying to forward REST request: java.net.ConnectException: Connection refused");
    const auto perhaps_arrived =
        says(500, "IO Error trying to forward REST request: java.util.concurrent.TimeoutException");
    for (const auto& what : {a_create(), a_put(), requests::connectors()}) {
        const auto why = judged(never_arrived, what);
        CHECK(why.code == errc::forwarding_failed);
        CHECK(may_fail_over(what, why));
    }
    CHECK(code_of(perhaps_arrived, a_create()) == errc::forwarding_failed);
    CHECK_FALSE(may_fail_over(a_create(), judged(perhaps_arrived, a_create())));
    CHECK(may_fail_over(a_put(), judged(perhaps_arrived, a_put())));
}

TEST_CASE("a worker that gave up waiting for itself may still carry a write out") {
    const auto slow = says(
        500,
        "Request timed out. The worker is currently ensuring membership in the cluster, which began at "
        "2026-11-23T18:00:00Z"
    );
    const auto read = requests::connectors();
    CHECK(code_of(slow, read) == errc::server_error);
    CHECK(may_fail_over(read, judged(slow, read)));
    CHECK(code_of(slow, a_put()) == errc::outcome_unknown);
    CHECK_FALSE(may_fail_over(a_put(), judged(slow, a_put())));
}

TEST_CASE("failures on the other side are server errors that say what came") {
    CHECK(judged(says(500, "boom"), a_put()).detail == "HTTP 500: boom");
    const auto html = judged(page(500, "<html><head><title>Error 500 Server Error</title>"), a_put());
    CHECK(html.code == errc::server_error);
    CHECK(html.detail == "HTTP 500, text/html: Error 500 Server Error");
    const auto nothing = judged({500, "", "", ""}, a_put());
    CHECK(nothing.detail == "HTTP 500, empty answer");
    CHECK(code_of(says(429, "slow down"), a_put()) == errc::server_error);
}

TEST_CASE("a worker that is not ready is passed over, a broken gateway only for reads") {
    CHECK(may_fail_over(a_create(), judged(page(503, ""), a_create())));
    const auto read = requests::connectors();
    CHECK(may_fail_over(read, judged(page(502, ""), read)));
    CHECK(code_of(page(502, ""), read) == errc::server_error);
    CHECK_FALSE(may_fail_over(a_put(), judged(page(504, ""), a_put())));
    CHECK(code_of(page(504, ""), a_put()) == errc::outcome_unknown);
}

TEST_CASE("a redirect is not followed and names its target") {
    const auto moved = judged({302, "text/html", "https://login.example/", ""}, requests::connectors());
    CHECK(moved.code == errc::bad_answer);
    CHECK_THAT(moved.detail, Contains("redirected to https://login.example/"));
    CHECK(code_of({100, "", "", ""}, requests::connectors()) == errc::bad_answer);
}

TEST_CASE("creating a connector stopped needs a Connect that can") {
    const auto what = requests::create("a", {}, model::target_state::stopped, secrets::revealed);
    const auto old = judged(
        says(500, "Unrecognized field \"initial_state\" (class org.apache.kafka…CreateConnectorRequest)"),
        what
    );
    CHECK(old.code == errc::unsupported);
    CHECK_THAT(old.detail, Contains("3.7"));
}

TEST_CASE("secrets leave every message, also where it is cut") {
    scrubber known;
    known.learn(secret("hunter2hunter2"));
    const auto in_json = failure_in(says(500, "login with hunter2hunter2 failed"), a_put(), known);
    CHECK(in_json->detail == "HTTP 500: login with ******** failed");
    // The secret would be cut in half at 60 characters.
    const auto in_page = failure_in(page(500, std::string(55, 'x') + "hunter2hunter2"), a_put(), known);
    CHECK_THAT(in_page->detail, !Contains("hunte"));
    const auto in_location = failure_in({302, "", "http://h/?p=hunter2hunter2", ""}, a_put(), known);
    CHECK_THAT(in_location->detail, !Contains("hunter2"));
}

TEST_CASE("a message is bounded") {
    CHECK(judged(says(500, std::string(1'000'000, 'x')), a_put()).detail.size() <= 4096);
}

TEST_CASE("what was not sent may go to any worker, what was sent only when it reads") {
    for (const auto& what : {a_create(), a_put(), requests::connectors()}) {
        CHECK(may_fail_over(what, at(progress::not_sent)));
    }
    CHECK(may_fail_over(requests::connectors(), at(progress::sent)));
    CHECK(may_fail_over(requests::connectors(), at(progress::answering, errc::bad_answer)));
    CHECK_FALSE(may_fail_over(requests::connectors(), at(progress::sent, errc::timeout)));
    CHECK_FALSE(may_fail_over(requests::connectors(), at(progress::answering, errc::too_large)));
    CHECK_FALSE(may_fail_over(a_put(), at(progress::sent)));
    CHECK_FALSE(may_fail_over(a_create(), at(progress::answering)));
}

TEST_CASE("a stale connection is replaced once for whatever can be sent twice") {
    CHECK(is_worth_a_fresh_connection(requests::connectors(), at(progress::sent)));
    CHECK(is_worth_a_fresh_connection(a_put(), at(progress::sent)));
    CHECK(is_worth_a_fresh_connection(a_create(), at(progress::not_sent)));
    CHECK_FALSE(is_worth_a_fresh_connection(a_create(), at(progress::sent)));
    CHECK_FALSE(is_worth_a_fresh_connection(requests::connectors(), at(progress::answering)));
    CHECK_FALSE(is_worth_a_fresh_connection(requests::connectors(), at(progress::sent, errc::timeout)));
}

TEST_CASE("a write that was cut off has an unknown outcome, a read has failed") {
    CHECK(code_for_caller(a_create(), at(progress::sent, errc::timeout)) == errc::outcome_unknown);
    CHECK(code_for_caller(a_put(), at(progress::answering, errc::bad_answer)) == errc::outcome_unknown);
    CHECK(code_for_caller(a_put(), at(progress::not_sent)) == errc::unreachable);
    CHECK(code_for_caller(a_put(), at(progress::answered, errc::refused)) == errc::refused);
    CHECK(code_for_caller(requests::connectors(), at(progress::sent, errc::timeout)) == errc::timeout);
}
