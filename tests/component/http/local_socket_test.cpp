#include "http/health.hpp"
#include "http/local_client.hpp"
#include "http/local_socket.hpp"
#include "support/async.hpp"
#include "support/sample_view.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

using namespace sluice;
namespace asio = boost::asio;
namespace json = boost::json;
using asio::awaitable;
using asio::use_awaitable;
using asio::local::stream_protocol;

namespace {

constexpr auto soon = seconds(20); // never reached by a test that passes

class fake_daemon final : public control::daemon_commands {
public:
    explicit fake_daemon(time_source& time) : may_hold_(time.make_alarm()) {}

    [[nodiscard]] std::shared_ptr<const control::status_view> view() const override { return sample.view(); }
    [[nodiscard]] const control::telemetry& numbers() const override { return sample.numbers(); }
    [[nodiscard]] moment now() const override { return sample.now(); }
    [[nodiscard]] bool stopping() const override { return sample.stopping(); }

    awaitable<control::reload_outcome> reload(bool deletion) override {
        if (reload_throws) throw std::runtime_error("the disk is on fire");
        deletion_was_accepted = deletion;
        co_return outcome;
    }

    awaitable<control::hold_id> take_hold(control::hold_request request) override {
        waiting = true;
        if (writes_in_flight) co_await may_hold_->wait();
        holds[++granted] = std::move(request);
        co_return granted;
    }

    awaitable<result<control::history_page>> history(control::history_query wanted) const override {
        co_return co_await sample.history(std::move(wanted));
    }

    void release(control::hold_id id) override { REQUIRE(holds.erase(id) == 1); }

    awaitable<result<control::operation_outcome>> operate(control::operation_request request) override {
        operations.push_back(std::move(request));
        if (refusal) co_return std::unexpected(*refusal);
        co_return control::operation_outcome{{"shop is paused"}, {"one of it is not"}, {"shop-source"}};
    }

    void finish_writes() { may_hold_->ring(); }

    testing::sample_reader sample;
    control::reload_outcome outcome{true, {}};
    bool reload_throws = false;
    bool deletion_was_accepted = false;
    bool writes_in_flight = false;
    bool waiting = false;
    std::map<control::hold_id, control::hold_request> holds;
    control::hold_id granted = 0; // so many
    std::vector<control::operation_request> operations;
    std::optional<error> refusal; // of every operation

private:
    std::unique_ptr<sluice::alarm> may_hold_;
};

/// A daemon that listens in a folder of its own, and ways to reach it.
class fixture {
public:
    explicit fixture(http::local_limits limits = {}) {
        auto listening = listen(limits);
        if (!listening) throw std::runtime_error(listening.error().message());
        socket = std::move(*listening);
    }

    result<std::unique_ptr<http::local_socket>> listen(http::local_limits limits = {}) {
        return http::local_socket::listen(
            context.get_executor(), *time, path, daemon, {"0.1.0", "abc", "", ""}, log, limits
        );
    }

    /// Runs the body, then stops the socket, whatever became of the body.
    template <class Body>
    void run(Body body) {
        auto whole = [&]() -> awaitable<void> {
            std::exception_ptr failure;
            try {
                co_await body();
            } catch (...) {
                failure = std::current_exception();
            }
            co_await socket->stop(soon);
            if (failure) std::rethrow_exception(failure);
        };
        testing::run_async(context, whole);
    }

    awaitable<std::unique_ptr<http::local_client>> connect() {
        auto client = co_await http::local_client::connect(path, soon);
        if (!client) throw std::runtime_error(client.error().message());
        co_return std::move(*client);
    }

    /// Sends bytes as they are and reads until the daemon ends the connection or has sent a line.
    awaitable<std::string> exchange(std::string bytes) {
        stream_protocol::socket peer(context);
        const stream_protocol::endpoint at(path);
        co_await peer.async_connect(at, use_awaitable);
        const auto as_result = asio::as_tuple(use_awaitable);
        co_await asio::async_write(peer, asio::buffer(bytes), as_result);
        std::string line;
        co_await asio::async_read_until(peer, asio::dynamic_buffer(line), '\n', as_result);
        co_return line;
    }

