// Which failed connectors are restarted, and when.
#include "decide/heal.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::connector_state;
using model::target_state;
using std::chrono::minutes;

namespace {

// As PostgreSQL, Debezium and Connect write them; what they say is failures_test's matter.
const std::string transient = "org.postgresql.util.PSQLException: Connection to db:5432 refused.";
const std::string other_transient = "org.postgresql.util.PSQLException: FATAL: terminating connection";
const std::string kafka_timeout = "org.apache.kafka.common.errors.TimeoutException: no answer";
const std::string missing_grant =
    "org.postgresql.util.PSQLException: ERROR: permission denied for table orders";
const std::string refused_password =
    "org.postgresql.util.PSQLException: FATAL: password authentication failed";
const std::string lost_slot =
    "org.postgresql.util.PSQLException: ERROR: can no longer get changes from replication slot \"s\"";

/// One pass of the loop: due restarts are carried out. How many there were.
int pass(situation& s) {
    const auto d = s.look();
    int restarts = 0;
    for (const auto& c : d.plan.changes) {
        if (c.kind != model::change_kind::restart_failed || !c.blocked.empty()) continue;
        decide::note_restart(s.memory.connectors.at(c.subject), c, s.now);
        ++restarts;
    }
    return restarts;
}

/// The seconds at which restarts happen, looking every second.
std::vector<int> restarts_within(situation& s, seconds time) {
    std::vector<int> at;
    for (int second = 0; second < time.count(); ++second) {
        if (pass(s) > 0) at.push_back(second);
        s.advance(seconds(1));
    }
    return at;
}

/// The same, while the task fails in another way after each restart: no circuit opens.
std::vector<int> restarts_of_a_fickle_task(situation& s, seconds time) {
    std::vector<int> at;
    for (int second = 0; second < time.count(); ++second) {
        s.fail_task("shop-source", at.size() % 2 == 0 ? transient : other_transient);
        if (pass(s) > 0) at.push_back(second);
        s.advance(seconds(1));
    }
    return at;
}

/// Until so many restarts were sent; the last of them helps.
void restart_so_often(situation& s, int times) {
    for (int done = 0;;) {
        s.fail_task("shop-source", done % 2 == 0 ? transient : other_transient);
        done += pass(s);
        if (done == times) break;
        s.advance(seconds(1));
    }
    s.let_run("shop-source");
    s.look();
}

/// The whole seconds at which one may be restarted by its delays alone.
std::vector<int> by_delays(seconds time) {
    std::vector<int> at;
    int next = 0;
    for (std::uint32_t attempt = 1; next < time.count(); ++attempt) {
        at.push_back(next);
        const auto delay = decide::restart_delay("shop-source", 0, attempt);
        next += static_cast<int>((delay.count() + 999) / 1000);
    }
    return at;
}

std::vector<int> first(std::size_t count, std::vector<int> of) {
    of.resize(count);
    return of;
}

model::task_judgement& judged(situation& s, const std::string& name, int task = 0) {
    return s.memory.connectors.at(name).tasks[task];
}

decide::restart_outlook outlook(situation& s, const std::string& name) {
    const auto d = s.decide();
    REQUIRE(d.restarts.contains(name));
    return d.restarts.at(name).at(0);
}

model::reading<bool> failed_login(errc code, moment at) {
    model::reading<bool> r;
    r.failure = error{code, "log in to", "db:5432/source_db", "password authentication failed"};
    r.tried_at = at;
    return r;
}

void add_task(situation& s, const std::string& name, int id) {
    s.status(name).tasks.push_back({id, connector_state::running, "worker", ""});
    s.seen(name).task_count = id + 1;
}

} // namespace

// --- when -------------------------------------------------------------------------------------------------

