// TLS with an authority made for the test.
#include "client_fixture.hpp"
#include "support/certificates.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::connect;
using namespace sluice::testing;
using Catch::Matchers::Contains;

namespace {

struct over_tls : client_fixture {
    authority ca;
    certificate for_localhost = ca.issue("localhost", "DNS:localhost");

    server_tls offered(const certificate& c) const { return {c.certificate_file, c.key_file, ""}; }

    model::connect_cluster
    trusting(const scripted_server& server, std::string_view host = "localhost") const {
        auto cluster = cluster_at({server.url(host)});
        cluster.ca_file = ca.ca_file();
        return cluster;
    }

    error failure_of_a_create(const model::connect_cluster& cluster) {
        const auto client = client_of(cluster);
        auto got = wait_for(client->create("a", some_config(), model::target_state::running));
        REQUIRE_FALSE(got);
        return got.error();
    }
};

} // namespace

TEST_CASE_METHOD(over_tls, "a worker with a certificate for its host is trusted, and its connection kept") {
    scripted_server server(context, offered(for_localhost));
    const auto client = client_of(trusting(server));
    CHECK(wait_for(client->connectors()));
    CHECK(wait_for(client->create("a", some_config(), model::target_state::running)));
    CHECK(server.requests().size() == 2);
    CHECK(server.connections() == 1);
    CHECK(server.requests()[0].headers.at("host") == "localhost:" + std::to_string(server.port()));
}

TEST_CASE_METHOD(over_tls, "a certificate for the IP address in the URL is trusted") {
    const auto c = ca.issue("by-address", "IP:127.0.0.1");
    scripted_server server(context, offered(c));
    CHECK(wait_for(client_of(trusting(server, "127.0.0.1"))->connectors()));
}

TEST_CASE_METHOD(over_tls, "a certificate for another host is refused before anything is sent") {
    const auto c = ca.issue("elsewhere", "DNS:elsewhere.example");
    scripted_server server(context, offered(c));
    const auto why = failure_of_a_create(trusting(server));
    CHECK(why.code == errc::unreachable);
    CHECK_THAT(why.detail, Contains("not for localhost"));
    CHECK(server.requests().empty());

    scripted_server by_name(context, offered(for_localhost));
    const auto by_address = failure_of_a_create(trusting(by_name, "127.0.0.1"));
    CHECK_THAT(by_address.detail, Contains("not for 127.0.0.1"));
}

TEST_CASE_METHOD(over_tls, "a certificate of an unknown authority is refused with the remedy") {
    scripted_server server(context, offered(for_localhost));
    auto cluster = trusting(server);
    cluster.ca_file.clear();
    const auto why = failure_of_a_create(cluster);
    CHECK(why.code == errc::unreachable);
    CHECK_THAT(why.detail, Contains("not trusted") && Contains("ca_file"));
    const authority another;
    cluster.ca_file = another.ca_file();
    CHECK_THAT(failure_of_a_create(cluster).detail, Contains("not trusted"));
    CHECK(server.requests().empty());
}

TEST_CASE_METHOD(over_tls, "a worker that wants a client certificate gets the one that is configured") {
    const auto ours = ca.issue("sluice", "DNS:sluice");
    auto tls = offered(for_localhost);
    tls.client_ca_file = ca.ca_file();
    scripted_server server(context, tls);
    auto cluster = trusting(server);
    CHECK(failure_of_a_create(cluster).code != errc::refused);
    CHECK(server.requests().empty());
    cluster.certificate_file = ours.certificate_file;
    cluster.key_file = ours.key_file;
    CHECK(wait_for(client_of(cluster)->connectors()));
    CHECK(server.requests().size() == 1);
}

TEST_CASE_METHOD(over_tls, "a file that cannot be used is named") {
    scripted_server server(context, offered(for_localhost));
    auto cluster = trusting(server);
    cluster.ca_file = "/does/not/exist.pem";
    auto why = failure_of_a_create(cluster);
    CHECK(why.code == errc::invalid);
    CHECK_THAT(why.detail, Contains("ca_file /does/not/exist.pem"));

    cluster = trusting(server);
    cluster.certificate_file = for_localhost.key_file;
    CHECK_THAT(failure_of_a_create(cluster).detail, Contains("certificate_file " + for_localhost.key_file));
    cluster.certificate_file = for_localhost.certificate_file;
    cluster.key_file = ca.issue("another", "DNS:another").key_file;
    CHECK_THAT(failure_of_a_create(cluster).detail, Contains("key_file " + cluster.key_file));
}

TEST_CASE_METHOD(
    over_tls, "a key with a pass phrase is refused at once with the remedy: nobody is there to type"
) {
    scripted_server server(context, offered(for_localhost));
    const auto ours = ca.issue("sluice", "DNS:sluice");
    auto cluster = trusting(server);
    cluster.certificate_file = ours.certificate_file;
    cluster.key_file = ca.encrypt(ours);
    const auto why = failure_of_a_create(cluster);
    CHECK(why.code == errc::invalid);
    CHECK_THAT(why.detail, Contains("key_file " + cluster.key_file) && Contains("pass phrase"));
    CHECK_THAT(why.detail, Contains("openssl pkey -in " + cluster.key_file));
    CHECK(server.requests().empty());
}

TEST_CASE_METHOD(over_tls, "http and https mixed up are told apart from a Connect that is away") {
    scripted_server plain(context);
    const auto spoken_to_plain =
        failure_of_a_create(cluster_at({"https://127.0.0.1:" + std::to_string(plain.port())}));
    CHECK(spoken_to_plain.code == errc::unreachable);
    CHECK_THAT(spoken_to_plain.detail, Contains("does this port speak TLS?"));
    scripted_server secured(context, offered(for_localhost));
    const auto got =
        wait_for(client_at({"http://127.0.0.1:" + std::to_string(secured.port())})->connectors());
    CHECK_FALSE(got);
    CHECK(secured.requests().empty());
}

TEST_CASE_METHOD(over_tls, "a call cancelled within its handshake ends at once") {
    boost::asio::ip::tcp::acceptor silent(context, {boost::asio::ip::address_v4::loopback(), 0});
    const auto client = client_at({"https://127.0.0.1:" + std::to_string(silent.local_endpoint().port())});
    std::optional<result<model::connector_list>> got;
    boost::asio::cancellation_signal stop;
    auto call = [&]() -> boost::asio::awaitable<void> { got = co_await client->connectors(); };
    auto body = [&]() -> boost::asio::awaitable<void> {
        auto token = boost::asio::bind_cancellation_slot(stop.slot(), boost::asio::detached);
        boost::asio::co_spawn(context, call(), std::move(token));
        auto accepted = co_await silent.async_accept(boost::asio::use_awaitable);
        co_await accepted.async_wait(boost::asio::socket_base::wait_read, boost::asio::use_awaitable);
        stop.emit(boost::asio::cancellation_type::terminal);
        while (!got) co_await time->sleep(milliseconds(1));
    };
    run_async(context, body);
    CHECK(got->error().code == errc::cancelled);
}

TEST_CASE_METHOD(over_tls, "a handshake that hangs ends with the deadline and nothing was sent") {
    boost::asio::ip::tcp::acceptor silent(context, {boost::asio::ip::address_v4::loopback(), 0});
    auto cluster = cluster_at({"https://127.0.0.1:" + std::to_string(silent.local_endpoint().port())});
    cluster.write_timeout = short_deadline;
    const auto why = failure_of_a_create(cluster);
    CHECK(why.code == errc::unreachable);
    CHECK_THAT(why.detail, Contains("handshake took too long"));
}