    template <class Predicate>
    awaitable<void> until(Predicate holds) {
        asio::steady_timer tick(context);
        while (!holds()) {
            tick.expires_after(milliseconds(1));
            co_await tick.async_wait(use_awaitable);
        }
    }

    testing::temporary_folder temporary;
    std::string path = temporary.file("demo.sock");
    asio::io_context context{1};
    std::unique_ptr<time_source> time = make_system_time(context.get_executor());
    fake_daemon daemon{*time};
    std::vector<std::string> said;
    logger log{[this](log_level, std::string_view line) { said.emplace_back(line); }};
    std::unique_ptr<http::local_socket> socket;
};

std::string error_code_of(const std::string& line) {
    const auto answer = json::parse(line);
    REQUIRE(answer.at("ok") == false);
    return json::value_to<std::string>(answer.at("error").at("code"));
}

} // namespace

TEST_CASE("the socket is its owner's alone") {
    const fixture f;
    struct stat found{};
    REQUIRE(::stat(f.path.c_str(), &found) == 0);
    CHECK(S_ISSOCK(found.st_mode));
    CHECK((found.st_mode & 0777) == 0600);
}

TEST_CASE("a client learns who answers, and the status as the API shows it") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        const auto who = co_await client->version(soon);
        REQUIRE(who);
        CHECK(who->version == "0.1.0");
        CHECK(who->instance == "demo");
        CHECK(who->file == "config/pipeline.yaml");
        CHECK(who->pid == ::getpid());
        const auto status = co_await client->status(soon);
        REQUIRE(status);
        CHECK(status->at("version") == 1);
        CHECK(status->at("pipelines").as_array().size() == 2);
    });
}

TEST_CASE("health is told over the socket as /livez tells it") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        const auto checks = http::liveness(*f.daemon.view(), f.daemon.now().mono);
        const auto health = co_await client->health(soon);
        REQUIRE(health);
        CHECK(health->live == http::all_ok(checks));
        CHECK(health->text == http::render(checks, false));
    });
}

TEST_CASE("history is asked for over the socket as over HTTP, and a wrong question is refused") {
    fixture f;
    control::history_event event;
    event.pipeline = "shop";
    event.why = "because";
    f.daemon.sample.past = control::history_page{{event}, true};
    auto body = [&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        control::history_query wanted;
        wanted.pipeline = "shop";
        wanted.since = testing::sample_time().wall;
        wanted.limit = 100'000;
        const auto page = co_await client->history(wanted, soon);
        REQUIRE(page);
        CHECK(page->more);
        CHECK(page->events == std::vector{event});
        CHECK(f.daemon.sample.asked.pipeline == "shop");
        CHECK(f.daemon.sample.asked.since == wanted.since);
        CHECK(f.daemon.sample.asked.limit == 1000); // an answer is bounded
        const auto refused = co_await f.exchange("{\"op\":\"history\",\"since\":\"soon\"}\n");
        CHECK(refused.find("2026-11-23T18:27:50Z") != std::string::npos);
        f.daemon.sample.past = fail(errc::busy, "read", "demo", "others are reading it");
        const auto busy = co_await client->history(wanted, soon);
        REQUIRE_FALSE(busy);
        CHECK(busy.error().code == errc::busy);
    };
    f.run(body);
}

TEST_CASE("a reload tells whether the file was accepted, and its problems") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        const auto accepted = co_await client->reload(soon);
        REQUIRE(accepted);
        CHECK(accepted->accepted);
        CHECK_FALSE(f.daemon.deletion_was_accepted);
        const auto deleting = co_await client->reload(soon, true);
        REQUIRE(deleting);
        CHECK(f.daemon.deletion_was_accepted);
        f.daemon.outcome.accepted = false;
        f.daemon.outcome.problems = {"pipeline.yaml:3:1: error: unknown key `kafak`"};
        const auto refused = co_await client->reload(soon);
        REQUIRE(refused);
        CHECK_FALSE(refused->accepted);
        CHECK(refused->problems == f.daemon.outcome.problems);
    });
}

