// What a person asks of a pipeline or connector, in the whole loop: it is done, kept, told, and ends.

#include "control/memory_records.hpp"
#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using control::operation;
using control::operation_outcome;
using control::operation_request;
using model::connector_state;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

operation_request request(operation what, const std::string& name) {
    operation_request r;
    r.what = what;
    r.name = name;
    r.who = "anna";
    return r;
}

operation_request for_a_while(operation what, const std::string& name, milliseconds lasts) {
    auto r = request(what, name);
    r.lasts = lasts;
    r.reason = "an upgrade";
    return r;
}

result<operation_outcome> ask(pipeline_fixture& sluice, const operation_request& wanted) {
    result<operation_outcome> outcome;
    auto body = [&]() -> awaitable<void> { outcome = co_await sluice.loop.operate(wanted); };
    run_in(sluice.time, sluice.context, std::move(body));
    return outcome;
}

connector_state state_of(const pipeline_fixture& sluice, const std::string& connector) {
    return sluice.world.connect_.running.at(connector).state;
}

bool becomes(pipeline_fixture& sluice, const std::string& connector, connector_state state) {
    return sluice.time.run_while_not([&] { return state_of(sluice, connector) == state; }, seconds(30));
}

control::records kept_by(pipeline_fixture& sluice) {
    control::records kept;
    auto load = [&]() -> awaitable<void> {
        auto loaded = co_await sluice.store.load();
        kept = *loaded;
    };
    run_in(sluice.time, sluice.context, std::move(load));
    return kept;
}

/// Another Sluice, in the same world, with what the first one wrote down.
void take_over(pipeline_fixture& second, const pipeline_fixture& first) {
    second.world.connect_.running = first.world.connect_.running;
    second.world.kafka_.existing = first.world.kafka_.existing;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + '\n';
    return text;
}

struct running_pipeline : pipeline_fixture {
    explicit running_pipeline(model::declaration declared = demo_declaration()) {
        run(declared);
        REQUIRE(becomes_ok(minutes(1)));
        time.run_for(minutes(1));
    }
};

} // namespace

TEST_CASE("a pipeline that is paused stays so, is shown with who and why, and nothing fights it", "[long]") {
    running_pipeline sluice;
    auto wanted = request(operation::pause, "shop");
    wanted.reason = "an upgrade";
    const auto outcome = ask(sluice, wanted);
    REQUIRE(outcome);
    CHECK(outcome->said == std::vector<std::string>{"shop is paused until `sluice resume shop`"});
    CHECK(outcome->connectors == std::vector<std::string>{"shop-source", "shop-warehouse"});
    REQUIRE(becomes(sluice, "shop-source", connector_state::paused));
    REQUIRE(becomes(sluice, "shop-warehouse", connector_state::paused));
    sluice.time.run_for(minutes(1));
    const auto before = sluice.writes();
    sluice.time.run_for(hours(24));
    INFO(sluice.log());
    CHECK(sluice.writes() == before);
    CHECK(sluice.verdict().status == model::link_status::paused);
    CHECK(sluice.verdict().in_sync);
    CHECK_THAT(sluice.verdict().reason, Contains("paused by anna: an upgrade"));
    const auto& shown = *sluice.loop.view()->pipelines.front();
    REQUIRE(shown.override_on);
    CHECK(shown.override_on->wish.who == "anna");
    CHECK(shown.target == model::target_state::paused);
}

TEST_CASE("an override with a time ends by itself, to the second, and the pipeline runs again") {
    running_pipeline sluice;
    const auto begun = sluice.time.now().mono;
    REQUIRE(ask(sluice, for_a_while(operation::pause, "shop", minutes(30))));
    REQUIRE(becomes(sluice, "shop-source", connector_state::paused));
    sluice.time.run_until(begun + minutes(30) - seconds(1));
    CHECK(state_of(sluice, "shop-source") == connector_state::paused);
    sluice.time.run_until(begun + minutes(30) + seconds(1));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes.back().starts_with("resume"));
    CHECK(model::is_well(sluice.verdict().status)); // the end of a pause is nobody's failure
    CHECK(sluice.becomes_ok(seconds(30)));
    CHECK_THAT(sluice.log(), Contains("override ended"));
}

