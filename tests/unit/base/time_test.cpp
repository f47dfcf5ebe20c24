#include "base/time.hpp"
#include "support/async.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <catch2/catch.hpp>

namespace asio = boost::asio;
using namespace sluice;
using namespace sluice::testing;
using asio::awaitable;

namespace {

struct clocks {
    asio::io_context context{1};
    std::unique_ptr<time_source> time = make_system_time(context.get_executor());
};

} // namespace

TEST_CASE("an alarm that was rung before the wait ends it at once, and only that one") {
    clocks c;
    auto body = [&]() -> awaitable<void> {
        const auto a = c.time->make_alarm();
        a->ring();
        a->ring();
        const auto begun = c.time->now().mono;
        co_await a->wait();
        const auto deadline = begun + milliseconds(5);
        co_await a->wait_until(deadline); // both rings were used up: this one lasts
        CHECK(c.time->now().mono >= deadline);
    };
    run_async(c.context, body);
}

TEST_CASE("an alarm that is rung during the wait ends it") {
    clocks c;
    auto body = [&]() -> awaitable<void> {
        const auto a = c.time->make_alarm();
        auto ring = [&] { a->ring(); };
        asio::post(c.context, ring);
        co_await a->wait();
        SUCCEED();
    };
    run_async(c.context, body);
}

TEST_CASE("a wait ends at its deadline, and one that is over already at once") {
    clocks c;
    auto body = [&]() -> awaitable<void> {
        const auto a = c.time->make_alarm();
        const auto begun = c.time->now().mono;
        co_await a->wait_until(begun + milliseconds(3));
        CHECK(c.time->now().mono >= begun + milliseconds(3));
        co_await a->wait_until(begun);
        co_await c.time->sleep(milliseconds(2));
        CHECK(c.time->now().mono >= begun + milliseconds(5));
    };
    run_async(c.context, body);
}

TEST_CASE("a wait that is cancelled says so, and a ring does not hide it") {
    clocks c;
    const auto a = c.time->make_alarm();
    asio::cancellation_signal stop;
    std::exception_ptr failure;
    bool ended = false;
    auto wait = [&]() -> awaitable<void> { co_await a->wait(); };
    auto on_end = [&](const std::exception_ptr& e) {
        failure = e;
        ended = true;
    };
    asio::co_spawn(c.context, wait, asio::bind_cancellation_slot(stop.slot(), on_end));
    auto cancel = [&] { stop.emit(asio::cancellation_type::terminal); };
    asio::post(c.context, cancel);
    c.context.run();
    REQUIRE(ended);
    REQUIRE(failure);
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        CHECK(e.code() == asio::error::operation_aborted);
    }
}

TEST_CASE("an alarm serves again after it was waited for") {
    clocks c;
    auto body = [&]() -> awaitable<void> {
        const auto a = c.time->make_alarm();
        for (int i = 0; i < 3; ++i) {
            auto ring = [&] { a->ring(); };
            asio::post(c.context, ring);
            co_await a->wait();
            co_await a->wait_until(c.time->now().mono + milliseconds(1));
        }
        SUCCEED();
    };
    run_async(c.context, body);
}

TEST_CASE("a moment moves by both clocks, and is written in UTC") {
    const moment epoch{};
    const auto later = epoch + std::chrono::hours(25);
    CHECK(later.mono - epoch.mono == std::chrono::hours(25));
    CHECK(to_iso8601(epoch.wall) == "1970-01-01T00:00:00Z");
    CHECK(to_iso8601(later.wall) == "1970-01-02T01:00:00Z");
    CHECK(to_iso8601(wall_time(seconds(1'795'458'470)) + milliseconds(999)) == "2026-11-23T18:27:50Z");
}