TEST_CASE("a delay is 10 s × 2ⁿ ± 20 %, at most 30 min, and differs between tasks and attempts") {
    for (std::uint32_t n = 1; n < 40; ++n) {
        const double whole =
            std::min(10'000.0 * static_cast<double>(1ULL << std::min(n - 1, 20U)), 1'800'000.0);
        const auto delay = decide::restart_delay("shop-source", 0, n);
        INFO(n);
        CHECK(static_cast<double>(delay.count()) >= whole * 0.799);
        CHECK(static_cast<double>(delay.count()) <= std::min(whole * 1.201, 1'800'000.0));
        CHECK(decide::restart_delay("shop-source", 0, n) == delay);
    }
    CHECK(decide::restart_delay("shop-source", 0, 0) == milliseconds(0));
    CHECK(decide::restart_delay("shop-source", 0, 1) != decide::restart_delay("shop-source", 1, 1));
    CHECK(decide::restart_delay("shop-source", 0, 1) != decide::restart_delay("shop-lake", 0, 1));
}

TEST_CASE("a failed task is restarted at once, then after ever longer delays, until the circuit opens") {
    situation s;
    s.fail_task("shop-source", transient);
    CHECK(
        restarts_within(s, std::chrono::hours(3)) == first(4, by_delays(minutes(5)))
    ); // the fifth failure in the same way opens it
    const auto o = outlook(s, "shop-source");
    CHECK(o.circuit_open);
    CHECK(o.given_up);
    CHECK(o.alike == 5);
    CHECK_FALSE(o.next);
    CHECK_THAT(o.waits_for, Contains("5 times in the same way"));
}

TEST_CASE("failures in different ways open no circuit; they have the delays and the budget") {
    situation s;
    s.desired.restarts.budget = s.desired.restarts.cluster_budget = 1'000;
    CHECK(restarts_of_a_fickle_task(s, std::chrono::hours(3)) == by_delays(std::chrono::hours(3)));
}

TEST_CASE("a restart says which attempt it is, what failed and what that is called") {
    situation s;
    s.fail_task(
        "shop-source", "org.example.Outer: x\nCaused by: java.net.ConnectException: Connection refused\n"
    );
    CHECK(
        s.changes().at(0).because == "attempt 1: java.net.ConnectException: Connection refused (PG_RESTART)"
    );
    pass(s);
    s.advance(seconds(12));
    CHECK_THAT(s.changes().at(0).because, Contains("attempt 2"));
}

TEST_CASE("being healthy for the longer of 5 min and the last delay makes all forgotten, less does not") {
    situation s;
    restart_so_often(s, 3);
    SECTION("a little less than five minutes") {
        s.advance(minutes(5) - seconds(1));
        s.look();
        CHECK(judged(s, "shop-source").attempts == 3);
        CHECK(judged(s, "shop-source").outcome == model::restart_outcome::runs);
        s.fail_task("shop-source", other_transient);
        CHECK(pass(s) == 1); // its time has come long ago
        s.advance(seconds(60));
        CHECK(pass(s) == 0); // and the next delay goes on from where it was
        s.advance(seconds(40));
        CHECK(pass(s) == 1);
    }
    SECTION("five minutes") {
        s.advance(minutes(5));
        s.look();
        CHECK(s.memory.connectors.at("shop-source").tasks.empty());
        s.fail_task("shop-source", transient);
        CHECK(restarts_within(s, seconds(10)) == std::vector<int>{0});
    }
    SECTION("five minutes, with a failure between") {
        s.advance(minutes(3));
        s.fail_task("shop-source", transient);
        REQUIRE(pass(s) == 1);
        s.let_run("shop-source");
        s.look();
        s.advance(minutes(3));
        s.look();
        CHECK(judged(s, "shop-source").attempts == 4);
    }
}

TEST_CASE("after a delay longer than five minutes it takes as long as that delay") {
    situation s;
    restart_so_often(s, 8);
    const auto delay = decide::restart_delay("shop-source", 0, 8);
    s.advance(delay - seconds(1));
    s.look();
    CHECK(judged(s, "shop-source").attempts == 8);
    s.advance(seconds(1));
    s.look();
    CHECK(s.memory.connectors.at("shop-source").tasks.empty());
}

// --- each task by itself
// -------------------------------------------------------------------------------------

TEST_CASE("one failed task of several is restarted alone, with delays of its own") {
    situation s;
    add_task(s, "shop-warehouse", 1);
    s.fail_task("shop-warehouse", transient);
    REQUIRE(pass(s) == 1); // all that failed, so by one call
    s.advance(seconds(5));
    auto& second = s.status("shop-warehouse").tasks.at(1);
    second.state = connector_state::failed;
    second.trace = transient;
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].tasks == std::vector<int>{1});
    REQUIRE(pass(s) == 1);
    CHECK(judged(s, "shop-warehouse", 0).attempts == 1);
    CHECK(judged(s, "shop-warehouse", 1).attempts == 1);
    CHECK(s.memory.connectors.at("shop-warehouse").restarted.size() == 2);
}

