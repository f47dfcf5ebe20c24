// A person's override: whom it concerns, which of several counts, and when it ends.
#include "decide/override.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using decide::apply_overrides;
using decide::find_subject;
using model::override_scope;
using model::state_override;
using model::target_state;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

state_override wish(target_state state, std::optional<milliseconds> lasts = {}, moment now = {}) {
    state_override o;
    o.state = state;
    o.who = "anna";
    o.reason = "an upgrade";
    o.since = now.wall;
    o.lasts = lasts;
    if (lasts) {
        o.ends_at = now.wall + *lasts;
        o.deadline = now.mono + *lasts;
    }
    return o;
}

target_state state_of(const model::desired& desired, const std::string& connector) {
    return model::find_connector(desired, connector)->state;
}

const model::override_subject whole_shop{override_scope::pipeline, "shop"};
const model::override_subject its_sink{override_scope::connector, "shop-warehouse"};

} // namespace

TEST_CASE("a pipeline is found by its name, with all its connectors, and a connector by its own") {
    const situation s;
    const auto pipeline = find_subject(s.desired, "shop");
    REQUIRE(pipeline);
    CHECK(pipeline->subject == whole_shop);
    CHECK(pipeline->connectors.size() == 2);
    const auto connector = find_subject(s.desired, "shop-warehouse");
    REQUIRE(connector);
    CHECK(connector->subject == its_sink);
    CHECK(connector->connectors.size() == 1);
}

TEST_CASE("a name that is not there is refused with the nearest that is") {
    const situation s;
    const auto pipeline = find_subject(s.desired, "shpo");
    REQUIRE_FALSE(pipeline);
    CHECK(pipeline.error().code == errc::not_found);
    CHECK_THAT(pipeline.error().message(), Catch::Contains("did you mean shop?"));
    const auto connector = find_subject(s.desired, "shop-warehuose");
    REQUIRE_FALSE(connector);
    CHECK_THAT(connector.error().message(), Catch::Contains("did you mean shop-warehouse?"));
}

TEST_CASE("a pipeline none of whose links can be derived is found all the same") {
    situation s;
    s.desired.connectors.clear();
    s.desired.unresolved[{"shop", ""}] = "plugin missing";
    CHECK(find_subject(s.desired, "shop"));
}

TEST_CASE("an override of a pipeline holds all its connectors, one of a connector only that") {
    situation s;
    apply_overrides({{its_sink, wish(target_state::paused)}}, s.desired);
    CHECK(state_of(s.desired, "shop-source") == target_state::running);
    CHECK(state_of(s.desired, "shop-warehouse") == target_state::paused);
    apply_overrides({{whole_shop, wish(target_state::paused)}}, s.desired);
    CHECK(state_of(s.desired, "shop-source") == target_state::paused);
}

TEST_CASE("of what the file says and what people want, that which holds back most counts") {
    const auto [declared, whole, own, counts] =
        GENERATE(table<target_state, target_state, target_state, target_state>({
            {target_state::running, target_state::paused, target_state::stopped, target_state::stopped},
            {target_state::running, target_state::stopped, target_state::paused, target_state::stopped},
            {target_state::running, target_state::paused, target_state::paused, target_state::paused},
            {target_state::stopped, target_state::paused, target_state::paused, target_state::stopped},
            {target_state::paused, target_state::paused, target_state::paused, target_state::paused},
        }));
    situation s;
    s.wanted("shop-warehouse").state = declared;
    apply_overrides({{whole_shop, wish(whole)}, {its_sink, wish(own)}}, s.desired);
    CHECK(state_of(s.desired, "shop-warehouse") == counts);
    CHECK(s.wanted("shop-warehouse").state_because.empty() == (counts == declared));
}