TEST_CASE("a command that throws in the daemon is refused, logged, and the next one works") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        f.daemon.reload_throws = true;
        const auto failed = co_await client->reload(soon);
        REQUIRE_FALSE(failed);
        CHECK(failed.error().code == errc::server_error);
        CHECK(failed.error().message().find("on fire") == std::string::npos);
        f.daemon.reload_throws = false;
        const auto next = co_await client->reload(soon);
        CHECK(next.has_value());
    });
    REQUIRE(f.said.size() == 1);
    CHECK(f.said[0] == "a command could not be carried out op=reload why=\"the disk is on fire\"");
}

TEST_CASE("a hold is taken with its connectors and reason, and lasts until it is released") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        control::hold_request request{{"shop-source", "shop-warehouse"}, "apply by root"};
        const auto id = co_await client->hold(request, soon);
        REQUIRE(id);
        REQUIRE(f.daemon.holds.contains(*id));
        CHECK(f.daemon.holds.at(*id).connectors == request.connectors);
        CHECK(f.daemon.holds.at(*id).reason == "apply by root");
        const auto status = co_await client->status(soon);
        CHECK(status.has_value());
        CHECK(f.daemon.holds.size() == 1);
        const auto released = co_await client->release(soon);
        CHECK(released.has_value());
        CHECK(f.daemon.holds.empty());
    });
}

TEST_CASE("a hold ends with its connection: a command that dies leaves none behind") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        auto first = co_await f.connect();
        auto second = co_await f.connect();
        control::hold_request everything;
        const auto one = co_await first->hold(everything, soon);
        const auto two = co_await second->hold(everything, soon);
        REQUIRE(one);
        REQUIRE(two);
        CHECK(f.daemon.holds.size() == 2);
        first.reset();
        const auto one_is_gone = [&] { return f.daemon.holds.size() == 1; };
        co_await f.until(one_is_gone);
        CHECK(f.daemon.holds.contains(*two));
        second.reset();
        const auto all_are_gone = [&] { return f.daemon.holds.empty(); };
        co_await f.until(all_are_gone);
    });
}

TEST_CASE("several holds of one connection end together") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        auto client = co_await f.connect();
        control::hold_request request{{"shop-source"}, "apply"};
        co_await client->hold(request, soon);
        co_await client->hold(request, soon);
        CHECK(f.daemon.holds.size() == 2);
        co_await client->release(soon);
        CHECK(f.daemon.holds.empty());
    });
}

TEST_CASE("a hold that is granted after its command gave up is released at once") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        f.daemon.writes_in_flight = true;
        auto client = co_await f.connect();
        control::hold_request request{{"shop-source"}, "apply"};
        const auto late = co_await client->hold(request, milliseconds(20));
        REQUIRE_FALSE(late);
        CHECK(late.error().code == errc::timeout);
        client.reset();
        CHECK(f.daemon.waiting);
        CHECK(f.daemon.holds.empty());
        f.daemon.finish_writes();
        const auto granted_and_gone = [&] { return f.daemon.granted == 1 && f.daemon.holds.empty(); };
        co_await f.until(granted_and_gone);
    });
}

TEST_CASE("a stop ends every hold and removes the file") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        control::hold_request everything;
        co_await client->hold(everything, soon);
        const bool in_time = co_await f.socket->stop(soon);
        CHECK(in_time);
        CHECK(f.daemon.holds.empty());
        CHECK_FALSE(std::filesystem::exists(f.path));
        const auto answer = co_await client->version(soon);
        REQUIRE_FALSE(answer);
        CHECK(answer.error().code == errc::unreachable);
    });
    CHECK(f.said.empty());
}

TEST_CASE("lines that are no request are refused with the reason, and the daemon goes on") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const std::vector<std::pair<std::string, std::string>> cases{
            {"hello\n", "invalid"},
            {"\n", "invalid"},
            {"[]\n", "invalid"},
            {"{\"op\":\"hold\",\"connectors\":\"shop\"}\n", "invalid"},
            {"{\"op\":\"hold\",\"connectors\":[1]}\n", "invalid"},
            {std::string("\0\xff\xfe\n", 4), "invalid"},
            {"{}\n", "unsupported"},
            {"{\"op\":7}\n", "unsupported"},
            {"{\"op\":\"dance\"}\n", "unsupported"},
            {std::string(70000, 'x'), "too_large"},
            {std::string(40000, '[') + "\n", "invalid"},
        };
        for (const auto& [line, code] : cases) {
            const auto answer = co_await f.exchange(line);
            CHECK(error_code_of(answer) == code);
        }
        const auto next = co_await f.exchange("{\"op\":\"version\"}\n");
        CHECK(json::parse(next).at("ok") == true);
    });
    CHECK(f.daemon.holds.empty());
}

