#include "http/server.hpp"
#include "support/async.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>

using namespace sluice;
namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

/// A client that sends what it is told, byte by byte, and shows what comes back.
class raw_client {
public:
    explicit raw_client(asio::io_context& context) : socket_(context) {}

    awaitable<void> connect(std::uint16_t port) {
        const tcp::endpoint server(asio::ip::address_v4::loopback(), port);
        co_await socket_.async_connect(server, use_awaitable);
    }

    awaitable<void> send(std::string bytes) {
        co_await asio::async_write(socket_, asio::buffer(bytes), use_awaitable);
    }

    /// Everything up to the end of the connection.
    awaitable<std::string> rest() {
        const auto token = asio::as_tuple(use_awaitable);
        co_await asio::async_read(socket_, asio::dynamic_buffer(received_), token);
        co_return std::exchange(received_, {});
    }

    /// One answer that has a Content-Length and a body.
    awaitable<std::string> answer() {
        const auto head = co_await asio::async_read_until(
            socket_, asio::dynamic_buffer(received_), "\r\n\r\n", use_awaitable
        );
        const auto size = head + length_in(received_.substr(0, head));
        while (received_.size() < size) {
            const auto missing = asio::transfer_exactly(size - received_.size());
            co_await asio::async_read(socket_, asio::dynamic_buffer(received_), missing, use_awaitable);
        }
        auto whole = received_.substr(0, size);
        received_.erase(0, size);
        co_return whole;
    }

    void close() { socket_.close(); }

private:
    static std::size_t length_in(const std::string& head) {
        constexpr std::string_view field = "Content-Length: ";
        const auto at = head.find(field);
        if (at == std::string::npos) throw std::runtime_error("no Content-Length in " + head);
        std::size_t length = 0;
        std::from_chars(head.data() + at + field.size(), head.data() + head.size(), length);
        return length;
    }

    tcp::socket socket_;
    std::string received_;
};

/// A server on a free port, its log, and clients; all on one io_context.
class fixture {
public:
    explicit fixture(http::server_limits limits = {}) {
        auto handler = [this](http::request asked) { return answer(std::move(asked)); };
        auto listening =
            http::server::listen(context.get_executor(), *time, "127.0.0.1", 0, handler, log, limits);
        if (!listening) throw std::runtime_error(listening.error().message());
        server = std::move(*listening);
    }

    /// Runs the body, then stops the server, whatever became of the body.
    template <class Body>
    void run(Body body) {
        auto whole = [&]() -> awaitable<void> {
            std::exception_ptr failure;
            try {
                co_await body();
            } catch (...) {
                failure = std::current_exception();
            }
            co_await server->stop(seconds(5));
            if (failure) std::rethrow_exception(failure);
        };
        testing::run_async(context, whole);
    }

    awaitable<std::unique_ptr<raw_client>> connect() {
        auto client = std::make_unique<raw_client>(context);
        co_await client->connect(server->port());
        co_return client;
    }

    /// Sends one request and returns all that comes until the server ends the connection.
    awaitable<std::string> exchange(std::string bytes) {
        const auto client = co_await connect();
        co_await client->send(std::move(bytes));
        co_return co_await client->rest();
    }

    template <class Predicate>
    awaitable<void> until(Predicate holds) {
        asio::steady_timer tick(context);
        while (!holds()) {
            tick.expires_after(milliseconds(1));
            co_await tick.async_wait(use_awaitable);
        }
    }

    asio::io_context context{1};
    std::unique_ptr<time_source> time = make_system_time(context.get_executor());
    std::vector<std::string> targets;
    std::vector<std::string> said;
    logger log{[this](log_level, std::string_view line) { said.emplace_back(line); }};
    std::unique_ptr<http::server> server;

private:
    awaitable<http::response> answer(http::request asked) {
        targets.push_back(asked.target);
        if (asked.target == "/throw") throw std::runtime_error("no such luck");
        if (asked.target == "/late") {
            asio::steady_timer later(context, milliseconds(20));
            co_await later.async_wait(use_awaitable);
        }
        http::response reply{200, "text/plain", {}, {}};
        reply.body = asked.target == "/large"
                         ? std::string(32 << 20, 'x')
                         : asked.method + " " + asked.target + " of " + asked.host + "\n";
        co_return reply;
    }
};

const std::string get = "GET / HTTP/1.1\r\nHost: localhost\r\n";

bool has_status(const std::string& answer, int status) {
    return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

} // namespace

TEST_CASE("a request is answered with what the handler says, and the connection stays for the next") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        const std::vector<std::string> paths{"/a", "/b?x"};
        for (const auto& path : paths) {
            const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: localhost:1\r\n\r\n", path);
            co_await client->send(request);
            const auto answer = co_await client->answer();
            CHECK(has_status(answer, 200));
            CHECK(answer.ends_with(fmt::format("\r\n\r\nGET {} of localhost:1\n", path)));
        }
    });
}