TEST_CASE("all that failed is restarted by one call where Connect can, and task by task before 3.2") {
    situation s;
    add_task(s, "shop-warehouse", 1);
    for (auto& task : s.status("shop-warehouse").tasks) {
        task.state = connector_state::failed;
        task.trace = transient;
    }
    s.observed.worker = read(model::connect_worker{"3.2.0", "", ""}, s.now);
    CHECK(s.changes().at(0).tasks.empty());
    s.observed.worker.value->version = "3.1.2";
    CHECK(s.changes().at(0).tasks == std::vector<int>{0, 1});
    s.observed.worker = {};
    CHECK(s.changes().at(0).tasks == std::vector<int>{0, 1}); // nobody knows
}

TEST_CASE("a single task that is restarted shows its old failure while it starts, for a minute") {
    situation s;
    s.observed.worker = {}; // nobody knows what Connect can: the task is restarted alone
    s.fail_task("shop-source", transient);
    REQUIRE(pass(s) == 1);
    s.advance(seconds(59));
    CHECK(pass(s) == 0);
    CHECK(judged(s, "shop-source").alike == 1);
    s.advance(seconds(1));
    CHECK(pass(s) == 1);
    CHECK(judged(s, "shop-source").alike == 2);
}

TEST_CASE("with a connector that failed itself its tasks are restarted too") {
    situation s;
    s.fail_task("shop-source", transient);
    s.status("shop-source").state = connector_state::failed;
    s.status("shop-source").trace = "java.lang.NullPointerException";
    REQUIRE(s.changes().size() == 1);
    CHECK(s.changes()[0].tasks.empty());
    CHECK_THAT(s.changes()[0].because, Contains("NullPointerException"));
    pass(s);
    CHECK(judged(s, "shop-source", -1).attempts == 1);
    CHECK(judged(s, "shop-source", 0).attempts == 1);
}

// --- what can help ----------------------------------------------------------------------------------------

TEST_CASE("what needs a change gets one restart, and no other until something changes") {
    situation s;
    s.fail_task("shop-source", missing_grant);
    CHECK(restarts_within(s, std::chrono::hours(2)) == std::vector<int>{0});
    const auto o = outlook(s, "shop-source");
    CHECK(o.given_up);
    CHECK_FALSE(o.circuit_open);
    CHECK_THAT(o.waits_for, Contains("grant"));
}

TEST_CASE("its one restart is not called vain before anything was seen of it") {
    situation s;
    s.fail_task("shop-source", missing_grant);
    REQUIRE(pass(s) == 1);
    s.restarting.insert("shop-source"); // until a look that is younger
    const auto under_way = outlook(s, "shop-source");
    CHECK_FALSE(under_way.given_up);
    CHECK(under_way.waits_for == "it is being restarted");
    s.restarting.clear();
    s.let_run("shop-source");
    s.look();
    s.fail_task("shop-source", missing_grant);
    s.look();
    CHECK(outlook(s, "shop-source").given_up);
}

TEST_CASE("what no restart can help gets none") {
    situation s;
    s.fail_task("shop-source", lost_slot);
    CHECK(restarts_within(s, minutes(10)).empty());
    CHECK_THAT(outlook(s, "shop-source").waits_for, Contains("no restart can help"));
}

TEST_CASE("a change of the config resets the judgement, whatever it was: one restart at once") {
    for (const auto& trace : {transient, missing_grant, lost_slot}) {
        for (const bool by_us : {true, false}) {
            INFO(trace << " by us: " << by_us);
            situation s;
            s.fail_task("shop-source", trace);
            restarts_within(s, minutes(10));
            REQUIRE(outlook(s, "shop-source").given_up);
            if (by_us)
                decide::forget_judgement(s.memory.connectors.at("shop-source"));
            else
                s.config("shop-source")["max.batch.size"] = "7";
            CHECK(pass(s) == 1);
            s.advance(seconds(1));
            CHECK(pass(s) == 0);
        }
    }
}