TEST_CASE("a line cut short by the end of the connection does nothing") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        {
            stream_protocol::socket peer(f.context);
            const stream_protocol::endpoint at(f.path);
            co_await peer.async_connect(at, use_awaitable);
            const std::string half = "{\"op\":\"hold\"}";
            co_await asio::async_write(peer, asio::buffer(half), use_awaitable);
        }
        const auto next = co_await f.exchange("{\"op\":\"version\"}\n");
        CHECK(json::parse(next).at("ok") == true);
        CHECK(f.daemon.holds.empty());
    });
}

TEST_CASE("one command too many is told to try again") {
    http::local_limits limits;
    limits.connections = 1;
    fixture f(limits);
    f.run([&]() -> awaitable<void> {
        const auto first = co_await f.connect();
        const auto served = co_await first->version(soon);
        CHECK(served.has_value());
        const auto second = co_await f.connect();
        const auto refused = co_await second->version(soon);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == errc::busy);
    });
}

TEST_CASE("a second daemon of the same name is refused while the first one lives") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto second = f.listen();
        REQUIRE_FALSE(second);
        CHECK(second.error().code == errc::busy);
        CHECK(second.error().subject == f.path);
        const auto client = co_await f.connect();
        const auto who = co_await client->version(soon);
        CHECK(who.has_value());
    });
}

TEST_CASE("a socket that a dead daemon left behind is replaced") {
    const testing::temporary_folder temporary;
    const auto path = temporary.file("demo.sock");
    {
        asio::io_context context;
        const stream_protocol::acceptor dead(
            context, stream_protocol::endpoint(path)
        ); // closing leaves the file
    }
    REQUIRE(std::filesystem::exists(path));
    fixture f;
    f.run([&]() -> awaitable<void> {
        f.path = path;
        auto listening = f.listen();
        REQUIRE(listening);
        const auto client = co_await f.connect();
        const auto who = co_await client->version(soon);
        CHECK(who.has_value());
        co_await (*listening)->stop(soon);
    });
}

TEST_CASE("a file that is no socket is left alone") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        f.path = f.temporary.file("precious");
        std::ofstream(f.path) << "data";
        const auto listening = f.listen();
        REQUIRE_FALSE(listening);
        CHECK(listening.error().code == errc::io);
        CHECK(std::filesystem::file_size(f.path) == 4);
        co_return;
    });
}

TEST_CASE("a path too long for a socket is refused with the remedy") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        f.path = f.temporary.file(std::string(120, 'x'));
        const auto listening = f.listen();
        REQUIRE_FALSE(listening);
        CHECK(listening.error().code == errc::invalid);
        CHECK(listening.error().message().find("state_dir") != std::string::npos);
        const auto client = co_await http::local_client::connect(f.path, soon);
        REQUIRE_FALSE(client);
        CHECK(client.error().code == errc::invalid);
    });
}

TEST_CASE("where no daemon listens a client is told so, and how to start one") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto path = f.temporary.file("nobody.sock");
        const auto client = co_await http::local_client::connect(path, soon);
        REQUIRE_FALSE(client);
        CHECK(client.error().code == errc::unreachable);
        CHECK(
            client.error().message() ==
            "reach the daemon at " + path + ": no daemon listens there; `sluice run` starts one"
        );
    });
}

TEST_CASE("a daemon that accepts and never answers is a timeout, and a reload's outcome is then unknown") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto path = f.temporary.file("hung.sock");
        const stream_protocol::acceptor hung(f.context, stream_protocol::endpoint(path));
        const auto asking = co_await http::local_client::connect(path, soon);
        REQUIRE(asking);
        const auto who = co_await (*asking)->version(milliseconds(20));
        REQUIRE_FALSE(who);
        CHECK(who.error().code == errc::timeout);
        const auto reloading = co_await http::local_client::connect(path, soon);
        REQUIRE(reloading);
        const auto outcome = co_await (*reloading)->reload(milliseconds(20));
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == errc::outcome_unknown);
    });
}