TEST_CASE("requests sent without waiting for the answers are answered in order") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const std::string first = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n";
        const std::string second = "GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
        const auto answers = co_await f.exchange(first + second);
        const auto one = answers.find("GET /1 of h");
        const auto two = answers.find("GET /2 of h");
        CHECK(one != std::string::npos);
        CHECK(two != std::string::npos);
        CHECK(one < two);
    });
}

TEST_CASE("an answer that takes a while keeps no other client waiting") {
    fixture f;
    auto body = [&]() -> awaitable<void> {
        const auto slow = co_await f.connect();
        co_await slow->send("GET /late HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto quick = co_await f.exchange("GET /a HTTP/1.0\r\n\r\n");
        CHECK(quick.ends_with("GET /a of \n"));
        const auto answer = co_await slow->answer();
        CHECK(answer.ends_with("GET /late of h\n"));
    };
    f.run(body);
}

TEST_CASE("a HEAD has the length of the answer and not its body") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto answer = co_await f.exchange("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        CHECK(has_status(answer, 200));
        CHECK(answer.find("Content-Length: 13\r\n") != std::string::npos);
        CHECK(answer.ends_with("\r\n\r\n"));
    });
}

TEST_CASE("HTTP/1.0 without a Host is answered and closed") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto answer = co_await f.exchange("GET /a HTTP/1.0\r\n\r\n");
        CHECK(answer.starts_with("HTTP/1.0 200 "));
        CHECK(answer.ends_with("GET /a of \n"));
    });
}

TEST_CASE("every answer forbids scripts, sniffing, referrers, caching and other origins") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const std::vector<std::string> requests{get + "Connection: close\r\n\r\n", "nonsense\r\n\r\n"};
        for (const auto& request : requests) {
            const auto answer = co_await f.exchange(request);
            for (const auto* field :
                 {"Content-Security-Policy: default-src 'none';",
                  "X-Content-Type-Options: nosniff\r\n",
                  "Referrer-Policy: no-referrer\r\n",
                  "Cache-Control: no-store\r\n"}) {
                CHECK(answer.find(field) != std::string::npos);
            }
            CHECK(answer.find("Access-Control") == std::string::npos);
        }
    });
}

TEST_CASE("garbage is 400 and ends the connection, and the next client is served") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const std::string tls("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15);
        const std::vector<std::string> all_garbage{
            std::string("nonsense\r\n\r\n"),
            tls,
            std::string("GET / HTTP/9.9\r\nHost: h\r\n\r\n"),
            std::string("GET / HTTP/1.1\r\nHost h\r\n\r\n")
        };
        for (const auto& garbage : all_garbage) {
            const auto answer = co_await f.exchange(garbage);
            CHECK(has_status(answer, 400));
        }
        CHECK(f.targets.empty());
        const auto next = co_await f.exchange(get + "Connection: close\r\n\r\n");
        CHECK(has_status(next, 200));
    });
}

TEST_CASE("a request without a Host, or with two, is 400") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const std::vector<std::string> all_hosts{"", "Host: a\r\nHost: b\r\n"};
        for (const auto& hosts : all_hosts) {
            const auto answer =
                co_await f.exchange("GET / HTTP/1.1\r\n" + hosts + "Connection: close\r\n\r\n");
            CHECK(has_status(answer, 400));
        }
        CHECK(f.targets.empty());
    });
}

TEST_CASE("headers beyond 8 KiB are 431, a body beyond 64 KiB is 413") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto wide = co_await f.exchange(get + "X: " + std::string(9000, 'x') + "\r\n\r\n");
        CHECK(has_status(wide, 431));
        const auto endless = co_await f.exchange(get + "X: " + std::string(40000, 'x'));
        CHECK(has_status(endless, 431));
        const auto long_body =
            co_await f.exchange(get + "Content-Length: 70000\r\n\r\n" + std::string(70000, 'x'));
        CHECK(has_status(long_body, 413));
        CHECK(f.targets.empty());
    });
}

TEST_CASE("what a handler throws ends one request, with 500 and a log line, and not the connection") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        co_await client->send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto answer = co_await client->answer();
        CHECK(has_status(answer, 500));
        CHECK(answer.find("no such luck") == std::string::npos);
        co_await client->send(get + "\r\n");
        const auto next = co_await client->answer();
        CHECK(has_status(next, 200));
    });
    REQUIRE(f.said.size() == 1);
    CHECK(f.said[0] == "a request could not be answered target=/throw why=\"no such luck\"");
}

TEST_CASE("a client that never ends its headers, or never begins, is cut off at the deadline") {
    http::server_limits limits;
    limits.header = milliseconds(50);
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto silent = co_await f.exchange("");
        CHECK(silent.empty());
        const auto slow = co_await f.exchange("GET / HTTP/1.1\r\nHost:");
        CHECK(slow.empty());
    });
    CHECK(f.targets.empty());
}

TEST_CASE("a client that never ends its body is cut off at the deadline") {
    http::server_limits limits;
    limits.request = milliseconds(50);
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto slow = co_await f.exchange(get + "Content-Length: 10\r\n\r\n12345");
        CHECK(slow.empty());
    });
    CHECK(f.targets.empty());
}

