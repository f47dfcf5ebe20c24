#include "base/backoff.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <limits>

using namespace sluice;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_CASE("the delay doubles with every failure in a row, up to the cap") {
    constexpr backoff_policy policy{seconds(10), minutes(5)};
    CHECK(delay_after(policy, 0) == milliseconds(0));
    CHECK(delay_after(policy, 1) == seconds(10));
    CHECK(delay_after(policy, 2) == seconds(20));
    CHECK(delay_after(policy, 5) == seconds(160));
    CHECK(delay_after(policy, 6) == minutes(5));
    CHECK(delay_after(policy, std::numeric_limits<std::uint32_t>::max()) == minutes(5));
}

TEST_CASE("jitter spreads the delay both ways, and chance in the middle leaves it alone") {
    constexpr backoff_policy policy{seconds(10), minutes(5), 0.2};
    CHECK(delay_after(policy, 1, 0.0) == seconds(8));
    CHECK(delay_after(policy, 1, 0.5) == seconds(10));
    CHECK(delay_after(policy, 1, 0.75) == seconds(11));
}

TEST_CASE("whatever the chance, a delay stays within its jitter and never shrinks with more failures") {
    constexpr backoff_policy policy{seconds(2), seconds(30), 0.2};
    const bool holds = rc::check([&] {
        const auto failures = *rc::gen::inRange<std::uint32_t>(1, 100);
        const double chance = *rc::gen::inRange(0, 1000) / 1000.0;
        const auto delay = delay_after(policy, failures, chance);
        RC_ASSERT(delay >= milliseconds(1600));
        RC_ASSERT(delay <= seconds(36));
        RC_ASSERT(delay_after(policy, failures + 1, chance) >= delay);
    });
    CHECK(holds);
}
