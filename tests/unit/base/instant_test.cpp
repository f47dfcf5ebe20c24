#include "base/instant.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

const wall_time day = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

} // namespace

TEST_CASE("an instant is written in UTC to the millisecond") {
    CHECK(to_rfc3339(day + 18h + 27min + 50s + 123ms) == "2026-11-23T18:27:50.123Z");
    CHECK(to_rfc3339(wall_time{}) == "1970-01-01T00:00:00.000Z");
    CHECK(to_rfc3339(wall_time(-1ms)) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("an instant is read with or without a fraction, in UTC or with an offset") {
    CHECK(parse_rfc3339("2026-11-23T18:27:50Z") == day + 18h + 27min + 50s);
    CHECK(parse_rfc3339("2026-11-23t18:27:50.5z") == day + 18h + 27min + 50s + 500ms);
    CHECK(parse_rfc3339("2026-11-23 18:27:50.123456789Z") == day + 18h + 27min + 50s + 123456789ns);
    CHECK(parse_rfc3339("2026-11-23T18:27:50+01:30") == day + 16h + 57min + 50s);
    CHECK(parse_rfc3339("2026-11-23T18:27:50-01:00") == day + 19h + 27min + 50s);
}

TEST_CASE("what is no instant is refused, and the message shows how to write one") {
    const auto text = GENERATE(
        as<std::string>{},
        "",
        "yesterday",
        "2026-11-23",
        "2026-11-23T18:27:50",
        "2026-11-23T18:27Z",
        "2026-02-30T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T18:27:50.Z",
        "2026-11-23T18:27:50.1234567890Z",
        "2026-11-23T18:27:50Zx",
        "2026-11-23T18:27:50+1:00",
        "-026-11-23T18:27:50Z",
        "9999-11-23T18:27:50Z"
    );
    CAPTURE(text);
    const auto read = parse_rfc3339(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::invalid);
    CHECK_THAT(read.error().message(), Catch::Contains("2026-11-23T18:27:50Z"));
}

TEST_CASE("a duration means so long before now, however long it is") {
    CHECK(parse_instant("2h", day) == day - 2h);
    CHECK(parse_instant("1h30m", day) == day - 90min);
    CHECK(parse_instant("2026-11-23T00:00:00Z", wall_time{}) == day);
    CHECK(parse_instant("100000d", day).value() < wall_time{});
    CHECK_FALSE(parse_instant("2", day));
    CHECK_THAT(parse_instant("soon", day).error().message(), Catch::Contains("2h"));
}

TEST_CASE("whatever is written is read back as the same millisecond") {
    const bool holds = rc::check([] {
        const wall_time t(milliseconds(*rc::gen::inRange<std::int64_t>(-9'000'000'000'000, 9'000'000'000'000))
        );
        RC_ASSERT(parse_rfc3339(to_rfc3339(t)).value() == t);
    });
    CHECK(holds);
}
