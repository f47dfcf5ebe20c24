// What was recorded of a run is enough to decide each of its passes again, to the byte, and holds no secret.

#include "control/flight_line.hpp"
#include "control/replay.hpp"
#include "pipeline_fixture.hpp"
#include "support/flight_lines.hpp"
#include "troubled_run.hpp"

#include <boost/json/serialize.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using std::chrono::minutes;

namespace {

control::reconcile_mode daemon_mode() {
    control::reconcile_mode mode;
    mode.tells_news = true;
    return mode;
}

struct recorded_run {
    explicit recorded_run(std::uint32_t seed = 1) : sluice(seed, {}, daemon_mode()) {
        sluice.loop.record_passes(kept);
    }

    [[nodiscard]] std::string text() const {
        std::string all;
        for (const auto& line : kept.lines())
            all += boost::json::serialize(control::from_flight_line(line).value()) + '\n';
        return all;
    }

    direct_flight_log kept; // outlives the loop
    pipeline_fixture sluice;
};

void check_all_equal(const recorded_run& run) {
    std::size_t different = 0;
    const auto passes = each_pass(run.kept.lines(), [&](const control::recorded_pass& pass) {
        const auto again = control::replay(pass);
        if (again.differences.empty()) return;
        if (++different > 3) return;
        const auto& first = again.differences.front();
        UNSCOPED_INFO(
            "pass " << pass.number << ": " << first.place << "\n " << first.then << "\n " << first.now
        );
    });
    CHECK(different == 0);
    CHECK(passes > 10);
    CHECK(run.sluice.numbers.passes_not_recorded == 0);
}

// Everything that a bad day has: lost answers, drift by hand, failing tasks, reloads, secrets that change.
void live_through_a_bad_day(recorded_run& run) {
    auto& connect = run.sluice.world.connect_;
    connect.faults = {0.05, 0.05, 0.1, 0.1};
    auto declared = demo_declaration();
    run.sluice.run(declared);
    run.sluice.time.run_for(minutes(10));
    connect.running["shop-source"].config["max.batch.size"] = "1";
    connect.running["shop-source"].config["database.password"] = "set-by-hand";
    run.sluice.time.run_for(minutes(5));
    connect.running["shop-warehouse"].failure = "org.postgresql.util.PSQLException: no such table";
    run.sluice.time.run_for(minutes(5));
    connect.running["shop-warehouse"].failure.clear();
    declared.pipelines[0].source.db.password = secret("another-password");
    declared.pipelines[0].source.tables.push_back({"public", "customers"});
    declared.pipelines[0].sinks[0].config["connection.url"] =
        std::string("jdbc:postgresql://h:1/sink_db?user=u&password=in-the-url");
    declared.pipelines[0].sinks[0].config["some.option"] = secret("under-an-innocent-key");
    run.sluice.run(declared);
    run.sluice.time.run_for(minutes(10));
    declared.pipelines[0].sinks.clear();
    run.sluice.run(declared);
    connect.faults = {};
    run.sluice.time.run_for(minutes(10));
}

const std::vector<std::string> all_secrets{
    "cdc-password", "sink-password", "another-password", "set-by-hand", "in-the-url", "under-an-innocent-key"
};

} // namespace

TEST_CASE("every pass of a run full of faults is decided again, equal to the byte", "[seeds]") {
    const auto first = setting("SLUICE_SIM_FIRST_SEED", 1);
    const auto seeds = setting("SLUICE_SIM_SEEDS", 10);
    for (auto seed = first; seed < first + seeds; ++seed) {
        recorded_run run(seed);
        live_through_a_bad_day(run);
        INFO("seed " << seed);
        check_all_equal(run);
    }
}

TEST_CASE("another decision is seen, in the very passes that it changes, with both sides") {
    recorded_run run;
    run.sluice.run(demo_declaration());
    REQUIRE(run.sluice.becomes_ok(minutes(1)));
    const auto hasty = [](const decide::inputs& in) {
        auto decision = decide::decide(in);
        for (auto& verdict : decision.verdicts)
            if (verdict.status == model::link_status::starting) verdict.status = model::link_status::ok;
        return decision;
    };
    std::size_t starting = 0;
    std::size_t different = 0;
    each_pass(run.kept.lines(), [&](const control::recorded_pass& pass) {
        const bool was_starting = pass.decided.verdicts.at(0).status == model::link_status::starting;
        starting += was_starting ? 1 : 0;
        const auto again = control::replay(pass, hasty);
        CHECK(again.differences.empty() != was_starting);
        if (again.differences.empty()) return;
        ++different;
        CHECK(again.differences.at(0).place == "decision.verdicts.0");
        CHECK_THAT(again.differences.at(0).then, Contains(R"("status":"starting")"));
        CHECK_THAT(again.differences.at(0).now, Contains(R"("status":"ok")"));
    });
    CHECK(starting > 0);
    CHECK(different == starting);
}

TEST_CASE("no secret reaches the file, declared or observed, in clear or in a URL") {
    recorded_run run;
    live_through_a_bad_day(run);
    const auto text = run.text();
    for (const auto& word : all_secrets) CHECK_THAT(text, !Contains(word));
    CHECK_THAT(text, Contains("database.password") && Contains("secret-"));
}

TEST_CASE("a secret whose key has left the file does not reach what a Sluice records that was started since"
) {
    recorded_run first;
    auto declared = demo_declaration();
    declared.pipelines[0].sinks[0].config["some.option"] = secret("under-an-innocent-key");
    first.sluice.run(declared);
    REQUIRE(first.sluice.becomes_ok(minutes(1)));
    recorded_run second;
    second.sluice.world.connect_.running = first.sluice.world.connect_.running;
    second.sluice.world.kafka_.existing = first.sluice.world.kafka_.existing;
    second.sluice.run(demo_declaration());
    second.sluice.time.run_for(minutes(1));
    CHECK_THAT(second.text(), Contains("some.option") && !Contains("under-an-innocent-key"));
    check_all_equal(second);
}

TEST_CASE("a secret that was changed by hand is recorded as another one, and the plan to put it right with it"
) {
    recorded_run run;
    run.sluice.run(demo_declaration());
    REQUIRE(run.sluice.becomes_ok(minutes(1)));
    run.sluice.world.connect_.running.at("shop-source").config["database.password"] = "set-by-hand";
    run.sluice.time.run_for(minutes(1));
    bool planned = false;
    each_pass(run.kept.lines(), [&](const control::recorded_pass& pass) {
        for (const auto& change : control::replay(pass).now.plan.changes)
            for (const auto& key : change.keys)
                planned = planned || (change.kind == model::change_kind::update_config &&
                                      key.key == "database.password" && key.is_secret);
    });
    CHECK(planned);
    CHECK_THAT(run.text(), !Contains("set-by-hand"));
}

TEST_CASE("a pass in which nothing happened takes a few hundred bytes") {
    recorded_run run;
    run.sluice.run(demo_declaration());
    REQUIRE(run.sluice.becomes_ok(minutes(1)));
    run.sluice.time.run_for(minutes(2));
    const auto before = run.kept.lines().size();
    run.sluice.time.run_for(minutes(10));
    const auto lines = run.kept.lines();
    REQUIRE(lines.size() > before + 100);
    for (std::size_t i = before; i < lines.size(); ++i) {
        INFO(lines[i]);
        CHECK(lines[i].size() < 700);
    }
}
