// While a freeze lasts nothing is changed; what only mends goes on.
#include "base/instant.hpp"
#include "decide/freeze.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <tuple>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::obstacle;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

model::freeze_window nightly(minutes from, minutes to, std::set<unsigned> days, const std::string& zone) {
    model::daily_freeze when;
    when.from = from;
    when.to = to;
    if (!days.empty()) when.days = std::move(days);
    return {zone, when, {}};
}

local_minutes shown(int y, unsigned m, unsigned d, int h) {
    const std::chrono::year_month_day date{std::chrono::year(y), std::chrono::month(m), std::chrono::day(d)};
    return std::chrono::local_days(date) + hours(h);
}

std::string until(const std::vector<model::freeze_window>& windows, const std::string& now) {
    const auto end = decide::frozen_until(windows, parse_rfc3339(now).value());
    if (!end) return "none";
    return *end == wall_time::max() ? "for ever" : to_iso8601(*end);
}

/// A situation in which a freeze is on until 06:00.
situation frozen() {
    situation s;
    const auto hour = std::chrono::floor<hours>(s.now.wall);
    s.now.wall = std::chrono::floor<std::chrono::days>(hour) + hours(2);
    s.desired.freeze = {nightly(hours(22), hours(6), {}, "UTC")};
    return s;
}

} // namespace

TEST_CASE("a freeze of every day lasts from its first minute to the last before its end") {
    const std::vector<model::freeze_window> office{nightly(hours(9), hours(17) + minutes(30), {}, "UTC")};
    const std::vector<std::pair<std::string, std::string>> rows{
        {"2026-11-24T08:59:59.999Z", "none"},
        {"2026-11-24T09:00:00Z", "2026-11-24T17:30:00Z"},
        {"2026-11-24T17:29:59.999Z", "2026-11-24T17:30:00Z"},
        {"2026-11-24T17:30:00Z", "none"},
    };
    for (const auto& [now, end] : rows) {
        INFO(now);
        CHECK(until(office, now) == end);
    }
}

TEST_CASE("a freeze over midnight belongs to the day on which it begins") {
    // 2026-11-27 is a Friday.
    const std::vector<model::freeze_window> friday_night{nightly(hours(22), hours(6), {5}, "UTC")};
    CHECK(until(friday_night, "2026-11-27T05:00:00Z") == "none"); // Thursday's night
    CHECK(until(friday_night, "2026-11-27T21:59:00Z") == "none");
    CHECK(until(friday_night, "2026-11-27T22:00:00Z") == "2026-11-28T06:00:00Z");
    CHECK(until(friday_night, "2026-11-28T05:59:00Z") == "2026-11-28T06:00:00Z");
    CHECK(until(friday_night, "2026-11-28T22:30:00Z") == "none");
}

TEST_CASE("windows that follow on one another are one freeze") {
    const std::vector<model::freeze_window> weekend{
        nightly(hours(18), hours(24), {5}, "UTC"), nightly(hours(0), hours(24), {6, 7}, "UTC")
    };
    CHECK(until(weekend, "2026-11-27T19:00:00Z") == "2026-11-30T00:00:00Z");
    CHECK(until(weekend, "2026-11-29T23:59:00Z") == "2026-11-30T00:00:00Z");
    CHECK(until(weekend, "2026-11-30T00:00:00Z") == "none");
    CHECK(until({nightly(hours(0), hours(0), {}, "UTC")}, "2026-11-30T00:00:00Z") == "for ever");
}

TEST_CASE("a freeze with dates comes once, by the clocks of its zone") {
    const std::vector<model::freeze_window> holidays{
        {"Europe/Berlin", {}, model::single_freeze{shown(2026, 12, 20, 18), shown(2027, 1, 4, 7)}}
    };
    CHECK(until(holidays, "2026-12-20T16:59:59Z") == "none");
    CHECK(until(holidays, "2026-12-20T17:00:00Z") == "2027-01-04T06:00:00Z");
    CHECK(until(holidays, "2027-01-04T05:59:59Z") == "2027-01-04T06:00:00Z");
    CHECK(until(holidays, "2027-12-25T12:00:00Z") == "none");
}

TEST_CASE("where the clocks are put forward a freeze begins and ends at the moment when they are") {
    // Berlin, 2027-03-28: 02:00 is 03:00, which is 01:00 UTC.
    CHECK(
        until({nightly(hours(2) + minutes(30), hours(5), {}, "Europe/Berlin")}, "2027-03-28T01:00:00Z") ==
        "2027-03-28T03:00:00Z"
    );
    CHECK(
        until({nightly(hours(2) + minutes(30), hours(5), {}, "Europe/Berlin")}, "2027-03-28T00:59:59Z") ==
        "none"
    );
    CHECK(
        until({nightly(hours(1), hours(2) + minutes(30), {}, "Europe/Berlin")}, "2027-03-28T00:30:00Z") ==
        "2027-03-28T01:00:00Z"
    );
    // A window that is skipped as a whole is none.
    const auto skipped = nightly(hours(2), hours(2) + minutes(30), {}, "Europe/Berlin");
    CHECK(until({skipped}, "2027-03-28T01:00:00Z") == "none");
    CHECK(until({skipped}, "2027-03-29T00:00:00Z") == "2027-03-29T00:30:00Z");
}

