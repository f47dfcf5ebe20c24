// Many pipeline-hours: what is left alone, what flaps and what is broken for good, with the restarts held
// against the policy. SLUICE_SIM_HOURS says how many pipeline-hours all of it simulates (10,000).

#include "fleet.hpp"
#include "long_time.hpp"
#include "restart_policy.hpp"
#include "troubled_run.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

constexpr auto passing = "java.lang.Exception: x\nCaused by: java.net.ConnectException: Connection refused";
constexpr auto missing_grant = "org.postgresql.util.PSQLException: ERROR: permission denied for table orders";
constexpr auto slot_lost =
    "org.postgresql.util.PSQLException: ERROR: can no longer get changes from replication slot";

int hours_to_simulate(double share) {
    return std::max(1, static_cast<int>(share * setting("SLUICE_SIM_HOURS", 10'000)));
}

void tell(const std::string& what, std::size_t pipelines, int how_long, const long_time& time) {
    const auto slept = std::chrono::duration_cast<hours>(time.slept()).count();
    fmt::print(
        "{}: {} pipeline-hours ({} pipelines for {} h, of which {} h were idle and skipped)\n",
        what,
        pipelines * static_cast<std::size_t>(how_long),
        pipelines,
        how_long,
        slept
    );
}

/// The demo's pipeline, which is well.
struct long_life : pipeline_fixture {
    explicit long_life(const model::declaration& declared = demo_declaration()) {
        run(declared);
        REQUIRE(becomes_ok(minutes(1)));
        time.run_for(minutes(1));
    }

    [[nodiscard]] std::vector<mono_time> restarts(const std::string& name = "shop-source") const {
        return world.connect_.times_of("restart", name);
    }

    long_time clock{*this};
};

model::declaration without_circuit() {
    auto declared = demo_declaration();
    declared.reconcile.restarts.circuit = 1'000'000;
    return declared;
}

} // namespace

TEST_CASE(
    "a task that flaps for days is restarted as the policy says, each time after its delay", "[long][hours]"
) {
    const auto runs_for = GENERATE(seconds(20), seconds(250), seconds(420), seconds(2820));
    const int how_long = hours_to_simulate(0.005);
    long_life sluice(without_circuit());
    sluice.world.connect_.running.at("shop-source").fails_after = runs_for;
    sluice.clock.run_for(hours(how_long));
    tell(fmt::format("a task that fails after {} s", runs_for.count()), 1, how_long, sluice.clock);
    INFO(sluice.log());
    const auto at = sluice.restarts();
    require_budgets(sluice.world.connect_, {"shop-source"});
    require_delays(at, runs_for);
    CHECK(at.size() >= static_cast<std::size_t>(how_long)); // it is never given up
    CHECK(sluice.world.connect_.needless_restarts == 0);
    CHECK(sluice.world.connect_.writes_of("update") == 0);
    sluice.world.connect_.running.at("shop-source").fails_after.reset();
    CHECK(sluice.becomes_ok(hours(2)));
}

TEST_CASE(
    "a task that cannot run is restarted as often as its class of failure says, and then not for weeks",
    "[long][hours]"
) {
    const std::map<std::string, std::size_t> restarts{{passing, 4}, {missing_grant, 1}, {slot_lost, 0}};
    const int how_long = hours_to_simulate(0.1);
    for (const auto& [failure, how_often] : restarts) {
        INFO(failure);
        long_life sluice;
        sluice.world.connect_.running.at("shop-source").failure = failure;
        sluice.clock.run_for(hours(how_long));
        tell("a permanent fault", 1, how_long, sluice.clock);
        INFO(sluice.log());
        CHECK(sluice.restarts().size() == how_often);
        require_delays(sluice.restarts(), milliseconds(0));
        CHECK(sluice.verdict().status == model::link_status::failed);
    }
}

TEST_CASE(
    "in a mixed fleet of 200 connectors only what fails is touched, and that as the policy says",
    "[long][hours]"
) {
    constexpr std::size_t pipelines = 40;
    constexpr std::size_t plain = 120;
    const int how_long = hours_to_simulate(0.7 / (pipelines + plain));
    const auto declared = fleet_declaration(pipelines, plain);
    pipeline_fixture sluice;
    long_time clock(sluice);
    auto& connect = sluice.world.connect_;
    connect.workers.be(3);
    make_real(sluice.world, declared);
    REQUIRE(connect.running.size() == 200);
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(1)));
    const std::map<std::string, milliseconds> flap{
        {"shop-007-source", minutes(190)}, {"plain-033", hours(11)}
    };
    for (const auto& [name, after] : flap) connect.running.at(name).fails_after = after;
    connect.running.at("shop-011-warehouse").failure = missing_grant;
    connect.running.at("plain-042").failure = passing;
    connect.running.at("shop-023-source").failure = slot_lost;
    for (int hour = 0; hour < how_long; ++hour) {
        const auto worker = static_cast<std::size_t>(hour % 3);
        if (hour % 12 == 5) connect.workers.kill(worker);
        clock.run_for(minutes(3));
        connect.workers.start(worker);
        clock.run_for(minutes(57));
    }
    tell("a mixed fleet", pipelines + plain, how_long, clock);
    INFO(sluice.log());
    std::set<std::string> all;
    for (const auto& [name, c] : connect.running) all.insert(name);
    require_budgets(connect, all);
    std::size_t expected = 4 + 1; // the connection that is refused, and the grant
    for (const auto& [name, after] : flap) {
        INFO(name);
        const auto at = connect.times_of("restart", name);
        require_delays(at, after);
        CHECK(at.size() >= static_cast<std::size_t>(hours(how_long) / (after + minutes(1))));
        expected += at.size();
    }
    CHECK(connect.writes_of("restart") == expected);
    CHECK(sluice.writes() == expected); // and nothing else is touched
    CHECK(connect.needless_restarts == 0);
}

TEST_CASE("what is slept through is what would have changed nothing", "[long]") {
    std::vector<std::size_t> restarts;
    for (const bool sleeps : {true, false}) {
        long_life sluice;
        sluice.clock.sleeps = sleeps;
        sluice.world.connect_.running.at("shop-source").fails_after = minutes(47);
        sluice.world.connect_.running.at("shop-warehouse").failure = passing;
        sluice.clock.run_for(hours(24));
        CHECK((sluice.clock.slept() > hours(12)) == sleeps);
        restarts.push_back(sluice.restarts().size());
        restarts.push_back(sluice.restarts("shop-warehouse").size());
        CHECK(sluice.writes() == restarts[restarts.size() - 1] + restarts[restarts.size() - 2] + 6);
    }
    CHECK(restarts.at(0) == restarts.at(2));
    CHECK(restarts.at(1) == restarts.at(3));
}
