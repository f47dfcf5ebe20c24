// Restarts of failed tasks in the whole loop, counted against the policy of docs/restarts.md.
#include "control/memory_records.hpp"
#include "decide/heal.hpp"
#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const std::string database_gone =
    "a.B: x\nCaused by: org.postgresql.util.PSQLException: Connection to db:5432 refused.";
const std::string missing_grant =
    "org.postgresql.util.PSQLException: ERROR: permission denied for table orders";
const error connection_refused{
    errc::unreachable, "log in to", "localhost:5432/source_db", "connection refused"
};

struct healing : pipeline_fixture {
    explicit healing(control::records remembered = {}) : pipeline_fixture(1, std::move(remembered)) {}

    void be_ok(const model::declaration& declared = demo_declaration()) {
        run(declared);
        REQUIRE(becomes_ok(minutes(1)));
        time.run_for(minutes(1));
    }

    model_connector& connector(const std::string& name = "shop-source") {
        return world.connect_.running.at(name);
    }
    [[nodiscard]] std::size_t restarts(const std::string& name = "shop-source") const {
        return world.connect_.times_of("restart", name).size();
    }
    /// Between one restart and the next.
    [[nodiscard]] std::vector<std::chrono::steady_clock::duration>
    pauses(const std::string& name = "shop-source") const {
        const auto at = world.connect_.times_of("restart", name);
        std::vector<std::chrono::steady_clock::duration> all;
        for (std::size_t i = 1; i < at.size(); ++i) all.push_back(at[i] - at[i - 1]);
        return all;
    }
    [[nodiscard]] control::link_view link(const std::string& name = "shop-source") const {
        for (const auto& pipeline : loop.view()->pipelines)
            for (const auto& l : pipeline->links)
                if (l.connector == name) return l;
        return {};
    }
};

model::declaration fleet_of(int size) {
    auto declared = demo_declaration();
    for (int i = 0; i < size; ++i) {
        model::plain_connector c;
        c.name = fmt::format("zoo-{:03}", i);
        c.config = {
            {"connector.class", std::string("org.apache.kafka.connect.file.FileStreamSourceConnector")}
        };
        declared.connectors.push_back(std::move(c));
    }
    return declared;
}

/// No hour in which there were more than `most`.
bool is_never_more_in_an_hour(const std::vector<mono_time>& at, std::size_t most) {
    for (std::size_t i = most; i < at.size(); ++i)
        if (at[i] - at[i - most] < hours(1) - seconds(1)) return false;
    return true;
}

} // namespace

TEST_CASE(
    "a permanent fault has five failures and four restarts, each after its delay, and then none for a day"
) {
    healing sluice;
    sluice.be_ok();
    sluice.connector().failure = database_gone;
    sluice.time.run_for(hours(3));
    INFO(sluice.log());
    CHECK(sluice.restarts() == 4);
    std::uint32_t attempt = 0;
    for (const auto pause : sluice.pauses()) {
        const auto delay = decide::restart_delay("shop-source", 0, ++attempt);
        CHECK(pause >= delay);
        CHECK(pause <= delay + seconds(11)); // up to one interval late
    }
    const auto link = sluice.link();
    CHECK(link.restart.circuit_open);
    CHECK(link.restart.attempts == 4);
    CHECK(link.restart.outcome == "failed-again");
    CHECK_FALSE(link.restart.next_at);
    CHECK(sluice.verdict().status == model::link_status::failed);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("5 times in the same way"));
}

TEST_CASE("what needs a change is restarted once, and again only when its config changes") {
    healing sluice;
    auto declared = demo_declaration();
    sluice.be_ok(declared);
    sluice.connector().failure = missing_grant;
    sluice.time.run_for(hours(2));
    CHECK(sluice.restarts() == 1);
    CHECK(sluice.link().restart.given_up);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("grant"));
    declared.pipelines[0].source.config["max.batch.size"] = "512";
    sluice.run(declared);
    sluice.time.run_for(hours(1));
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("update") == 1);
    CHECK(sluice.restarts() == 2);
}

TEST_CASE("while the database is away nothing is restarted; when it is back one is, within two seconds") {
    healing sluice;
    sluice.be_ok();
    sluice.connector().restart_mends = true;
    sluice.world.databases_.problem = connection_refused;
    sluice.connector().failure = database_gone;
    sluice.time.run_for(minutes(40));
    CHECK(sluice.restarts() == 0);
    CHECK_THAT(sluice.verdict().reason, Catch::Contains("restarted when this works"));
    sluice.world.databases_.problem.reset();
    sluice.time.run_for(seconds(6));
    INFO(sluice.log());
    CHECK(sluice.restarts() == 1);
    CHECK(sluice.becomes_ok(seconds(15)));
}

TEST_CASE("a database that bounced has its task restarted within an interval and a second of the failure") {
    for (int offset = 0; offset < 10; offset += 3) {
        healing sluice;
        sluice.be_ok();
        sluice.time.run_for(seconds(offset));
        sluice.connector().restart_mends = true;
        sluice.connector().failure = database_gone;
        const auto failed = sluice.time.now().mono;
        REQUIRE(sluice.time.run_while_not([&] { return sluice.restarts() == 1; }, minutes(1)));
        CHECK(sluice.time.now().mono - failed <= seconds(11));
    }
}

