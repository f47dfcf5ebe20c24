#include "base/blocking_lane.hpp"
#include "support/async.hpp"

#include <boost/asio/detached.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;

TEST_CASE("a call runs on the lane's thread, and its value comes back on the caller's") {
    boost::asio::io_context context{1};
    blocking_lane lane("disk");
    CHECK(lane.name() == "disk");
    auto body = [&]() -> awaitable<void> {
        const auto home = std::this_thread::get_id();
        auto call = [] { return std::this_thread::get_id(); };
        const auto there = co_await lane.run(call);
        CHECK(there != home);
        CHECK(std::this_thread::get_id() == home);
    };
    run_async(context, body);
}

TEST_CASE("a value may be one that only moves") {
    boost::asio::io_context context{1};
    blocking_lane lane("disk");
    auto body = [&]() -> awaitable<void> {
        auto input = std::make_unique<std::string>("moved there");
        auto call = [input = std::move(input)]() mutable { return std::move(input); };
        const auto output = co_await lane.run(std::move(call));
        CHECK(*output == "moved there");
    };
    run_async(context, body);
}

TEST_CASE("the calls of one lane run one after the other, in the order in which they were asked for") {
    boost::asio::io_context context{1};
    blocking_lane lane("disk");
    std::vector<int> order; // by the lane's thread alone
    int answered = 0;
    auto ask = [&](int n) -> awaitable<void> {
        auto call = [&order, n] {
            order.push_back(n);
            return n;
        };
        const auto answer = co_await lane.run(call);
        CHECK(answer == n);
        CHECK(answered == n);
        ++answered;
    };
    for (int n = 0; n < 50; ++n) boost::asio::co_spawn(context, ask(n), boost::asio::detached);
    context.run();
    CHECK(answered == 50);
    CHECK(order.size() == 50);
    CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("an idle lane is drained at once, and what was asked for is done first") {
    boost::asio::io_context context{1};
    blocking_lane lane("disk");
    auto body = [&]() -> awaitable<void> {
        auto call = [] { return 1; };
        co_await lane.run(call);
    };
    run_async(context, body);
    CHECK(lane.drain(std::chrono::seconds(30)));
}

TEST_CASE("a call that hangs is told when the lane is drained, and does not keep the caller") {
    boost::asio::io_context context{1};
    blocking_lane lane("library");
    std::promise<void> release;
    std::promise<void> inside;
    auto ask = [&]() -> awaitable<void> {
        // Owns what it touches, as whoever asks a lane must.
        auto call = [free = release.get_future().share(), &inside] {
            inside.set_value();
            free.wait();
            return true;
        };
        (void)co_await lane.run(std::move(call));
    };
    boost::asio::co_spawn(context, ask(), boost::asio::detached);
    context.poll();
    inside.get_future().wait();
    CHECK_FALSE(lane.drain(std::chrono::milliseconds(20)));
    release.set_value();
    CHECK(lane.drain(std::chrono::seconds(30)));
    context.run();
}
