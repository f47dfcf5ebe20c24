// Somebody else who changes the same key again and again means it: then it is left to them, and told.
#include "decide/contested.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::obstacle;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

/// A world in which somebody else changes a key, and Sluice puts it back.
struct contest_of_two : situation {
    /// They change it; a look shows it.
    decide::decision they_set(const std::string& value, const std::string& key = "max.batch.size") {
        config("shop-source")[key] = value;
        return look();
    }

    /// A correction of ours goes through, and a look shows it.
    void put_back() {
        realise_source();
        decide::note_put_back(memory.connectors.at("shop-source"), change_kind::update_config);
        advance(seconds(3));
        look();
    }

    void realise_source() { seen("shop-source") = running(wanted("shop-source")); }

    /// They and we, `times` times, `apart`; the last change is theirs.
    decide::decision fight(int times, milliseconds apart = minutes(1)) {
        for (int i = 1; i < times; ++i) {
            they_set("1");
            put_back();
            advance(apart);
        }
        return they_set("1");
    }
};

const model::change& update_in(const decide::decision& d) {
    const auto found = std::ranges::find(d.plan.changes, change_kind::update_config, &model::change::kind);
    REQUIRE(found != d.plan.changes.end());
    return *found;
}

bool is_contested(const decide::decision& d) {
    return update_in(d).held == obstacle::contest;
}

} // namespace

TEST_CASE(
    "a key that others change twice is put back, at the third time within ten minutes it is left to them"
) {
    contest_of_two s;
    CHECK(update_in(s.fight(1)).may_run());
    s.put_back();
    CHECK(update_in(s.fight(1)).may_run());
    s.put_back();
    const auto third = s.fight(1);
    REQUIRE(is_contested(third));
    CHECK_THAT(
        update_in(third).blocked,
        Contains("somebody else changed max.batch.size (it is \"1\", declared \"2048\") 3 times") &&
            Contains("shop-source") && Contains(to_iso8601(s.now.wall)) && Contains("`sluice apply`") &&
            Contains("an hour")
    );
    const auto& findings = third.verdicts.at(0).findings;
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].code == "CONTESTED");
    CHECK(findings[0].level == model::severity::warning);
    CHECK(findings[0].remedy == update_in(third).blocked);
    CHECK(third.verdicts.at(0).status == model::link_status::ok); // the data flow
}

TEST_CASE("three changes in more than ten minutes are no contest") {
    contest_of_two s;
    CHECK_FALSE(is_contested(s.fight(3, minutes(5) + seconds(1))));
    contest_of_two quick;
    CHECK(is_contested(quick.fight(3, minutes(4))));
}

TEST_CASE("a key that stays changed because our write fails is one change, however long it lasts") {
    contest_of_two s;
    s.they_set("1");
    for (int i = 0; i < 20; ++i) {
        s.advance(seconds(20));
        CHECK_FALSE(is_contested(s.look()));
    }
}

TEST_CASE("others who are so quick that no look shows the key put back are noticed all the same") {
    contest_of_two s;
    for (int i = 0; i < 2; ++i) {
        CHECK_FALSE(is_contested(s.they_set("1")));
        decide::note_put_back(s.memory.connectors.at("shop-source"), change_kind::update_config);
        s.advance(seconds(3));
    }
    CHECK(is_contested(s.they_set("1")));
}

TEST_CASE("different keys are counted each by itself") {
    contest_of_two s;
    s.they_set("1");
    s.put_back();
    s.they_set("1", "another.key");
    s.put_back();
    CHECK(update_in(s.they_set("2", "a.third.key")).held != obstacle::contest);
}

TEST_CASE("a contested secret is named, and neither of its values is") {
    contest_of_two s;
    for (int i = 0; i < 3; ++i) {
        s.they_set("their hunter2", "database.password");
        if (i < 2) s.put_back();
    }
    const auto d = s.decide();
    REQUIRE(is_contested(d));
    CHECK_THAT(update_in(d).blocked, Contains("database.password (a secret)"));
    CHECK_THAT(update_in(d).blocked, !Contains("hunter2") && !Contains("the source's password"));
}

TEST_CASE("a connector that others pause again and again is left paused, and told") {
    contest_of_two s;
    for (int i = 0; i < 3; ++i) {
        s.status("shop-source").state = model::connector_state::paused;
        s.look();
        if (i == 2) break;
        s.let_run("shop-source");
        decide::note_put_back(s.memory.connectors.at("shop-source"), change_kind::resume);
        s.advance(minutes(1));
        s.look();
    }
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == change_kind::resume);
    CHECK(changes[0].held == obstacle::contest);
    CHECK_THAT(changes[0].blocked, Contains("its state"));
}

TEST_CASE("correction goes on when the file says something else of the connector") {
    contest_of_two s;
    REQUIRE(is_contested(s.fight(3)));
    s.wanted("shop-source").config["max.batch.size"] = "512";
    const auto d = s.look();
    CHECK(update_in(d).may_run());
    CHECK(s.memory.connectors.at("shop-source").contests.empty());
}

TEST_CASE("correction goes on when the key is as declared again, whoever saw to that") {
    contest_of_two s;
    REQUIRE(is_contested(s.fight(3)));
    s.realise_source(); // by `sluice apply`, or because they gave in
    s.advance(minutes(1));
    CHECK(s.look().plan.empty());
    CHECK(update_in(s.they_set("1")).may_run());
}

TEST_CASE("a person who applies the file is not held back by a contest") {
    contest_of_two s;
    REQUIRE(is_contested(s.fight(3)));
    s.desired.by_request = true;
    CHECK(update_in(s.decide()).may_run());
}

TEST_CASE("correction goes on when the others have left the key alone for an hour, not before") {
    contest_of_two s;
    REQUIRE(is_contested(s.fight(3)));
    s.advance(minutes(50));
    REQUIRE(is_contested(s.they_set("7"))); // they are still at it
    s.advance(minutes(59));
    CHECK(is_contested(s.look()));
    s.advance(minutes(1));
    CHECK(update_in(s.look()).may_run());
    // And when they begin again, it is theirs again after three times.
    s.put_back();
    CHECK(is_contested(s.fight(3)));
}

TEST_CASE("a connector that is being changed, or cannot be seen, tells nothing about others") {
    contest_of_two s;
    s.fight(2);
    s.put_back();
    s.changing = {"shop-source"};
    CHECK_FALSE(is_contested(s.they_set("1")));
    CHECK_FALSE(is_contested(s.look()));
    s.changing.clear();
    CHECK(is_contested(s.look()));
    s.observed.connectors.failure = error{errc::unreachable, "list", "", ""};
    s.look();
    s.observed.connectors.failure.reset();
    CHECK(is_contested(s.look()));
}

TEST_CASE("with `drift: report` there is no contest: nothing is put back") {
    contest_of_two s;
    s.desired.drift = model::drift_policy::report;
    s.fight(4);
    CHECK(s.memory.connectors.at("shop-source").contests.empty());
}
