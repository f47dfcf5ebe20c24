// base/scope.hpp, tested here because virtual time comes with this room.
#include "base/scope.hpp"
#include "support/sim/sim_time.hpp"

#include <boost/asio/this_coro.hpp>

#include <catch2/catch.hpp>

#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;
using std::chrono::minutes;

namespace {

struct nursery {
    boost::asio::io_context context{1};
    sim_time time{context};
    std::vector<std::string> failures;
    scope children{context.get_executor(), time, [this](const std::string& child, const std::string& what) {
                       failures.push_back(child + ": " + what);
                   }};
    std::vector<std::string> ended;

    void spawn(const std::string& name, seconds takes) {
        auto work = [](nursery& n, std::string who, seconds how_long) -> awaitable<void> {
            co_await n.time.sleep(how_long);
            n.ended.push_back(who);
        };
        children.spawn(name, work(*this, name, takes));
    }

    bool join(milliseconds limit) {
        bool all = false;
        auto body = [&]() -> awaitable<void> { all = co_await children.join(limit); };
        run_in(time, context, std::move(body));
        return all;
    }
};

} // namespace

TEST_CASE("a join waits for every child, and no longer") {
    nursery n;
    n.spawn("a", seconds(3));
    n.spawn("b", seconds(1));
    const auto begun = n.time.now().mono;
    CHECK(n.join(minutes(1)));
    CHECK(n.ended == std::vector<std::string>{"b", "a"});
    CHECK(n.children.running().empty());
    CHECK(n.time.now().mono - begun == seconds(3));
}

TEST_CASE("a join without children is over at once") {
    nursery n;
    const auto begun = n.time.now().mono;
    CHECK(n.join(minutes(1)));
    CHECK(n.time.now().mono == begun);
}

TEST_CASE("a child that is late is named, and may still end later") {
    nursery n;
    n.spawn("quick", seconds(1));
    n.spawn("slow", seconds(20));
    CHECK_FALSE(n.join(seconds(5)));
    CHECK(n.children.running() == std::vector<std::string>{"slow"});
    CHECK(n.join(minutes(1)));
    CHECK(n.ended == std::vector<std::string>{"quick", "slow"});
}

TEST_CASE("a child that fails is reported by its name, and its siblings go on") {
    nursery n;
    auto fails = [](nursery& m) -> awaitable<void> {
        co_await m.time.sleep(seconds(1));
        throw std::runtime_error("it broke");
    };
    n.children.spawn("broken", fails(n));
    n.spawn("whole", seconds(2));
    CHECK(n.join(minutes(1)));
    CHECK(n.failures == std::vector<std::string>{"broken: it broke"});
    CHECK(n.ended == std::vector<std::string>{"whole"});
}

TEST_CASE("a child that ends when it is asked to is no failure") {
    nursery n;
    n.spawn("a", seconds(100));
    n.spawn("b", seconds(200));
    n.time.run_for(seconds(1));
    n.children.cancel();
    const auto begun = n.time.now().mono;
    CHECK(n.join(minutes(1)));
    CHECK(n.time.now().mono == begun);
    CHECK(n.ended.empty());
    CHECK(n.failures.empty());
}

TEST_CASE("a child that does not hear is late, and named") {
    nursery n;
    auto deaf = [](nursery& m) -> awaitable<void> {
        for (int i = 0; i < 10; ++i) {
            try {
                co_await m.time.sleep(seconds(1));
            } catch (const std::exception&) {
            }
            co_await boost::asio::this_coro::reset_cancellation_state();
        }
    };
    n.children.spawn("deaf", deaf(n));
    n.time.run_for(milliseconds(100));
    n.children.cancel();
    CHECK_FALSE(n.join(seconds(2)));
    CHECK(n.children.running() == std::vector<std::string>{"deaf"});
    CHECK(n.join(minutes(1)));
}

TEST_CASE("a child may have children of its own while one is waited for") {
    nursery n;
    auto parent = [](nursery& m) -> awaitable<void> {
        co_await m.time.sleep(seconds(1));
        m.spawn("grandchild", seconds(5));
    };
    n.children.spawn("parent", parent(n));
    CHECK(n.join(minutes(1)));
    CHECK(n.ended == std::vector<std::string>{"grandchild"});
}
