// `reconcile.freeze:`: what it accepts, what becomes of it, and what is refused in which words.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;
using Catch::Contains;

config::loaded with_freeze(const std::string& entries) {
    return parsed(with_at_top("reconcile:\n  freeze:\n" + entries));
}

model::freeze_window window(const std::string& entry) {
    const auto result = with_freeze("    - " + entry);
    for (const auto& d : result.diagnostics) UNSCOPED_INFO(config::render(d));
    REQUIRE(result.declared);
    return result.declared->reconcile.freeze.at(0);
}

} // namespace

TEST_CASE("a freeze without days is one of every day, without a zone one in UTC") {
    const auto night = window("{from: 22:00, to: 06:30}");
    CHECK(night.zone == "UTC");
    const auto when = night.daily.value();
    CHECK(when.from == 22h);
    CHECK(when.to == 6h + 30min);
    CHECK(when.days == std::set<unsigned>{1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("a freeze of certain days in a zone keeps both") {
    const auto weekend = window("{from: \"00:00\", to: \"24:00\", days: [sat, sun], zone: Europe/Berlin}");
    CHECK(weekend.zone == "Europe/Berlin");
    const auto when = weekend.daily.value();
    CHECK(when.from == 0h);
    CHECK(when.to == 24h);
    CHECK(when.days == std::set<unsigned>{6, 7});
}

TEST_CASE("a freeze with dates is a single one") {
    const auto holidays = window("{from: 2026-12-20T18:00, to: 2027-01-04T07:00, zone: Europe/Berlin}");
    const auto when = holidays.once.value();
    using namespace std::chrono;
    CHECK((when.from == local_days(year(2026) / 12 / 20) + 18h));
    CHECK((when.to == local_days(year(2027) / 1 / 4) + 7h));
}

TEST_CASE("several freezes are kept in their order, and none is none") {
    CHECK(
        with_freeze("    - {from: 22:00, to: 06:00}\n    - {from: 12:00, to: 13:00}")
            .declared->reconcile.freeze.size() == 2
    );
    CHECK(parsed(with_at_top("reconcile: {freeze: []}")).declared->reconcile.freeze.empty());
}

TEST_CASE("a freeze that means nothing is refused at its place, with what was expected") {
    const std::vector<std::pair<std::string, std::string>> rows{
        {"{to: 06:00}", "4:7: error: `from` is missing"},
        {"{from: 22:00}", "`to` is missing"},
        {"{from: 22:00, to: 25:00}", "4:25: error: `to`: `25:00` is not a time; expected HH:MM"},
        {"{from: 22, to: 06:00}", "`from`: `22` is not a time"},
        {"{from: 24:00, to: 06:00}", "`from`: 24:00 is the end of a day"},
        {"{from: 22:60, to: 06:00}", "`22:60` is not a time"},
        {"{from: 2026-02-30T00:00, to: 2026-03-01T00:00}", "`2026-02-30T00:00` is not a time"},
        {"{from: 2026-12-20T18:00, to: 06:00}", "`to` is not written as `from` is"},
        {"{from: 2026-12-20T18:00, to: 2026-12-20T18:00}", "`to` is not after `from`"},
        {"{from: 2026-12-20T18:00, to: 2026-12-21T18:00, days: [sat]}", "`days` goes with HH:MM only"},
        {"{from: 22:00, to: 06:00, days: [saturday]}", "an entry of `days`: `saturday` is not known"},
        {"{from: 22:00, to: 06:00, days: [sat, sat]}", "`sat` is there already"},
        {"{from: 22:00, to: 06:00, days: []}", "`days` is empty"},
        {"{from: 22:00, to: 06:00, zone: Europe/Berln}", "did you mean Europe/Berlin?"},
        {"{from: 22:00, to: 06:00, zone: Mars/Base}", "`zone`: there is none of this name"},
        {"{from: 22:00, to: 06:00, until: 1}", "unknown key `until` in freeze"},
        {"22:00-06:00", "4:7: error: an entry of `freeze` is one value; expected a mapping such as"},
    };
    for (const auto& [entry, words] : rows) {
        INFO(entry);
        const auto result = with_freeze("    - " + entry);
        CHECK_FALSE(result.declared);
        REQUIRE_FALSE(result.diagnostics.empty());
        UNSCOPED_INFO(config::render(result.diagnostics.front()));
        CHECK_THAT(config::render(result.diagnostics.front()), Contains(words));
    }
}
