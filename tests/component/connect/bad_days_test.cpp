// Connect away, half up, answering nonsense, or nothing.
#include "client_fixture.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::connect;
using namespace sluice::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

struct bad_days : client_fixture {
    scripted_server server{context};
    std::unique_ptr<connect_api> client = client_at({server.url()});

    error failure_of_a_read() {
        auto got = wait_for(client->connectors());
        REQUIRE_FALSE(got);
        CHECK(got.error().attempted == "list the connectors at");
        CHECK(got.error().subject == server.url());
        return got.error();
    }

    error failure_of_a_create() {
        auto got = wait_for(client->create("shop", some_config(), model::target_state::running));
        REQUIRE_FALSE(got);
        return got.error();
    }

    void with_short_deadlines() {
        auto cluster = cluster_at({server.url()});
        cluster.read_timeout = short_deadline;
        cluster.write_timeout = short_deadline;
        client = client_of(cluster);
    }
};

} // namespace

TEST_CASE_METHOD(bad_days, "a Connect that is away is unreachable, for reads and writes alike") {
    const auto url = refusing_url();
    client = client_at({url});
    auto read = wait_for(client->connectors());
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::unreachable);
    CHECK(
        read.error().message() ==
        "list the connectors at " + url + ": Connection refused; check that the worker runs, and `urls`"
    );
    CHECK(failure_of_a_create().code == errc::unreachable);
}

TEST_CASE_METHOD(bad_days, "a host that does not exist is unreachable") {
    client = client_at({"http://no..such..host:8083"}); // no name at all: nothing is asked of a name server
    auto read = wait_for(client->connectors());
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::unreachable);
    CHECK_THAT(read.error().detail, Contains("cannot look up the host"));
}

TEST_CASE_METHOD(bad_days, "a Connect that accepts and hangs up is unreachable; a create may have happened") {
    server.hang_up_on_accept();
    CHECK(failure_of_a_read().code == errc::unreachable);
    // The bytes may have left before the end of the connection was noticed, or not at all.
    const auto code = failure_of_a_create().code;
    CHECK((code == errc::outcome_unknown || code == errc::unreachable));
}

TEST_CASE_METHOD(
    bad_days, "a Connect that resets the connection on a request is unreachable; a create may have happened"
) {
    server.always(send_raw_then_reset(""));
    CHECK(failure_of_a_read().code == errc::unreachable);
    CHECK(failure_of_a_create().code == errc::outcome_unknown);
}

TEST_CASE_METHOD(bad_days, "a Connect that never answers a read times out") {
    server.always(never_answer());
    with_short_deadlines();
    const auto why = failure_of_a_read();
    CHECK(why.code == errc::timeout);
    CHECK_THAT(why.detail, StartsWith("no answer in time; ") && Contains("`request_timeout`"));
    CHECK(server.requests().size() == 1);
}

TEST_CASE_METHOD(bad_days, "a write without an answer has an unknown outcome and is sent once") {
    server.always(never_answer());
    with_short_deadlines();
    CHECK(failure_of_a_create().code == errc::outcome_unknown);
    const auto put = wait_for(client->put_config("shop", some_config()));
    CHECK(put.error().code == errc::outcome_unknown);
    const auto removed = wait_for(client->remove("shop"));
    CHECK(removed.error().code == errc::outcome_unknown);
    CHECK(server.requests().size() == 3);
}

TEST_CASE_METHOD(bad_days, "a validation without an answer is a read that timed out") {
    server.always(never_answer());
    with_short_deadlines();
    const auto got = wait_for(client->validate("org.example.Source", some_config()));
    CHECK(got.error().code == errc::timeout);
}

