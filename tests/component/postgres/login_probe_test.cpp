// The probe against a real PostgreSQL, and against a scripted one for what a real one does not do on demand.
#include "postgres/libpq_login_probe.hpp"
#include "support/async.hpp"
#include "support/certificates.hpp"
#include "support/scratch_postgres.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <future>

using namespace sluice;
using namespace sluice::postgres;
using namespace sluice::testing;
using boost::asio::awaitable;
using boost::asio::use_awaitable;
using boost::asio::ip::tcp;
using Catch::Contains;

namespace {

const std::string password = "the role's password";

login to_port(std::uint16_t port) {
    return {"127.0.0.1", port, "shop", "cdc", secret(password)};
}

result<server_facts> probe(const login& who, milliseconds timeout = seconds(30)) {
    boost::asio::io_context context{1};
    blocking_lane names("names"); // its thread ends before the context that it answers to
    const auto prober = make_libpq_login_probe(context.get_executor(), names, timeout);
    result<server_facts> answer;
    auto body = [&]() -> awaitable<void> { answer = co_await prober->probe(who); };
    run_async(context, body);
    if (!answer) CHECK_THAT(answer.error().message(), !Contains(password));
    return answer;
}

/// A database `shop` with a role `cdc`.
struct shop_server : scratch_postgres {
    shop_server() {
        execute("CREATE ROLE cdc LOGIN PASSWORD '" + std::string("the role''s password") + "'");
        execute("CREATE DATABASE shop");
    }
    [[nodiscard]] login who() const { return to_port(port()); }
};

std::size_t open_files() {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

/// Takes one connection without TLS and answers the login with `reply`; then the connection ends.
class scripted_postgres {
public:
    explicit scripted_postgres(std::string reply) : reply_(std::move(reply)) {}

    result<server_facts> probed() {
        boost::asio::io_context context{1};
        tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
        blocking_lane names("names");
        const auto prober = make_libpq_login_probe(context.get_executor(), names, seconds(30));
        const auto who = to_port(acceptor.local_endpoint().port());
        boost::asio::co_spawn(context, serve(acceptor, reply_), boost::asio::detached);
        result<server_facts> answer;
        auto body = [&]() -> awaitable<void> { answer = co_await prober->probe(who); };
        run_async(context, body);
        return answer;
    }

    /// An ErrorResponse: severity, SQLSTATE, words.
    static std::string error(const std::string& sqlstate, const std::string& words) {
        const std::string zero(1, '\0');
        const auto fields =
            "SFATAL" + zero + "VFATAL" + zero + 'C' + sqlstate + zero + 'M' + words + zero + zero;
        const auto size = fields.size() + 4;
        std::string message = "E";
        for (int shift = 24; shift >= 0; shift -= 8) message += static_cast<char>((size >> shift) & 0xFF);
        return message + fields;
    }

private:
    static awaitable<void> serve(tcp::acceptor& acceptor, std::string reply) {
        auto client = co_await acceptor.async_accept(use_awaitable);
        std::array<char, 8> tls_request{};
        auto request = boost::asio::buffer(tls_request);
        co_await boost::asio::async_read(client, request, use_awaitable);
        const std::string no_tls = "N";
        co_await boost::asio::async_write(client, boost::asio::buffer(no_tls), use_awaitable);
        std::array<char, 512> startup{};
        auto room = boost::asio::buffer(startup);
        co_await client.async_read_some(room, use_awaitable);
        co_await boost::asio::async_write(client, boost::asio::buffer(reply), use_awaitable);
    }

    std::string reply_;
};

} // namespace

TEST_CASE("with the right credentials the server's version is known") {
    const shop_server server;
    const auto facts = probe(server.who());
    REQUIRE(facts);
    CHECK(facts->version >= 150000);
}

TEST_CASE("a host's name is looked up") {
    const shop_server server;
    auto who = server.who();
    who.host = "localhost"; // may be ::1 first, where nobody listens
    CHECK(probe(who));
}

TEST_CASE("a wrong password, an unknown role and one that may not log in are unauthorized") {
    shop_server server;
    server.execute("CREATE ROLE barred NOLOGIN PASSWORD 'x'");
    auto wrong_password = server.who();
    wrong_password.password = secret("something else");
    auto unknown_role = server.who();
    unknown_role.user = "nobody_knows_me";
    auto barred = server.who();
    barred.user = "barred";
    barred.password = secret("x");
    for (const auto& who : {wrong_password, unknown_role, barred}) {
        const auto facts = probe(who);
        REQUIRE_FALSE(facts);
        CHECK(facts.error().code == errc::unauthorized);
        CHECK_THAT(facts.error().message(), Contains("; correct `user` or `password`"));
        CHECK_THAT(
            facts.error().message(), Contains("the database shop at 127.0.0.1") && Contains("as " + who.user)
        );
    }
}

TEST_CASE("no password where one is required is refused: elsewhere none may be") {
    const shop_server server;
    auto who = server.who();
    who.password = secret();
    const auto facts = probe(who);
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == errc::refused);
}