TEST_CASE("a change of a secret that another wrote, or of our own keys, is none that we can see") {
    situation s;
    s.fail_task("shop-source", missing_grant);
    restarts_within(s, minutes(1));
    s.config("shop-source")["database.password"] = "another";
    s.config("shop-source")["sluice.secrets"] = "another";
    CHECK(pass(s) == 0);
    CHECK(s.memory.connectors.at("shop-source").judged_config.find("another") == std::string::npos);
}

TEST_CASE("a restart by hand resets the judgement: it runs, restarts, or fails in another way, and not by us"
) {
    situation s;
    s.fail_task("shop-source", missing_grant);
    restarts_within(s, minutes(1));
    REQUIRE(outlook(s, "shop-source").given_up);
    SECTION("it is seen to restart, and fails as before") {
        s.status("shop-source").tasks[0].state = connector_state::restarting;
        s.look();
    }
    SECTION("it is seen to run on the same worker") {
        s.let_run("shop-source");
        s.look();
    }
    SECTION("it is seen to have failed in another way") {
        s.fail_task("shop-source", "java.lang.NullPointerException");
        CHECK(pass(s) == 1);
        return;
    }
    s.fail_task("shop-source", missing_grant);
    CHECK(pass(s) == 1);
}

TEST_CASE("a task that Connect moved to another worker was not restarted by hand: the judgement stays") {
    situation s;
    s.fail_task("shop-source", missing_grant);
    restarts_within(s, minutes(1));
    s.let_run("shop-source");
    s.status("shop-source").tasks[0].worker_id = "another";
    s.look();
    s.advance(seconds(30)); // while workers have just exchanged work nothing is restarted anyway
    s.fail_task("shop-source", missing_grant);
    CHECK(pass(s) == 0);
    CHECK(outlook(s, "shop-source").given_up);
}

// --- what it needs ----------------------------------------------------------------------------------------

TEST_CASE("a restart waits for a login that is younger than the failure") {
    situation s;
    s.observed.logins["shop-source"] = read(true, s.now);
    s.look();
    s.advance(seconds(30));
    s.fail_task("shop-source", transient);
    CHECK(pass(s) == 0);
    CHECK(outlook(s, "shop-source").asks == decide::dependency::database);
    CHECK_THAT(outlook(s, "shop-source").waits_for, Contains("login"));
    s.observed.logins["shop-source"] = read(true, s.now);
    CHECK(pass(s) == 1);
}

TEST_CASE("a failure that Kafka caused waits for a look at Kafka that is younger") {
    situation s;
    s.advance(seconds(5));
    s.observed.topics.read_at = s.now;
    s.advance(seconds(5));
    s.fail_task("shop-source", kafka_timeout);
    CHECK(pass(s) == 0);
    CHECK(outlook(s, "shop-source").asks == decide::dependency::kafka);
    s.observed.topics.read_at = s.now;
    CHECK(pass(s) == 1);
}

TEST_CASE("while our own login fails no restart is due, and when it works again one is, at once") {
    situation s;
    s.observed.logins["shop-source"] = failed_login(errc::unauthorized, s.now);
    s.fail_task("shop-source", refused_password);
    CHECK(restarts_within(s, minutes(10)).empty());
    CHECK_THAT(outlook(s, "shop-source").waits_for, Contains("restarted when this works"));
    s.observed.logins["shop-source"] = read(true, s.now);
    CHECK(pass(s) == 1);
    CHECK(s.memory.connectors.at("shop-source").login_problem.empty());
}

TEST_CASE("a refusal that may be for our machine alone keeps no restart back, unless the login worked before"
) {
    situation s;
    const auto refusal = failed_login(errc::refused, s.now); // no entry in pg_hba.conf, no client certificate
    s.fail_task("shop-source", transient);
    SECTION("never worked") {
        s.observed.logins["shop-source"] = refusal;
        CHECK(pass(s) == 1);
    }
    SECTION("worked") {
        s.observed.logins["shop-source"] = read(true, s.now);
        CHECK(pass(s) == 1);
        s.observed.logins["shop-source"] = refusal;
        CHECK(restarts_within(s, minutes(10)).empty());
    }
}