TEST_CASE("where the clocks are put back a freeze is the longer one") {
    // Berlin, 2026-10-25: 02:00 to 03:00 is there twice, at 00:00 and at 01:00 UTC.
    const std::vector<model::freeze_window> begins{nightly(hours(2), hours(4), {}, "Europe/Berlin")};
    CHECK(until(begins, "2026-10-25T00:00:00Z") == "2026-10-25T03:00:00Z");
    const std::vector<model::freeze_window> ends{
        nightly(hours(1), hours(2) + minutes(30), {}, "Europe/Berlin")
    };
    CHECK(until(ends, "2026-10-25T00:45:00Z") == "2026-10-25T01:30:00Z");
    CHECK(until(ends, "2026-10-25T01:29:59Z") == "2026-10-25T01:30:00Z");
    CHECK(until(ends, "2026-10-25T01:30:00Z") == "none");
}

TEST_CASE("the day of a freeze is the zone's day, not Greenwich's") {
    // Saturday in Auckland begins on Friday at 11:00 UTC in summer.
    const std::vector<model::freeze_window> saturday{nightly(hours(0), hours(24), {6}, "Pacific/Auckland")};
    CHECK(until(saturday, "2026-11-27T10:59:00Z") == "none");
    CHECK(until(saturday, "2026-11-27T11:00:00Z") == "2026-11-28T11:00:00Z");
    // Honolulu lies on the other side.
    const std::vector<model::freeze_window> sunday{nightly(hours(0), hours(24), {7}, "Pacific/Honolulu")};
    CHECK(until(sunday, "2026-11-30T09:59:00Z") == "2026-11-30T10:00:00Z");
}

TEST_CASE("for any minute of a year of a zone with summer time, the end of a freeze is outside of it") {
    const std::vector<model::freeze_window> windows{
        nightly(hours(22), hours(6), {1, 3, 5}, "America/New_York"),
        nightly(hours(1) + minutes(30), hours(2) + minutes(15), {}, "Europe/Berlin"),
        nightly(hours(12), hours(13), {7}, "Australia/Lord_Howe"),
    };
    const auto begin = parse_rfc3339("2026-01-01T00:00:00Z").value();
    for (auto t = begin; t < begin + hours(24 * 366); t += minutes(7)) {
        const auto end = decide::frozen_until(windows, t);
        if (!end) continue;
        REQUIRE(*end > t);
        REQUIRE_FALSE(decide::frozen_until(windows, *end));
        REQUIRE(decide::frozen_until(windows, *end - milliseconds(1)) == end);
    }
}

TEST_CASE("during a freeze every change is held back but the restart of what failed") {
    auto s = frozen();
    s.wanted("shop-source").config["max.batch.size"] = "512";
    s.observed.connectors.value->erase("shop-warehouse");
    s.observed.topics.value->clear();
    const auto changes = s.changes();
    REQUIRE(changes.size() == 3);
    for (const auto& c : changes) {
        INFO(c.subject);
        const bool waits_for_a_topic = c.held == obstacle::order;
        CHECK((waits_for_a_topic || c.held == obstacle::freeze));
        if (c.held == obstacle::freeze)
            CHECK_THAT(
                c.blocked, Contains("frozen until") && Contains("06:00:00Z") && Contains("--during-freeze")
            );
    }
    CHECK(s.decide().frozen_until);

    s.realise();
    s.fail_task("shop-warehouse");
    const auto mending = s.changes();
    const auto restart = std::ranges::find(mending, change_kind::restart_failed, &model::change::kind);
    REQUIRE(restart != mending.end());
    CHECK(restart->may_run());
}

TEST_CASE("a frozen change is told as such, is no fault of the pipeline, and goes when the freeze ends") {
    auto s = frozen();
    s.wanted("shop-source").config["max.batch.size"] = "512";
    const auto during = s.decide();
    CHECK(during.verdicts.at(0).status == model::link_status::ok);
    CHECK_FALSE(during.verdicts.at(0).in_sync);
    REQUIRE(during.verdicts.at(0).findings.size() == 1);
    CHECK(during.verdicts.at(0).findings[0].code == "CHANGE_FROZEN");
    CHECK(during.verdicts.at(0).findings[0].level == model::severity::info);
    s.advance(hours(4));
    const auto after = s.decide();
    CHECK_FALSE(after.frozen_until);
    CHECK(after.plan.changes.at(0).may_run());
}

TEST_CASE("what awaits acceptance says so during a freeze, too, and what nobody declares is not deleted") {
    auto s = frozen();
    s.wanted("shop-source").config["slot.name"] = "another";
    CHECK(s.changes().at(0).held == obstacle::acceptance);

    s = frozen();
    s.desired.prune = true;
    std::erase_if(s.desired.connectors, [](const auto& c) { return c.name == "shop-warehouse"; });
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == change_kind::delete_connector);
    CHECK(changes[0].held == obstacle::freeze);
}