TEST_CASE("with an interval of hours an override's end resumes only what a new look still shows as ours") {
    auto declared = demo_declaration();
    declared.reconcile.interval = hours(4);
    running_pipeline sluice(declared);
    REQUIRE(ask(sluice, for_a_while(operation::pause, "shop", minutes(30))));
    REQUIRE(becomes(sluice, "shop-source", connector_state::paused));
    REQUIRE(becomes(sluice, "shop-warehouse", connector_state::paused));
    sluice.time.run_for(minutes(5));
    sluice.world.connect_.running.at("shop-source").config = {
        {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"}
    };
    sluice.time.run_for(minutes(26));
    INFO(sluice.log());
    CHECK(state_of(sluice, "shop-source") == connector_state::paused);
    CHECK(state_of(sluice, "shop-warehouse") == connector_state::running);
}

TEST_CASE("an override survives a restart of Sluice and ends when it was to end") {
    running_pipeline first;
    REQUIRE(ask(first, for_a_while(operation::stop, "shop-warehouse", hours(2))));
    REQUIRE(becomes(first, "shop-warehouse", connector_state::stopped));
    pipeline_fixture second(1, kept_by(first));
    take_over(second, first);
    const auto offset = first.time.now().wall - second.time.now().wall;
    second.time.jump_wall(std::chrono::duration_cast<seconds>(offset) + minutes(50)); // it was away so long
    second.run(demo_declaration());
    second.time.run_for(hours(1));
    INFO(second.log());
    CHECK(second.writes() == 0);
    CHECK(state_of(second, "shop-warehouse") == connector_state::stopped);
    CHECK_THAT(second.verdict().reason, Contains("stopped by anna"));
    second.time.run_for(minutes(11));
    CHECK(state_of(second, "shop-warehouse") == connector_state::running);
    CHECK(second.becomes_ok(minutes(1)));
}

TEST_CASE("an override that ended while no Sluice ran is lifted by the next one") {
    running_pipeline first;
    REQUIRE(ask(first, for_a_while(operation::pause, "shop", minutes(30))));
    REQUIRE(becomes(first, "shop-warehouse", connector_state::paused));
    pipeline_fixture second(1, kept_by(first));
    take_over(second, first);
    const auto offset = first.time.now().wall - second.time.now().wall;
    second.time.jump_wall(std::chrono::duration_cast<seconds>(offset) + hours(3));
    second.run(demo_declaration());
    CHECK(second.becomes_ok(minutes(1)));
}

TEST_CASE("a wall clock that jumps while an override is in force changes nothing about its end") {
    const auto by = GENERATE(hours(-48), hours(48));
    running_pipeline sluice;
    const auto begun = sluice.time.now().mono;
    REQUIRE(ask(sluice, for_a_while(operation::pause, "shop", minutes(30))));
    sluice.time.run_for(minutes(10));
    sluice.time.jump_wall(by);
    sluice.time.run_until(begun + minutes(29));
    CHECK(state_of(sluice, "shop-source") == connector_state::paused);
    const auto shown = sluice.loop.view()->pipelines.front()->override_on;
    REQUIRE(shown);
    CHECK(std::chrono::abs(shown->wish.ends_at - sluice.time.now().wall - minutes(1)) < seconds(3));
    sluice.time.run_for(minutes(2));
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("resume lifts an override, of the pipeline and of its connectors, and says what it was") {
    running_pipeline sluice;
    REQUIRE(ask(sluice, request(operation::pause, "shop")));
    REQUIRE(ask(sluice, request(operation::stop, "shop-warehouse")));
    REQUIRE(becomes(sluice, "shop-warehouse", connector_state::stopped));
    const auto outcome = ask(sluice, request(operation::resume, "shop"));
    REQUIRE(outcome);
    CHECK_THAT(joined(outcome->said), Contains("shop is no longer paused by anna"));
    CHECK_THAT(joined(outcome->said), Contains("shop-warehouse is no longer stopped by anna"));
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("resume says so when there is no override") {
    running_pipeline sluice;
    const auto outcome = ask(sluice, request(operation::resume, "shop"));
    REQUIRE(outcome);
    CHECK(outcome->said == std::vector<std::string>{"no override of shop was in force"});
    CHECK(outcome->connectors.size() == 2);
}

TEST_CASE("a connector of a paused pipeline is not resumed by itself, and resume says what would do it") {
    running_pipeline sluice;
    REQUIRE(ask(sluice, request(operation::pause, "shop")));
    const auto outcome = ask(sluice, request(operation::resume, "shop-warehouse"));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::refused);
    CHECK_THAT(outcome.error().message(), Contains("`sluice resume shop` lifts that"));
}

TEST_CASE("what the file declares paused is not resumed by a command, and resume says where it is declared") {
    auto declared = demo_declaration();
    declared.pipelines[0].state = model::target_state::paused;
    pipeline_fixture sluice;
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    const auto refused = ask(sluice, request(operation::resume, "shop"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::refused);
    CHECK_THAT(refused.error().message(), Contains("set `state: running` there"));
    REQUIRE(ask(sluice, request(operation::stop, "shop")));
    const auto lifted = ask(sluice, request(operation::resume, "shop"));
    REQUIRE(lifted);
    CHECK_THAT(joined(lifted->said), Contains("shop-source stays paused: the file says so"));
}

TEST_CASE("an override goes on through a reload, and holds a sink that the file adds meanwhile") {
    auto declared = demo_declaration();
    running_pipeline sluice(declared);
    REQUIRE(ask(sluice, request(operation::pause, "shop")));
    auto another = declared.pipelines[0].sinks[0];
    another.name = "archive";
    another.connector = "shop-archive";
    another.db.name = "archive_db";
    declared.pipelines[0].sinks.push_back(another);
    sluice.run(declared);
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(state_of(sluice, "shop-source") == connector_state::paused);
    CHECK(state_of(sluice, "shop-archive") == connector_state::paused);
}

TEST_CASE("with `drift: report` a person's pause and its end are carried out all the same") {
    auto declared = demo_declaration();
    declared.reconcile.drift = model::drift_policy::report;
    running_pipeline sluice(declared);
    REQUIRE(ask(sluice, request(operation::pause, "shop")));
    REQUIRE(becomes(sluice, "shop-warehouse", connector_state::paused));
    REQUIRE(ask(sluice, request(operation::resume, "shop"))); // before the pause was seen to hold
    CHECK(becomes(sluice, "shop-source", connector_state::running));
    CHECK(sluice.becomes_ok(minutes(1)));
}

TEST_CASE("a stop needs Connect 3.5, and says so") {
    pipeline_fixture sluice;
    sluice.world.connect_.version = "3.4.1";
    sluice.run(demo_declaration());
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const auto outcome = ask(sluice, request(operation::stop, "shop"));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::unsupported);
    CHECK_THAT(outcome.error().message(), Contains("3.5") && Contains("`sluice pause shop` works"));
    CHECK(sluice.loop.decision().memory.overrides.empty());
}

TEST_CASE("a pause while Connect is away is noted, said to be late, and carried out when Connect is back") {
    running_pipeline sluice;
    sluice.world.connect_.is_away = true;
    sluice.time.run_for(minutes(1));
    const auto outcome = ask(sluice, request(operation::pause, "shop"));
    REQUIRE(outcome);
    CHECK_THAT(joined(outcome->problems), Contains("Connect cannot be read"));
    sluice.world.connect_.is_away = false;
    CHECK(becomes(sluice, "shop-source", connector_state::paused));
}

TEST_CASE("an override of somebody else's connector is told to have no effect") {
    pipeline_fixture sluice;
    sluice.world.connect_.running["shop-source"].config = {
        {"connector.class", "io.debezium.connector.postgresql.PostgresConnector"}
    };
    sluice.run(demo_declaration());
    sluice.time.run_for(minutes(1));
    const auto outcome = ask(sluice, request(operation::pause, "shop-source"));
    REQUIRE(outcome);
    CHECK_THAT(joined(outcome->problems), Contains("adopt: true"));
    CHECK(outcome->connectors.empty());
    sluice.time.run_for(minutes(1));
    CHECK(sluice.world.connect_.writes_of("pause") == 0);
}

// --- restarts ---------------------------------------------------------------------------------------------

TEST_CASE("restart restarts what failed, at once, however long the daemon itself would wait") {
    running_pipeline sluice;
    auto& connect = sluice.world.connect_;
    connect.running.at("shop-warehouse").failure = "java.lang.IllegalStateException: broken";
    sluice.time.run_for(hours(2)); // the next attempt of its own is far
    const auto before = connect.writes_of("restart");
    const auto begun = sluice.time.now().mono;
    const auto outcome = ask(sluice, request(operation::restart, "shop"));
    REQUIRE(outcome);
    INFO(sluice.log());
    CHECK(outcome->connectors == std::vector<std::string>{"shop-warehouse"});
    CHECK(connect.writes_of("restart") == before + 1);
    CHECK(sluice.time.now().mono - begun < seconds(1));
}

TEST_CASE("restart of what has not failed does nothing and says so; --all restarts it") {
    running_pipeline sluice;
    const auto nothing = ask(sluice, request(operation::restart, "shop"));
    REQUIRE(nothing);
    CHECK_THAT(joined(nothing->said), Contains("nothing of shop has failed"));
    CHECK(sluice.world.connect_.writes_of("restart") == 0);
    auto all = request(operation::restart, "shop");
    all.all = true;
    const auto outcome = ask(sluice, all);
    REQUIRE(outcome);
    CHECK(outcome->said.size() == 2);
    CHECK(sluice.world.connect_.writes_of("restart") == 2);
}

TEST_CASE("a person's restart makes the daemon judge anew") {
    running_pipeline sluice;
    auto& connect = sluice.world.connect_;
    connect.running.at("shop-warehouse").failure = "java.lang.IllegalStateException: broken";
    sluice.time.run_for(hours(2));
    REQUIRE(ask(sluice, request(operation::restart, "shop-warehouse")));
    const auto before = connect.writes_of("restart");
    sluice.time.run_for(minutes(1));
    INFO(sluice.log());
    CHECK(
        connect.writes_of("restart") == before + 1
    ); // the one that such a failure gets, as at the beginning
}

TEST_CASE("what is paused, held or not there is not restarted, and the answer says why") {
    running_pipeline sluice;
    REQUIRE(ask(sluice, request(operation::pause, "shop-warehouse")));
    auto all = request(operation::restart, "shop-warehouse");
    all.all = true;
    const auto paused = ask(sluice, all);
    REQUIRE_FALSE(paused);
    CHECK(paused.error().code == errc::refused);
    CHECK_THAT(paused.error().message(), Contains("does not run: paused by anna"));
    REQUIRE(ask(sluice, request(operation::resume, "shop-warehouse")));
    auto hold = [&]() -> awaitable<void> {
        control::hold_request held{{}, "apply by root"};
        co_await sluice.loop.take_hold(std::move(held));
    };
    run_in(sluice.time, sluice.context, std::move(hold));
    const auto held = ask(sluice, all);
    REQUIRE_FALSE(held);
    CHECK_THAT(held.error().message(), Contains("is held: apply by root"));
    CHECK(sluice.world.connect_.writes_of("restart") == 0);
}

TEST_CASE("a loop that may only set the states of one connector writes nothing else") {
    running_pipeline sluice;
    sluice.world.connect_.running.at("shop-source").config["max.batch.size"] = "1";
    sluice.loop.write_only_states_of({"shop-warehouse"});
    REQUIRE(ask(sluice, request(operation::pause, "shop")));
    sluice.time.run_for(minutes(5));
    INFO(sluice.log());
    CHECK(state_of(sluice, "shop-warehouse") == connector_state::paused);
    CHECK(state_of(sluice, "shop-source") == connector_state::running);
    CHECK(sluice.world.connect_.writes_of("update") == 0);
}