TEST_CASE("a database that cannot be asked from here keeps no restart back") {
    situation s;
    s.observed.logins["shop-source"] = read(true, s.now);
    pass(s);
    s.observed.logins["shop-source"] = failed_login(errc::unsupported, s.now);
    s.fail_task("shop-source", transient);
    CHECK(pass(s) == 1);
    CHECK(s.decide().verdicts[0].findings.size() == 1); // the task's
}

TEST_CASE(
    "a database that was away and is back closes the circuit: one restart at once, and the count begins anew"
) {
    situation s;
    s.observed.logins["shop-source"] = read(true, s.now);
    s.fail_task("shop-source", transient);
    for (int second = 0; second < 600; ++second) {
        pass(s);
        s.advance(seconds(1));
        s.observed.logins["shop-source"] = read(true, s.now);
    }
    REQUIRE(outlook(s, "shop-source").circuit_open);
    s.observed.logins["shop-source"].failure = failed_login(errc::unreachable, s.now).failure;
    REQUIRE(pass(s) == 0);
    s.advance(seconds(1));
    s.observed.logins["shop-source"] = read(true, s.now);
    CHECK(pass(s) == 1);
    CHECK(pass(s) == 0); // only one
    CHECK_FALSE(outlook(s, "shop-source").circuit_open);
}

TEST_CASE("Kafka that was away and is back closes the circuit of what it caused") {
    situation s;
    s.fail_task("shop-source", kafka_timeout);
    for (int second = 0; second < 600; ++second) {
        s.observed.topics.read_at = s.now;
        pass(s);
        s.advance(seconds(1));
    }
    REQUIRE(outlook(s, "shop-source").circuit_open);
    s.observed.topics.failure = error{errc::unreachable, "read the topics", "Kafka", ""};
    CHECK(pass(s) == 0);
    s.advance(seconds(1));
    s.observed.topics.failure.reset();
    s.observed.topics.read_at = s.now;
    CHECK(pass(s) == 1);
}

TEST_CASE("a login that comes back is no reason to restart what it did not cause") {
    situation s;
    s.observed.logins["shop-source"] = read(true, s.now);
    s.fail_task("shop-source", missing_grant);
    restarts_within(s, minutes(1));
    s.observed.logins["shop-source"].failure = failed_login(errc::unreachable, s.now).failure;
    pass(s);
    s.advance(seconds(1));
    s.observed.logins["shop-source"] = read(true, s.now);
    CHECK(pass(s) == 0);
}

TEST_CASE("a connector whose password only Connect can resolve from now on is not held back by the old login"
) {
    situation s;
    s.observed.logins["shop-source"] = failed_login(errc::unauthorized, s.now);
    s.fail_task("shop-source", transient);
    REQUIRE(pass(s) == 0);
    s.observed.logins.erase("shop-source"); // as after a reload: there is nothing to log in with
    CHECK(pass(s) == 1);
}

TEST_CASE("a database that we never reached holds no restart back: Connect perhaps can reach it") {
    situation s;
    s.observed.logins["shop-source"] = failed_login(errc::unreachable, s.now);
    s.fail_task("shop-source", transient);
    CHECK(pass(s) == 1);
    s.advance(std::chrono::hours(1));
    s.observed.logins["shop-source"] = read(true, s.now); // from then on our failure says something
    s.look();
    s.observed.logins["shop-source"].failure = failed_login(errc::unreachable, s.now).failure;
    CHECK(pass(s) == 0);
}

TEST_CASE("the login of one connector holds no other back") {
    situation s;
    s.observed.logins["shop-source"] = failed_login(errc::unauthorized, s.now);
    s.fail_task("shop-source", transient);
    s.fail_task("shop-warehouse", transient);
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].subject == "shop-warehouse");
}

// --- never ------------------------------------------------------------------------------------------------