TEST_CASE("a client that does not take its answer is cut off at the deadline") {
    http::server_limits limits;
    limits.request = milliseconds(50);
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        co_await client->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto holds = [&] { return f.targets.size() == 1 && f.server->connections() == 0; };
        co_await f.until(holds);
    });
}

TEST_CASE("an idle connection ends by itself") {
    http::server_limits limits;
    limits.idle = milliseconds(50);
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        co_await client->send(get + "\r\n");
        const auto everything = co_await client->rest();
        CHECK(has_status(everything, 200));
    });
}

TEST_CASE("one connection too many drives out the one that has been idle longest") {
    http::server_limits limits;
    limits.connections = 2;
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto first = co_await f.connect();
        co_await first->send(get + "\r\n");
        co_await first->answer();
        const auto second = co_await f.connect();
        co_await second->send(get + "\r\n");
        co_await second->answer();
        const auto third = co_await f.connect();
        co_await third->send(get + "\r\n");
        const auto served = co_await third->answer();
        CHECK(has_status(served, 200));
        const auto nothing = co_await first->rest();
        CHECK(nothing.empty());
        co_await second->send(get + "\r\n");
        const auto still = co_await second->answer();
        CHECK(has_status(still, 200));
    });
}

TEST_CASE("while all connections are busy a new one is turned away") {
    http::server_limits limits;
    limits.connections = 1;
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto busy = co_await f.connect();
        co_await busy->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto holds = [&] { return f.targets.size() == 1; };
        co_await f.until(holds);
        const auto turned_away = co_await f.exchange("");
        CHECK(turned_away.empty());
        CHECK(f.server->connections() == 1);
        busy->close();
    });
}

TEST_CASE("a stop ends idle connections at once and takes no new ones") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto idle = co_await f.connect();
        co_await idle->send(get + "\r\n");
        co_await idle->answer();
        const auto port = f.server->port();
        const bool in_time = co_await f.server->stop(seconds(5));
        CHECK(in_time);
        const auto end = co_await idle->rest();
        CHECK(end.empty());
        raw_client late(f.context);
        bool refused = false;
        try {
            co_await late.connect(port);
        } catch (const boost::system::system_error&) {
            refused = true;
        }
        CHECK(refused);
    });
}

TEST_CASE("a stop lets a running answer finish") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        co_await client->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto holds = [&] { return f.targets.size() == 1; };
        co_await f.until(holds);
        std::optional<bool> in_time;
        auto note = [&](const std::exception_ptr&, bool stopped) { in_time = stopped; };
        asio::co_spawn(f.context, f.server->stop(seconds(30)), note);
        const auto answer = co_await client->rest();
        CHECK(answer.size() > (32U << 20));
        const auto stopped = [&] { return in_time.has_value(); };
        co_await f.until(stopped);
        CHECK(in_time == true);
    });
}

TEST_CASE("a stop cuts off an answer that nobody takes") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        co_await client->send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
        const auto holds = [&] { return f.targets.size() == 1; };
        co_await f.until(holds);
        const bool in_time = co_await f.server->stop(milliseconds(50));
        CHECK_FALSE(in_time);
        CHECK(f.server->connections() == 0);
    });
}

TEST_CASE("a port in use is named, with what to do") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto port = f.server->port();
        const auto nothing = [](http::request) -> awaitable<http::response> { co_return http::response{}; };
        const auto second =
            http::server::listen(f.context.get_executor(), *f.time, "127.0.0.1", port, nothing, f.log);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == errc::busy);
        CHECK(
            second.error().message() ==
            fmt::format(
                "listen on 127.0.0.1:{0}: the port is in use; `ss -ltnp 'sport = :{0}'` shows by whom, "
                "`http.listen` sets another",
                port
            )
        );
        co_return;
    });
}

TEST_CASE("an address that is not this machine's, or a name that is none, is a wrong configuration") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto nothing = [](http::request) -> awaitable<http::response> { co_return http::response{}; };
        const std::vector<std::string> addresses{"192.0.2.1", "no such name"};
        for (const auto& address : addresses) {
            const auto listening =
                http::server::listen(f.context.get_executor(), *f.time, address, 0, nothing, f.log);
            REQUIRE_FALSE(listening);
            CHECK(listening.error().code == errc::invalid);
            CHECK(listening.error().subject == address + ":0");
        }
        const auto by_name =
            http::server::listen(f.context.get_executor(), *f.time, "localhost", 0, nothing, f.log);
        REQUIRE(by_name);
        co_await (*by_name)->stop(seconds(1));
    });
}

TEST_CASE("many clients at once are all answered") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        std::vector<std::unique_ptr<raw_client>> clients;
        for (int i = 0; i < 200; ++i) {
            auto client = co_await f.connect();
            co_await client->send(get + "Connection: close\r\n\r\n");
            clients.push_back(std::move(client));
        }
        for (const auto& client : clients) {
            const auto answer = co_await client->rest();
            CHECK(has_status(answer, 200));
            client->close();
        }
        const auto holds = [&] { return f.server->connections() == 0; };
        co_await f.until(holds);
    });
}