TEST_CASE_METHOD(bad_days, "an answer that drips in slowly does not outlast the deadline") {
    server.always(drip(http_answer(200, std::string(10'000, ' ')), milliseconds(10)));
    with_short_deadlines();
    const auto before = time->now().mono;
    CHECK(failure_of_a_read().code == errc::timeout);
    CHECK(time->now().mono - before < seconds(10)); // it would take 100 s
}

TEST_CASE_METHOD(bad_days, "a slow answer within the deadline is read") {
    server.always(drip(http_answer(200, R"({"a":{}})"), milliseconds(1)));
    const auto got = wait_for(client->connectors());
    REQUIRE(got);
    CHECK(got->contains("a"));
}

TEST_CASE_METHOD(bad_days, "a Connect that answers HTML is told by its type and first words") {
    server.next(respond(200, "<!DOCTYPE html><html><title>Sign in</title>", "text/html"));
    const auto why = failure_of_a_read();
    CHECK(why.code == errc::bad_answer);
    CHECK_THAT(why.detail, Contains("text/html: \"<!DOCTYPE html>") && Contains("; is this the URL"));

    server.next(respond(200, "<html>Sign in", "text/html"));
    CHECK(failure_of_a_create().code == errc::bad_answer);
}

TEST_CASE_METHOD(bad_days, "a 500 is a server error, also as a page") {
    server.next(refuse(500, "boom"));
    auto why = failure_of_a_read();
    CHECK(why.code == errc::server_error);
    CHECK(why.detail == "HTTP 500: boom");
    server.next(respond(500, "<html><head><title>Error 500</title>", "text/html"));
    why = failure_of_a_read();
    CHECK(why.code == errc::server_error);
    CHECK(why.detail == "HTTP 500, text/html: Error 500");
}

TEST_CASE_METHOD(bad_days, "the 409 of a rebalance is told from a name that is taken") {
    server.next(
        refuse(409, "Cannot complete request because of a conflicting operation (e.g. worker rebalance)")
    );
    CHECK(failure_of_a_create().code == errc::rebalancing);
    server.next(refuse(409, "Connector shop already exists"));
    CHECK(failure_of_a_create().code == errc::already_exists);
    CHECK(server.requests().size() == 2);
    CHECK(server.connections() == 1);
}

TEST_CASE_METHOD(bad_days, "broken, cut and empty answers are bad answers") {
    server.next(respond(200, R"({"a":)"));
    CHECK(failure_of_a_read().code == errc::bad_answer);
    server.next(respond(200, ""));
    CHECK(failure_of_a_read().code == errc::bad_answer);
    server.next(respond(200, R"({"a":{"status":[]}})"));
    auto why = failure_of_a_read();
    CHECK(why.code == errc::bad_answer);
    CHECK(why.detail == "a.status: expected an object, got an array");
    server.next(respond(200, std::string(1000, '[')));
    CHECK(failure_of_a_read().detail == "JSON nested too deeply");
}

TEST_CASE_METHOD(
    bad_days, "a Connect that dies within its answer gave a bad answer; a create may have happened"
) {
    const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":";
    server.next(send_raw_then_close(half));
    const auto why = failure_of_a_read();
    CHECK(why.code == errc::bad_answer);
    CHECK_THAT(why.detail, Contains("cut short"));
    server.next(send_raw_then_half_close(half));
    CHECK(failure_of_a_read().code == errc::bad_answer);
    server.next(send_raw_then_reset(half));
    CHECK(failure_of_a_read().code == errc::bad_answer);
    server.next(send_raw_then_close("HTTP/1.1 201 Cre"));
    CHECK(failure_of_a_create().code == errc::outcome_unknown);
}

TEST_CASE_METHOD(bad_days, "something that does not speak HTTP is a bad answer with a hint") {
    server.next(send_raw_then_close("SSH-2.0-OpenSSH_9.2\r\n"));
    const auto why = failure_of_a_read();
    CHECK(why.code == errc::bad_answer);
    CHECK_THAT(why.detail, Contains("not an HTTP answer") && Contains("right port"));
}

TEST_CASE_METHOD(bad_days, "an answer that lasts until the end of the connection is read") {
    server.next(send_raw_then_half_close("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":{}}"
    ));
    CHECK(wait_for(client->connectors()));
    server.next(chunked({R"({"a":)", R"({"status":)", "{}}}"}));
    const auto got = wait_for(client->connectors());
    REQUIRE(got);
    CHECK(got->at("a").status);
}

TEST_CASE_METHOD(bad_days, "an answer of 8 MiB is read, one beyond the limit is refused before it is read") {
    const auto big = R"({"a":{"info":{"config":{"k":")" + std::string(8U << 20, 'x') + "\"}}}}";
    server.next(respond(200, big));
    const auto got = wait_for(client->connectors());
    REQUIRE(got);
    CHECK(got->at("a").config->at("k").size() == 8U << 20);

    auto cluster = cluster_at({server.url()});
    cluster.body_limit = 1U << 20;
    client = client_of(cluster);
    server.next(respond(200, big));
    const auto why = failure_of_a_read();
    CHECK(why.code == errc::too_large);
    CHECK(why.detail == "the answer is larger than 1 MiB");
    server.next(chunked({std::string(600'000, ' '), std::string(600'000, ' ')}));
    CHECK(failure_of_a_read().code == errc::too_large);
}

TEST_CASE_METHOD(bad_days, "endless headers are a bad answer") {
    std::string bytes = "HTTP/1.1 200 OK\r\n";
    for (int i = 0; i < 5000; ++i) bytes += "X-Padding: xxxxxxxxxxxxxxxxxxxxxxxx\r\n";
    server.next(send_raw_then_close(bytes));
    CHECK(failure_of_a_read().code == errc::bad_answer);
}

TEST_CASE_METHOD(bad_days, "a redirect is not followed") {
    server.next(respond(302, "", "text/html", "Location: http://login.example/\r\n"));
    const auto why = failure_of_a_read();
    CHECK(why.code == errc::bad_answer);
    CHECK_THAT(why.detail, Contains("redirected to http://login.example/"));
    CHECK(server.requests().size() == 1);
}

TEST_CASE_METHOD(bad_days, "a URL that is none fails every call without a request") {
    client = client_at({server.url(), "connect:8083"});
    const auto got = wait_for(client->connectors());
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::invalid);
    CHECK(server.requests().empty());
    client = client_at({});
    CHECK(wait_for(client->connectors()).error().code == errc::invalid);
}

TEST_CASE_METHOD(bad_days, "no secret comes back in an error") {
    known->learn(secret("correct horse"));
    server.next(refuse(400, "Invalid value correct horse for password"));
    CHECK(failure_of_a_create().detail == "HTTP 400: Invalid value ******** for password");
    server.next(respond(200, "correct horse", "text/plain"));
    CHECK_THAT(failure_of_a_read().detail, Contains("********") && !Contains("horse"));
}

TEST_CASE_METHOD(bad_days, "Connect coming back is noticed by the next call") {
    server.next(send_raw_then_reset(""));
    server.next(respond(200, worker_json));
    CHECK_FALSE(wait_for(client->worker()));
    const auto got = wait_for(client->worker());
    REQUIRE(got);
    CHECK(got->version == "3.7.2");
}