TEST_CASE(
    "nothing is restarted in a rebalance, in a Kafka outage, while it is held, or on a worker that is gone"
) {
    struct row {
        std::string what;
        std::function<void(situation&)> breaks;
        std::string says;
    };
    const std::vector<row> rows{
        {"a rebalance by Kafka's view",
         [](situation& s) {
             s.observed.group = read(model::connect_group{model::group_state::rebalancing, {}}, s.now);
         },
         "rebalances"},
        {"a rebalance by Connect's answer",
         [](situation& s) { s.observed.conflict_at = s.now.mono; },
         "refused a write"},
        {"Kafka away",
         [](situation& s) { s.observed.topics.failure = error{errc::timeout, "read", "Kafka", ""}; },
         "Kafka does not answer"},
        {"Kafka not asked yet", [](situation& s) { s.observed.topics = {}; }, "not been asked"},
        {"a hold", [](situation& s) { s.held.insert("shop-source"); }, "holds it"},
        {"a restart under way", [](situation& s) { s.restarting.insert("shop-source"); }, "being restarted"},
        {"a change under way", [](situation& s) { s.changing.insert("shop-source"); }, "change"},
        {"a dead worker",
         [](situation& s) {
             s.observed.group =
                 read(model::connect_group{model::group_state::stable, {{"1", "", "another"}}}, s.now);
         },
         "is gone"},
    };
    for (const auto& [what, breaks, says] : rows) {
        INFO(what);
        situation s;
        s.fail_task("shop-source", transient);
        breaks(s);
        CHECK(pass(s) == 0);
        CHECK_THAT(outlook(s, "shop-source").waits_for, Contains(says));
    }
}

TEST_CASE("a connector has so many restarts an hour, and then room again, one by one") {
    situation s;
    s.desired.restarts.budget = 2;
    CHECK(restarts_of_a_fickle_task(s, minutes(59)) == first(2, by_delays(minutes(1))));
    const auto o = outlook(s, "shop-source");
    CHECK(o.budget_spent);
    REQUIRE(o.next);
    CHECK(*o.next - s.now.mono == minutes(1)); // an hour after the first
    CHECK_THAT(o.waits_for, Contains("used up"));
    CHECK(restarts_of_a_fickle_task(s, minutes(5)).size() == 2);
}

TEST_CASE("a budget of nothing allows nothing") {
    situation s;
    s.desired.restarts.budget = 0;
    s.fail_task("shop-source", transient);
    CHECK(restarts_within(s, std::chrono::hours(2)).empty());
    CHECK_FALSE(outlook(s, "shop-source").next);
}

TEST_CASE("a Connect cluster has so many restarts an hour, however many fail at once") {
    situation s;
    s.desired.restarts.cluster_budget = 3;
    for (int i = 0; i < 10; ++i) s.desired.connectors.push_back(plain_connector("zoo-" + std::to_string(i)));
    s.realise();
    s.look();
    for (int i = 0; i < 10; ++i) s.fail_task("zoo-" + std::to_string(i), transient);
    CHECK(pass(s) == 3);
    CHECK(pass(s) == 0);
    CHECK_THAT(outlook(s, "zoo-9").waits_for, Contains("Connect cluster"));
    s.advance(std::chrono::hours(1));
    CHECK(pass(s) == 3);
    CHECK(s.memory.connectors.at("zoo-5").restarted.size() == 1); // those that had none come first
}

TEST_CASE("what is sent and what Connect refused is told apart, and a refusal is no failure of the task") {
    situation s;
    s.fail_task("shop-source", transient);
    REQUIRE(pass(s) == 1);
    decide::note_refusal(s.memory.connectors.at("shop-source"));
    CHECK(judged(s, "shop-source").outcome == model::restart_outcome::refused);
    s.advance(seconds(12));
    CHECK(pass(s) == 1);
    CHECK(judged(s, "shop-source").alike == 1);
}

// --- an earlier process
// -------------------------------------------------------------------------------------