TEST_CASE("what an override pauses is planned with who wants it and why, and is no drift") {
    situation s;
    s.look();
    apply_overrides({{whole_shop, wish(target_state::paused)}}, s.desired);
    const auto changes = s.changes();
    REQUIRE(changes.size() == 2);
    for (const auto& c : changes) {
        CHECK(c.kind == model::change_kind::pause);
        CHECK(c.because == "it is running; paused by anna: an upgrade");
        CHECK_FALSE(c.is_drift);
    }
    const auto verdict = s.decide().verdicts.front();
    CHECK(verdict.status == model::link_status::paused);
    CHECK_THAT(verdict.reason, Catch::Contains("paused by anna: an upgrade"));
    CHECK(verdict.links.front().tasks_expected == 0);
}

TEST_CASE("what an override no longer holds is starting, what somebody paused past Sluice is stopped") {
    situation s;
    const auto as_declared = s.desired;
    apply_overrides({{whole_shop, wish(target_state::paused)}}, s.desired);
    for (const auto* name : {"shop-source", "shop-warehouse"})
        s.status(name).state = model::connector_state::paused;
    s.look();
    s.desired = as_declared;
    CHECK(s.decide().verdicts.front().status == model::link_status::starting);
    situation by_hand;
    by_hand.look();
    by_hand.status("shop-source").state = model::connector_state::paused;
    CHECK(by_hand.decide().verdicts.front().status == model::link_status::stopped);
}

TEST_CASE("an override ends at its time and not before; one without an end never does") {
    const moment now{mono_time(hours(100)), wall_time(hours(24 * 365 * 56))};
    model::override_map all{
        {whole_shop, wish(target_state::paused, minutes(30), now)}, {its_sink, wish(target_state::stopped)}
    };
    CHECK(decide::let_time_pass(all, now + minutes(29)).ended.empty());
    const auto passed = decide::let_time_pass(all, now + minutes(30));
    CHECK(passed.ended.contains(whole_shop));
    CHECK(all.size() == 1);
    CHECK(decide::let_time_pass(all, now + hours(24 * 365)).ended.empty());
}

TEST_CASE("a wall clock that jumps neither ends an override nor makes it last longer") {
    const moment now{mono_time(hours(100)), wall_time(hours(24 * 365 * 56))};
    const auto jump = GENERATE(hours(-24 * 365), hours(-1), hours(1), hours(24 * 365));
    model::override_map all{{whole_shop, wish(target_state::paused, minutes(30), now)}};
    moment later = now + minutes(10);
    later.wall += jump;
    const auto passed = decide::let_time_pass(all, later);
    CHECK(passed.ended.empty());
    CHECK(passed.moved);
    CHECK(all.at(whole_shop).ends_at == later.wall + minutes(20)); // told by the clock as it is now
    CHECK_FALSE(decide::let_time_pass(all, later).moved);
    CHECK(decide::let_time_pass(all, later + minutes(20)).ended.size() == 1);
}

TEST_CASE("after a restart an override lasts what the wall clock says is left, and never longer than it was "
          "meant to") {
    const moment begun{mono_time(hours(100)), wall_time(hours(24 * 365 * 56))};
    const auto [clock_says, left] = GENERATE(table<milliseconds, milliseconds>({
        {minutes(10), minutes(20)},
        {minutes(45), minutes(0)},       // it ended meanwhile
        {hours(-24 * 365), minutes(30)}, // the clock has gone back
        {hours(24 * 365), minutes(0)},
    }));
    model::override_map all{{whole_shop, wish(target_state::paused, minutes(30), begun)}};
    all.at(whole_shop).deadline.reset(); // of the process that ended
    const moment started{mono_time(hours(2)), begun.wall + clock_says};
    decide::resume_counting(all, started);
    CHECK(all.at(whole_shop).deadline == started.mono + left);
    CHECK(all.at(whole_shop).ends_at == started.wall + left);
}

TEST_CASE("an override says who, until when and why") {
    const moment now{{}, wall_time(std::chrono::seconds(1'795'000'000))};
    CHECK(
        decide::describe(wish(target_state::stopped, minutes(30), now)) ==
        "stopped by anna until 2026-11-18T11:36:40Z: an upgrade"
    );
    auto o = wish(target_state::paused);
    o.reason.clear();
    CHECK(decide::describe(o) == "paused by anna");
}