TEST_CASE("a task that flaps for hours is restarted as often as its budget allows, and no more", "[long]") {
    for (const auto runs_for : {seconds(1), seconds(30), seconds(200)}) {
        INFO(runs_for.count());
        healing sluice;
        auto declared = demo_declaration();
        declared.reconcile.restarts.circuit = 1'000;
        sluice.be_ok(declared);
        sluice.connector().failure = database_gone;
        sluice.connector().restart_mends = true;
        sluice.connector().fails_after = runs_for;
        sluice.time.run_for(hours(6));
        const auto at = sluice.world.connect_.times_of("restart", "shop-source");
        CHECK(at.size() >= 15); // it is never given up
        CHECK(is_never_more_in_an_hour(at, 10));
        CHECK(sluice.world.connect_.needless_restarts == 0);
    }
}

TEST_CASE("a task that is healthy for six minutes between its failures is restarted at once each time, "
          "within its budget") {
    healing sluice;
    sluice.be_ok();
    sluice.connector().failure = database_gone;
    sluice.connector().restart_mends = true;
    sluice.connector().fails_after = minutes(6);
    sluice.time.run_for(hours(2));
    const auto at = sluice.world.connect_.times_of("restart", "shop-source");
    CHECK(is_never_more_in_an_hour(at, 10));
    CHECK(at.size() >= 16);
}

TEST_CASE(
    "a hundred connectors that fail at once have the cluster's budget between them, hour by hour", "[long]"
) {
    healing sluice;
    auto declared = fleet_of(100);
    declared.reconcile.interval = minutes(1);
    sluice.run(declared);
    REQUIRE(sluice.becomes_ok(minutes(10)));
    for (auto& [name, c] : sluice.world.connect_.running) {
        c.failure = database_gone;
        c.restart_mends = true;
    }
    sluice.time.run_for(minutes(59));
    CHECK(sluice.world.connect_.writes_of("restart") == 30);
    const auto waiting = sluice.link("zoo-099");
    CHECK(waiting.restart.budget_exhausted);
    CHECK(waiting.restart.next_at);
    sluice.time.run_for(hours(4));
    CHECK(sluice.world.connect_.writes_of("restart") == 102); // each once
    CHECK(sluice.is_ok());
    CHECK(sluice.world.connect_.needless_restarts == 0);
}

TEST_CASE("nothing is restarted while Kafka is away, the workers rebalance, or somebody holds it") {
    healing sluice;
    auto declared = demo_declaration();
    declared.connect.group_id = "connect-cluster";
    sluice.be_ok(declared);
    std::optional<control::hold_id> hold;
    SECTION("Kafka") {
        sluice.world.kafka_.is_away = true;
    }
    SECTION("a rebalance") {
        sluice.world.groups_.rebalances = true;
    }
    SECTION("a hold") {
        auto take = [&]() -> awaitable<void> {
            const control::hold_request request{{}, "apply by root"};
            hold = co_await sluice.loop.take_hold(request);
        };
        run_in(sluice.time, sluice.context, std::move(take));
    }
    sluice.time.run_for(seconds(11));
    sluice.connector().failure = database_gone;
    sluice.connector().restart_mends = true;
    sluice.time.run_for(minutes(5));
    CHECK(sluice.restarts() == 0);
    CHECK_FALSE(sluice.link().restart.waits_for.empty());
    sluice.world.kafka_.is_away = false;
    sluice.world.groups_.rebalances = false;
    if (hold) sluice.loop.release(*hold);
    CHECK(sluice.becomes_ok(seconds(30)));
    CHECK(sluice.restarts() == 1);
}

TEST_CASE("what is thought of a task survives Sluice: another process restarts it no more than the first did"
) {
    healing first;
    first.be_ok();
    first.connector().failure = database_gone;
    first.time.run_for(minutes(30));
    REQUIRE(first.restarts() == 4);

    healing second(control::to_records(first.loop.decision().memory));
    second.world.kafka_.existing = first.world.kafka_.existing;
    second.world.connect_.running = first.world.connect_.running;
    for (auto& [name, c] : second.world.connect_.running) c.tasks_run_at = {};
    second.run(demo_declaration());
    second.time.run_for(hours(1));
    INFO(second.log());
    CHECK(second.restarts() == 0);
    CHECK(second.link().restart.circuit_open);
    second.world.databases_.problem = connection_refused;
    second.time.run_for(minutes(2));
    second.world.databases_.problem.reset();
    second.time.run_for(minutes(2));
    CHECK(second.restarts() > 0); // what it needs was away and came back
}

TEST_CASE("with several workers no task is restarted because its worker died: Connect moves it") {
    healing sluice;
    auto declared = demo_declaration();
    declared.connect.group_id = "connect-cluster";
    sluice.world.connect_.workers.be(3);
    sluice.be_ok(declared);
    for (std::size_t worker = 0; worker < 3; ++worker) {
        sluice.world.connect_.workers.kill(worker);
        sluice.time.run_for(minutes(2));
        sluice.world.connect_.workers.start(worker);
        sluice.time.run_for(minutes(2));
    }
    INFO(sluice.log());
    CHECK(sluice.world.connect_.writes_of("restart") == 0);
    CHECK(sluice.becomes_ok(minutes(2)));
    CHECK(sluice.loop.decision().memory.workers.rebalances >= 3);
}