TEST_CASE("a judgement of an earlier process goes on where it was: neither sooner nor from the beginning") {
    situation s;
    s.fail_task("shop-source", transient);
    REQUIRE(restarts_within(s, seconds(25)).size() == 2);
    auto& known = s.memory.connectors.at("shop-source");
    for (auto& [task, t] : known.tasks) { // what is kept
        t.failed_since.reset();
        t.last_attempt.mono = {};
        t.start_is_hidden = false;
    }
    for (auto& at : known.restarted) at.mono = {};
    decide::bring_back(s.memory, s.now);
    const auto delay = decide::restart_delay("shop-source", 0, 2);
    const auto last = judged(s, "shop-source").last_attempt.mono;
    CHECK(s.now.mono - last < seconds(20));
    CHECK(pass(s) == 0);
    s.advance(std::chrono::duration_cast<milliseconds>(last + delay - s.now.mono));
    CHECK(pass(s) == 1);
    CHECK(s.memory.connectors.at("shop-source").restarted.size() == 3);
}

TEST_CASE("a wall clock that jumped brings no restart back to life, and none into the future") {
    model::memory memory;
    auto& known = memory.connectors["x"];
    const moment now{mono_time(std::chrono::hours(100)), wall_time(std::chrono::hours(1000))};
    known.tasks[0].attempts = 1;
    known.tasks[0].last_attempt.wall = now.wall + std::chrono::hours(5);
    known.restarted = {{{}, now.wall - std::chrono::hours(500)}};
    decide::bring_back(memory, now);
    CHECK(known.tasks[0].last_attempt.mono == now.mono);
    CHECK(known.restarted[0].mono == now.mono - std::chrono::hours(24));
    known.tasks[0].last_attempt = {}; // of a version that did not say when
    decide::bring_back(memory, now);
    CHECK(known.tasks[0].last_attempt == now);
}

TEST_CASE("nothing is restarted that is paused, stopped, not ours, not failed, or not seen") {
    situation s;
    s.fail_task("shop-source");
    REQUIRE(s.changes().size() == 1);
    const auto restarts = [&] {
        const auto is_restart = [](const model::change& c) {
            return c.kind == model::change_kind::restart_failed;
        };
        const auto changes = s.changes();
        return std::ranges::count_if(changes, is_restart);
    };
    SECTION("declared paused") {
        s.wanted("shop-source").state = target_state::paused;
    }
    SECTION("declared stopped") {
        s.wanted("shop-source").state = target_state::stopped;
    }
    SECTION("another instance's") {
        s.config("shop-source")["sluice.owner"] = "other";
    }
    SECTION("restarting already") {
        s.status("shop-source").tasks[0].state = connector_state::restarting;
    }
    SECTION("unassigned") {
        s.status("shop-source").tasks[0].state = connector_state::unassigned;
    }
    SECTION("gone") {
        s.observed.connectors.value->erase("shop-source");
        s.desired.connectors.erase(s.desired.connectors.begin());
    }
    SECTION("its status is not shown") {
        s.seen("shop-source").status.reset();
    }
    SECTION("its config is not shown") {
        s.seen("shop-source").config.reset();
    }
    SECTION("the list could not be renewed") {
        s.observed.connectors.failure = error{errc::timeout, "list", "connect", ""};
    }
    CHECK(restarts() == 0);
}

TEST_CASE("a connector is healthy when it and all the tasks that must run do") {
    struct row {
        std::string what;
        std::optional<int> must;   // by its kind
        std::optional<int> listed; // by Connect
        std::vector<connector_state> tasks;
        bool healthy;
    };
    using enum connector_state;
    const std::vector<row> rows{
        {"one of one", 1, 1, {running}, true},
        {"none yet", 1, 1, {}, false},
        {"one of two, by its kind", 2, 1, {running}, false},
        {"one of two, by Connect", {}, 2, {running}, false},
        {"two of two", {}, 2, {running, running}, true},
        {"nobody knows how many: at least one", {}, {}, {running}, true},
        {"nobody knows how many, and none runs", {}, 0, {}, false},
        {"more than must", 1, 1, {running, running}, true},
        {"one failed", 1, 2, {running, failed}, false},
        {"one restarting", {}, 2, {running, restarting}, false},
    };
    for (const auto& [what, must, listed, tasks, healthy] : rows) {
        INFO(what);
        auto wanted = plain_connector("x");
        wanted.tasks = must;
        auto found = testing::running(wanted);
        found.task_count = listed;
        found.status->tasks.clear();
        for (const auto state : tasks)
            found.status->tasks.push_back({static_cast<int>(found.status->tasks.size()), state, "", ""});
        CHECK(decide::is_healthy(wanted, found) == healthy);
        found.status->state = connector_state::unassigned;
        CHECK_FALSE(decide::is_healthy(wanted, found));
        found.status.reset();
        CHECK_FALSE(decide::is_healthy(wanted, found));
    }
}