TEST_CASE("a daemon that refuses before it is asked is heard") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto path = f.temporary.file("full.sock");
        stream_protocol::acceptor full(f.context, stream_protocol::endpoint(path));
        const auto client = co_await http::local_client::connect(path, soon);
        REQUIRE(client);
        {
            auto peer = co_await full.async_accept(use_awaitable);
            const std::string refusal = R"({"ok":false,"error":{"code":"busy","message":"try again"}})"
                                        "\n";
            co_await asio::async_write(peer, asio::buffer(refusal), use_awaitable);
        }
        const auto who = co_await (*client)->version(soon);
        REQUIRE_FALSE(who);
        CHECK(who.error().code == errc::busy);
        CHECK(who.error().detail == "try again");
    });
}

TEST_CASE("something that is no Sluice daemon is told apart from a refusal") {
    const auto line = GENERATE(
        as<std::string>{}, "HTTP/1.1 400 Bad Request\r\n", "{}\n", "{\"ok\":false}\n", "{\"ok\":true}\n"
    );
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto path = f.temporary.file("stranger.sock");
        stream_protocol::acceptor stranger(f.context, stream_protocol::endpoint(path));
        const auto client = co_await http::local_client::connect(path, soon);
        REQUIRE(client);
        auto peer = co_await stranger.async_accept(use_awaitable);
        co_await asio::async_write(peer, asio::buffer(line), use_awaitable);
        const auto who = co_await (*client)->version(soon);
        REQUIRE_FALSE(who);
        CHECK(who.error().code == errc::bad_answer);
    });
}

TEST_CASE("an operation comes to the daemon as it was asked, and what it says comes back") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        control::operation_request request;
        request.what = control::operation::pause;
        request.name = "shop";
        request.lasts = std::chrono::minutes(30);
        request.reason = "an upgrade";
        request.who = "root";
        const auto outcome = co_await client->operate(request, soon);
        REQUIRE(outcome);
        CHECK(outcome->said == std::vector<std::string>{"shop is paused"});
        CHECK(outcome->problems == std::vector<std::string>{"one of it is not"});
        CHECK(outcome->connectors == std::vector<std::string>{"shop-source"});
        REQUIRE(f.daemon.operations.size() == 1);
        const auto& came = f.daemon.operations.front();
        CHECK(came.what == control::operation::pause);
        CHECK(came.name == "shop");
        CHECK(came.lasts == std::chrono::minutes(30));
        CHECK(came.reason == "an upgrade");
        CHECK(came.who == "root");
        CHECK_FALSE(came.all);
    });
}

TEST_CASE("a restart of all, and a resume, need no duration") {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        control::operation_request request;
        request.what = control::operation::restart;
        request.name = "shop-source";
        request.all = true;
        const auto outcome = co_await client->operate(request, soon);
        CHECK(outcome);
        CHECK(f.daemon.operations.front().all);
        CHECK_FALSE(f.daemon.operations.front().lasts);
    });
}

TEST_CASE("what the daemon refuses of an operation comes back with its code") {
    fixture f;
    f.daemon.refusal = error{errc::not_found, "find", "shpo", "did you mean shop?"};
    f.run([&]() -> awaitable<void> {
        const auto client = co_await f.connect();
        control::operation_request request;
        request.name = "shpo";
        const auto outcome = co_await client->operate(request, soon);
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == errc::not_found);
        CHECK_THAT(outcome.error().message(), Catch::Contains("did you mean shop?"));
    });
}

TEST_CASE(
    "an operation with a duration that is none, or with a text of several lines, never comes to the daemon"
) {
    fixture f;
    f.run([&]() -> awaitable<void> {
        const std::vector<std::string> bad{
            R"({"op":"pause","name":"shop","for":"30"})",
            R"({"op":"pause","name":"shop","for":"0s"})",
            R"({"op":"stop","name":"shop","for":"9999d"})",
            R"({"op":"pause","name":"shop","reason":"a\nb"})",
            R"({"op":"resume","name":"shop","who":")" + std::string(301, 'x') + "\"}",
        };
        for (const auto& line : bad) {
            INFO(line);
            const auto reply = co_await f.exchange(line + '\n');
            CHECK(error_code_of(reply) == "invalid");
        }
        CHECK(f.daemon.operations.empty());
    });
}