TEST_CASE("a database that does not exist, or may not be entered, is told apart") {
    shop_server server;
    auto missing = server.who();
    missing.database = "nowhere";
    const auto not_there = probe(missing);
    REQUIRE_FALSE(not_there);
    CHECK(not_there.error().code == errc::not_found);
    CHECK_THAT(not_there.error().message(), Contains("3D000"));
    server.execute("REVOKE CONNECT ON DATABASE shop FROM PUBLIC");
    const auto closed = probe(server.who());
    REQUIRE_FALSE(closed);
    CHECK(closed.error().code == errc::refused);
}

TEST_CASE("a password put right in the database is accepted by the next probe") {
    shop_server server;
    auto who = server.who();
    who.password = secret("rotated");
    CHECK_FALSE(probe(who));
    server.execute("ALTER ROLE cdc PASSWORD 'rotated'");
    CHECK(probe(who));
}

TEST_CASE("no password is sent to a server without TLS when TLS is declared") {
    const shop_server server;
    auto who = server.who();
    for (const auto* mode : {"disable", "allow", "prefer"}) {
        who.tls.mode = mode;
        CHECK(probe(who));
    }
    who.tls.mode = "require";
    const auto facts = probe(who);
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == errc::unreachable);
    CHECK_THAT(facts.error().message(), Contains("server does not support SSL"));
}

TEST_CASE("a server's certificate is looked at as declared") {
    const authority ca;
    const authority another;
    const auto certificate = ca.issue("server", "DNS:localhost");
    shop_server server;
    server.offer_tls(certificate.certificate_file, certificate.key_file);
    auto who = server.who();
    who.host = "localhost";
    for (const auto* mode : {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}) {
        who.tls.mode = mode;
        who.tls.root_certificate = ca.ca_file();
        INFO(mode);
        CHECK(probe(who));
        who.tls.root_certificate = another.ca_file();
        CHECK(probe(who).has_value() == !std::string_view(mode).starts_with("verify"));
    }
    who.tls.root_certificate = ca.ca_file();
    who.host = "127.0.0.1"; // the certificate is not for it
    CHECK_FALSE(probe(who));
    who.tls.mode = "verify-ca";
    CHECK(probe(who));
}

TEST_CASE(
    "what is needed for a connection as secure as declared and is not here is told, and nothing is asked"
) {
    const authority ca;
    const auto ours = ca.issue("sluice", "DNS:sluice");
    const auto who_with = [](auto change) {
        auto who = to_port(1); // where nobody listens
        change(who.tls);
        return who;
    };
    const std::vector<std::pair<login, std::string>> cases{
        {who_with([](auto& tls) { tls.root_certificate = "/not/here.pem"; }), "/not/here.pem cannot be read"},
        {who_with([](auto& tls) { tls.certificate = "/not/here.crt"; }), "/not/here.crt cannot be read"},
        {who_with([](auto& tls) { tls.key = "/keys/store.p12"; }), "key store"},
        {who_with([](auto& tls) { tls.unknown_because = "a way of its own"; }), "a way of its own"},
    };
    for (const auto& [who, reason] : cases) {
        const auto facts = probe(who);
        REQUIRE_FALSE(facts);
        CHECK(facts.error().code == errc::unsupported);
        CHECK_THAT(facts.error().message(), Contains(reason));
    }
}

TEST_CASE("a client's key is taken in the forms that pgjdbc reads, and never asked a pass phrase for") {
    const authority ca;
    const auto certificate = ca.issue("server", "DNS:localhost");
    const auto ours = ca.issue("cdc", "DNS:cdc");
    shop_server server;
    server.offer_tls(certificate.certificate_file, certificate.key_file);
    auto who = server.who();
    who.tls.mode = "require";
    who.tls.certificate = ours.certificate_file;
    who.tls.key = ours.key_file;
    CHECK(probe(who));
    who.tls.key = ca.as_der(ours);
    std::filesystem::permissions(who.tls.key, std::filesystem::perms(0600));
    CHECK(probe(who));
    who.tls.key = ca.encrypt(ours);
    const auto without = probe(who);
    REQUIRE_FALSE(without);
    CHECK(without.error().code == errc::unsupported);
    who.tls.key_password = secret("a-pass-phrase");
    CHECK(probe(who));
}

