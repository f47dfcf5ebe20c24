#include "base/instant.hpp"
#include "base/time_zone.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using namespace std::chrono;

namespace {

time_zone zone(const std::string& name) {
    const auto found = time_zone::find(name);
    INFO(name);
    REQUIRE(found);
    return *found;
}

local_minutes shown(int y, unsigned m, unsigned d, int h, int min) {
    return local_days(year(y) / month(m) / day(d)) + hours(h) + minutes(min);
}

std::string at(const std::string& name, local_minutes t, shown_twice which = shown_twice::first) {
    return to_iso8601(zone(name).to_wall(t, which));
}

} // namespace

TEST_CASE("a clock on a wall is ahead or behind as its zone says, in summer and in winter") {
    CHECK(at("UTC", shown(2026, 11, 24, 8, 0)) == "2026-11-24T08:00:00Z");
    CHECK(at("Europe/Berlin", shown(2026, 11, 24, 8, 0)) == "2026-11-24T07:00:00Z");
    CHECK(at("Europe/Berlin", shown(2027, 7, 1, 8, 0)) == "2027-07-01T06:00:00Z");
    CHECK(at("America/New_York", shown(2027, 7, 1, 8, 0)) == "2027-07-01T12:00:00Z");
    CHECK(at("Asia/Kathmandu", shown(2027, 7, 1, 8, 0)) == "2027-07-01T02:15:00Z");
    CHECK(at("Australia/Lord_Howe", shown(2036, 7, 1, 8, 0)) == "2036-06-30T21:30:00Z");
}

TEST_CASE("a time that the clocks skip is the moment at which they do") {
    // 2027-03-28 02:00 CET is 03:00 CEST.
    CHECK(at("Europe/Berlin", shown(2027, 3, 28, 1, 59)) == "2027-03-28T00:59:00Z");
    for (const auto minute : {0, 1, 30, 59})
        CHECK(at("Europe/Berlin", shown(2027, 3, 28, 2, minute)) == "2027-03-28T01:00:00Z");
    CHECK(at("Europe/Berlin", shown(2027, 3, 28, 3, 0)) == "2027-03-28T01:00:00Z");
    CHECK(at("America/New_York", shown(2027, 3, 14, 2, 30), shown_twice::last) == "2027-03-14T07:00:00Z");
    CHECK(at("Australia/Lord_Howe", shown(2026, 10, 4, 2, 15)) == "2026-10-03T15:30:00Z"); // half an hour
}

TEST_CASE("an hour that the clocks show twice is the first or the last, as asked") {
    CHECK(at("Europe/Berlin", shown(2026, 10, 25, 2, 30)) == "2026-10-25T00:30:00Z");
    CHECK(at("Europe/Berlin", shown(2026, 10, 25, 2, 30), shown_twice::last) == "2026-10-25T01:30:00Z");
    CHECK(at("Europe/Berlin", shown(2026, 10, 25, 3, 0), shown_twice::first) == "2026-10-25T02:00:00Z");
}

TEST_CASE("what the clocks show goes back to the same instant, to the minute") {
    const auto t = parse_rfc3339("2027-03-28T00:59:59.999Z");
    REQUIRE(t);
    CHECK((zone("Europe/Berlin").to_local(*t) == shown(2027, 3, 28, 1, 59)));
    CHECK((zone("Europe/Berlin").to_local(*t + milliseconds(1)) == shown(2027, 3, 28, 3, 0)));
    CHECK((zone("UTC").to_local(wall_time(-seconds(1))) == shown(1969, 12, 31, 23, 59)));
}

TEST_CASE("a zone that does not exist is refused with the nearest name") {
    const auto none = time_zone::find("Europe/Berln");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == errc::invalid);
    CHECK_THAT(none.error().detail, Catch::Contains("did you mean Europe/Berlin?"));
    CHECK_FALSE(time_zone::find(""));
    CHECK_FALSE(time_zone::find("../../etc/passwd"));
    CHECK_FALSE(time_zone::find("right/Europe/Berlin")); // its seconds are not ours
    CHECK(time_zone::find("US/Eastern"));
}