// --- what is remembered ------------------------------------------------------------------------------------

TEST_CASE("ownership is learnt from the mark and from adoption, with the link, and kept when the mark goes") {
    situation s;
    s.memory.connectors.clear();
    CHECK(s.decide().memory.connectors.at("shop-source").owned);
    CHECK(s.decide().memory.connectors.at("shop-warehouse").link == model::link_id{"shop", "warehouse"});

    s.config("shop-source").erase("sluice.owner");
    CHECK_FALSE(s.decide().memory.connectors.at("shop-source").owned);
    s.wanted("shop-source").adopt = true;
    const auto adopted = s.look().memory.connectors.at("shop-source");
    CHECK(adopted.owned);
    CHECK(adopted.adopted);
    s.wanted("shop-source").adopt = false;
    CHECK(s.decide().memory.connectors.at("shop-source").adopted);
}

TEST_CASE(
    "what carries another instance's mark is not ours any more, however it was, unless it is adopted now"
) {
    situation s;
    s.config("shop-source").erase("sluice.owner");
    s.wanted("shop-source").adopt = true;
    REQUIRE(s.look().memory.connectors.at("shop-source").adopted);
    s.wanted("shop-source").adopt = false;
    for (const std::string name : {"shop-source", "shop-warehouse"}) { // adopted once, and marked once
        s.config(name)["sluice.owner"] = "other";
        const auto known = s.decide().memory.connectors.at(name);
        CHECK_FALSE(known.owned);
        CHECK_FALSE(known.adopted);
        CHECK_FALSE(decide::refusal_to_manage(s.in(), s.wanted(name), s.seen(name)).empty());
    }
    s.look();
    s.wanted("shop-source").adopt = true;
    CHECK(s.decide().memory.connectors.at("shop-source").owned);
    CHECK(decide::refusal_to_manage(s.in(), s.wanted("shop-source"), s.seen("shop-source")).empty());
    s.wanted("shop-source").adopt = false;
    s.config("shop-source").erase("sluice.owner"); // the other one let it go: it is nobody's
    CHECK_FALSE(s.decide().memory.connectors.at("shop-source").owned);
    CHECK_FALSE(decide::refusal_to_manage(s.in(), s.wanted("shop-source"), s.seen("shop-source")).empty());
}

TEST_CASE("what is settled is remembered only when config and state are as declared, and it is ours") {
    const auto settled = [](auto break_it) {
        situation s;
        s.memory.connectors.clear();
        break_it(s);
        return !s.decide().memory.connectors.at("shop-source").settled_digest.empty();
    };
    CHECK(settled([](situation&) {}));
    CHECK(settled([](situation& s) { s.fail_task("shop-source"); })); // a failure is no difference
    CHECK_FALSE(settled([](situation& s) { s.config("shop-source")["max.batch.size"] = "1"; }));
    CHECK_FALSE(settled([](situation& s) { s.config("shop-source").erase("sluice.owner"); }));
    CHECK_FALSE(settled([](situation& s) { s.status("shop-source").state = connector_state::paused; }));
    CHECK_FALSE(settled([](situation& s) { s.wanted("shop-source").state = target_state::paused; }));
    CHECK_FALSE(settled([](situation& s) { s.seen("shop-source").status.reset(); }));
    CHECK_FALSE(settled([](situation& s) {
        s.observed.connectors.failure = error{errc::timeout, "list", "", ""};
    }));
}

TEST_CASE("memory of a connector that is not declared any more is kept: pruning needs it") {
    situation s;
    s.desired.connectors.clear();
    CHECK(s.look().memory.connectors.at("shop-source").owned);
}