TEST_CASE("a server that hangs costs the time allowed, and is asked again when it goes on") {
    shop_server server;
    server.pause();
    const auto began = std::chrono::steady_clock::now();
    const auto facts = probe(server.who(), milliseconds(400));
    const auto took = std::chrono::steady_clock::now() - began;
    server.resume();
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == errc::timeout);
    CHECK_THAT(facts.error().message(), Contains("no answer within 400 ms"));
    CHECK(took >= milliseconds(400));
    CHECK(probe(server.who()));
}

TEST_CASE("probes at the same time do not disturb each other, and leave no file open") {
    const shop_server server;
    boost::asio::io_context context{1};
    blocking_lane names("names");
    const auto prober = make_libpq_login_probe(context.get_executor(), names, seconds(30));
    CHECK(probe(server.who())); // what is opened once and for all is open now
    const auto before = open_files();
    int logged_in = 0;
    for (int i = 0; i < 20; ++i) {
        auto one = [&]() -> awaitable<void> {
            const auto facts = co_await prober->probe(server.who());
            if (facts) ++logged_in;
        };
        boost::asio::co_spawn(context, std::move(one), boost::asio::detached);
    }
    context.run();
    CHECK(logged_in == 20);
    CHECK(open_files() <= before + 3); // the context's own
}

TEST_CASE("a port where nobody listens is unreachable") {
    boost::asio::io_context context{1};
    tcp::acceptor acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    const auto port = acceptor.local_endpoint().port();
    acceptor.close();
    const auto facts = probe(to_port(port));
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == errc::unreachable);
    CHECK_THAT(facts.error().message(), Contains("Connection refused; check that PostgreSQL runs"));
}

TEST_CASE("a name server that hangs costs the time allowed, and an address waits for none") {
    const shop_server server;
    boost::asio::io_context context{1};
    blocking_lane names("names");
    std::promise<void> answers;
    const auto prober = make_libpq_login_probe(context.get_executor(), names, seconds(1));
    auto hang = [until = answers.get_future().share()] {
        until.wait();
        return true;
    };
    auto busy = [&]() -> awaitable<void> { co_await names.run(hang); };
    boost::asio::co_spawn(context, std::move(busy), boost::asio::detached);
    auto by_name = server.who();
    by_name.host = "localhost";
    result<server_facts> named;
    result<server_facts> addressed;
    auto body = [&]() -> awaitable<void> {
        named = co_await prober->probe(by_name);
        addressed = co_await prober->probe(server.who());
        answers.set_value();
    };
    run_async(context, body);
    REQUIRE_FALSE(named);
    CHECK(named.error().code == errc::timeout);
    CHECK_THAT(named.error().message(), Contains("was not resolved in time"));
    CHECK(addressed);
}

TEST_CASE("a name that cannot be resolved is unreachable") {
    auto who = to_port(5432);
    who.host = "not..a..name";
    const auto facts = probe(who);
    REQUIRE_FALSE(facts);
    CHECK(facts.error().code == errc::unreachable);
    CHECK_THAT(facts.error().message(), Contains("the name not..a..name is not known"));
}

TEST_CASE("a server that is starting up or full will be ready later") {
    for (const auto* sqlstate : {"57P03", "53300"}) {
        scripted_postgres server(scripted_postgres::error(sqlstate, "come back later"));
        const auto facts = server.probed();
        REQUIRE_FALSE(facts);
        CHECK(facts.error().code == errc::server_error);
        CHECK_THAT(facts.error().message(), Contains("come back later"));
    }
}

TEST_CASE("a connection that is cut, or something else than PostgreSQL, is unreachable") {
    for (const auto* reply : {"", "HTTP/1.1 400 Bad Request\r\n\r\n"}) {
        scripted_postgres server(reply);
        const auto facts = server.probed();
        REQUIRE_FALSE(facts);
        CHECK(facts.error().code == errc::unreachable);
        CHECK_FALSE(facts.error().detail.empty());
    }
}

TEST_CASE("a probe that is cancelled says so and ends at once") {
    shop_server server;
    server.pause();
    boost::asio::io_context context{1};
    blocking_lane names("names");
    const auto prober = make_libpq_login_probe(context.get_executor(), names, seconds(30));
    boost::asio::cancellation_signal stop;
    result<server_facts> answer;
    auto body = [&]() -> awaitable<void> { answer = co_await prober->probe(server.who()); };
    boost::asio::co_spawn(
        context, std::move(body), boost::asio::bind_cancellation_slot(stop.slot(), boost::asio::detached)
    );
    context.run_one();
    context.poll();
    stop.emit(boost::asio::cancellation_type::terminal);
    context.run_for(seconds(20));
    server.resume();
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::cancelled);
}
