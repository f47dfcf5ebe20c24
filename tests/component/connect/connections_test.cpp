// Connections: reused, stale, shared out between workers, given up.
#include "client_fixture.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <exception>

using namespace sluice;
using namespace sluice::connect;
using namespace sluice::testing;
using Catch::Matchers::Contains;

namespace {

/// The real clock, set forward by hand.
class clock_set_forward final : public time_source {
public:
    explicit clock_set_forward(time_source& real) : real_(real) {}

    [[nodiscard]] moment now() const override { return real_.now() + ahead; }
    std::unique_ptr<sluice::alarm> make_alarm() override { return real_.make_alarm(); }

    seconds ahead{0};

private:
    time_source& real_;
};

struct connections : client_fixture {
    scripted_server server{context};
    scripted_server other{context};
    std::unique_ptr<connect_api> client = client_at({server.url(), other.url()});

    /// A client whose connection to `server` was closed by the server without the client having noticed: the
    /// server reads the next request and hangs up.
    void keep_a_stale_connection() {
        client = client_at({server.url()});
        REQUIRE(wait_for(client->connectors()));
        server.next(send_raw_then_close(""));
    }
};

boost::asio::awaitable<void>
list_into(connect_api& client, std::optional<result<model::connector_list>>& out) {
    out = co_await client.connectors();
}

} // namespace

TEST_CASE_METHOD(connections, "one connection serves many requests") {
    for (int i = 0; i < 5; ++i) REQUIRE(wait_for(client->connectors()));
    CHECK(server.connections() == 1);
    CHECK(server.requests().back().connection == 1);
}

TEST_CASE_METHOD(connections, "a connection that the server announced to close is not used again") {
    server.next(respond(200, "{}", "application/json", "Connection: close\r\n"));
    REQUIRE(wait_for(client->connectors()));
    REQUIRE(wait_for(client->connectors()));
    CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(
    connections, "an idle connection that the server closed is noticed before anything is sent on it"
) {
    REQUIRE(wait_for(client->connectors()));
    server.close_idle_connections();
    auto closed = [&]() -> boost::asio::awaitable<void> { co_await server.until_all_closed(); };
    run_async(context, closed);
    REQUIRE(wait_for(client->create("a", some_config(), model::target_state::running)));
    CHECK(server.connections() == 2);
    CHECK(server.requests().size() == 2);
}

TEST_CASE_METHOD(connections, "a connection that was idle for long is closed and replaced") {
    clock_set_forward later(*time);
    const auto patient = make_beast_connect(context.get_executor(), later, cluster_at({server.url()}), known);
    REQUIRE(wait_for(patient->connectors()));
    later.ahead = seconds(15);
    REQUIRE(wait_for(patient->connectors()));
    CHECK(server.connections() == 1);
    later.ahead = seconds(40);
    REQUIRE(wait_for(patient->connectors()));
    CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(connections, "bytes that nobody asked for make a connection unfit for another request") {
    server.next(send_raw(http_answer(200, "{}") + http_answer(200, R"({"forged":{}})")));
    REQUIRE(wait_for(client->connectors()));
    const auto got = wait_for(client->connectors());
    REQUIRE(got);
    CHECK(got->empty());
    CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(connections, "a read on a stale connection is sent once more on a fresh one") {
    keep_a_stale_connection();
    CHECK(wait_for(client->connectors()));
    CHECK(server.requests().size() == 3);
    CHECK(server.connections() == 2);
}

TEST_CASE_METHOD(
    connections, "a PUT on a stale connection is sent once more on a fresh one, and no more than once"
) {
    keep_a_stale_connection();
    server.next(send_raw_then_close(""));
    const auto put = wait_for(client->put_config("a", some_config()));
    REQUIRE_FALSE(put);
    CHECK(put.error().code == errc::outcome_unknown);
    CHECK(server.requests().size() == 3);
}

TEST_CASE_METHOD(connections, "a POST on a stale connection is never sent twice") {
    keep_a_stale_connection();
    const auto created = wait_for(client->create("a", some_config(), model::target_state::running));
    REQUIRE_FALSE(created);
    CHECK(created.error().code == errc::outcome_unknown);
    CHECK(server.requests().size() == 2);
}

TEST_CASE_METHOD(connections, "twenty requests at once get a connection each, and keep some for later") {
    gate all_here(context);
    server.always(when(all_here, respond(200, "{}")));
    std::vector<std::optional<result<model::connector_list>>> got(20);
    auto body = [&]() -> boost::asio::awaitable<void> {
        for (auto& one : got) boost::asio::co_spawn(context, list_into(*client, one), boost::asio::detached);
        co_await server.until_requests(20);
        all_here.open();
        while (!std::ranges::all_of(got, [](const auto& one) { return one.has_value(); })) {
            co_await boost::asio::post(context, boost::asio::use_awaitable);
        }
    };
    run_async(context, body);
    for (const auto& one : got) CHECK(one->has_value());
    CHECK(server.connections() == 20);
    for (int i = 0; i < 5; ++i) REQUIRE(wait_for(client->connectors()));
    CHECK(server.connections() == 20);
}

TEST_CASE_METHOD(connections, "a worker that refuses connections is passed over and remembered") {
    client = client_at({refusing_url(), other.url()});
    CHECK(wait_for(client->connectors()));
    CHECK(wait_for(client->create("a", some_config(), model::target_state::running)));
    CHECK(other.requests().size() == 2);
    CHECK(other.connections() == 1);
}

TEST_CASE_METHOD(connections, "the worker that answered last is asked first") {
    server.next(respond(503, ""));
    REQUIRE(wait_for(client->connectors()));
    REQUIRE(wait_for(client->connectors()));
    CHECK(server.requests().size() == 1);
    CHECK(other.requests().size() == 2);
    other.stop_listening();
    other.next(respond_and_close(503, ""));
    REQUIRE(wait_for(client->connectors()));
    REQUIRE(wait_for(client->connectors()));
    CHECK(server.requests().size() == 3);
}

TEST_CASE_METHOD(
    connections, "a create that a worker could not forward goes to the next one, unless it may have arrived"
) {
    server.next(
        refuse(500, "IO Error trying to forward REST request: java.net.ConnectException: Connection refused")
    );
    other.next(respond(201, R"({"name":"a"})"));
    CHECK(wait_for(client->create("a", some_config(), model::target_state::running)));
    CHECK(other.requests().size() == 1);

    other.next(refuse(500, "IO Error trying to forward REST request: java.io.EOFException"));
    const auto unsure = wait_for(client->create("b", some_config(), model::target_state::running));
    REQUIRE_FALSE(unsure);
    CHECK(unsure.error().code == errc::forwarding_failed);
    CHECK(unsure.error().subject == other.url());
    CHECK(server.requests().size() == 1);
}

TEST_CASE_METHOD(connections, "a read that a worker broke off is answered by the next one, a write is not") {
    server.next(send_raw_then_close("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"));
    CHECK(wait_for(client->connectors()));
    CHECK(other.requests().size() == 1);
    other.next(send_raw_then_close(""));
    const auto put = wait_for(client->remove("a"));
    // The connection was reused: once more on a fresh one, to the same worker.
    CHECK(put);
    CHECK(other.requests().size() == 3);
    CHECK(server.requests().size() == 1);
}

TEST_CASE_METHOD(connections, "an answer that says no is final, whatever the other workers would say") {
    server.next(refuse(404, "Connector a not found"));
    CHECK_FALSE(wait_for(client->remove("a")));
    CHECK(other.requests().empty());
}

TEST_CASE_METHOD(connections, "when no worker helps, the error names each") {
    const auto away = refusing_url();
    client = client_at({away, server.url()});
    server.next(respond(503, "starting", "text/plain"));
    const auto got = wait_for(client->connectors());
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::server_error);
    CHECK(got.error().subject == server.url());
    CHECK(got.error().detail == "HTTP 503, text/plain: starting; " + away + ": Connection refused");
}

TEST_CASE_METHOD(connections, "after a worker that hangs the next call begins at another one") {
    auto cluster = cluster_at({server.url(), other.url()});
    cluster.read_timeout = short_deadline;
    client = client_of(cluster);
    server.always(never_answer());
    const auto first = wait_for(client->connectors());
    REQUIRE_FALSE(first);
    CHECK(first.error().code == errc::timeout);
    CHECK(wait_for(client->connectors()));
    CHECK(other.requests().size() == 1);
}

TEST_CASE_METHOD(
    connections, "a call whose coroutine is cancelled ends at once, and its connection with it"
) {
    server.always(never_answer());
    std::optional<result<model::connector_list>> got;
    bool ended = false;
    boost::asio::cancellation_signal stop;
    auto body = [&]() -> boost::asio::awaitable<void> {
        auto on_end = [&](const std::exception_ptr&) { ended = true; };
        auto token = boost::asio::bind_cancellation_slot(stop.slot(), std::move(on_end));
        boost::asio::co_spawn(context, list_into(*client, got), std::move(token));
        co_await server.until_requests(1);
        stop.emit(boost::asio::cancellation_type::terminal);
        co_await server.until_all_closed();
    };
    run_async(context, body);
    CHECK(ended);
    REQUIRE(got);
    REQUIRE_FALSE(*got);
    CHECK(got->error().code == errc::cancelled);
    REQUIRE(finished.size() == 1);
    CHECK(finished[0].failed == errc::cancelled);
    server.always(respond(200, "{}"));
    CHECK(wait_for(client->connectors()));
}

TEST_CASE_METHOD(connections, "a call cancelled within its answer ends at once") {
    server.always(send_raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"));
    std::optional<result<model::connector_list>> got;
    boost::asio::cancellation_signal stop;
    auto body = [&]() -> boost::asio::awaitable<void> {
        auto token = boost::asio::bind_cancellation_slot(stop.slot(), boost::asio::detached);
        boost::asio::co_spawn(context, list_into(*client, got), std::move(token));
        co_await server.until_requests(1);
        // The client reads what there is of the answer.
        for (int i = 0; i < 100; ++i) co_await boost::asio::post(context, boost::asio::use_awaitable);
        stop.emit(boost::asio::cancellation_type::terminal);
        co_await server.until_all_closed();
    };
    run_async(context, body);
    REQUIRE(got);
    CHECK(got->error().code == errc::cancelled);
}

TEST_CASE_METHOD(connections, "an io_context that ends within a call leaves nothing behind") {
    server.always(never_answer());
    std::optional<result<model::connector_list>> got;
    auto body = [&]() -> boost::asio::awaitable<void> {
        boost::asio::co_spawn(context, list_into(*client, got), boost::asio::detached);
        co_await server.until_requests(1);
    };
    run_async(context, body);
    CHECK_FALSE(got); // the sanitizers see what is left
}
