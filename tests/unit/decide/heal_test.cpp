// Which failed connectors are restarted, and when.
#include "decide/heal.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
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

/// One pass of the loop: due restarts are carried out. How many there were.
int pass(situation& s) {
    const auto d = s.look();
    int restarts = 0;
    for (const auto& c : d.plan.changes) {
        if (c.kind != model::change_kind::restart_failed || !c.blocked.empty()) continue;
        decide::note_restart(s.memory.connectors.at(c.subject), s.now);
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

model::reading<bool> refused_login(moment at) {
    model::reading<bool> r;
    r.failure = error{errc::unauthorized, "log in to", "db:5432/source_db", "password authentication failed"};
    r.tried_at = at;
    return r;
}

} // namespace

TEST_CASE("a failed task is restarted at once, then after 10 s × 2ⁿ, at most 5 min apart") {
    situation s;
    s.fail_task("shop-source");
    CHECK(restarts_within(s, minutes(21)) == std::vector<int>{0, 10, 30, 70, 150, 310, 610, 910, 1210});
}

TEST_CASE("a restart says which attempt it is and what failed") {
    situation s;
    s.fail_task(
        "shop-source", "org.example.Outer: x\nCaused by: java.net.ConnectException: Connection refused\n"
    );
    CHECK(s.changes().at(0).because == "attempt 1: java.net.ConnectException: Connection refused");
    pass(s);
    s.advance(seconds(10));
    CHECK_THAT(s.changes().at(0).because, Contains("attempt 2"));
}

TEST_CASE(
    "being healthy for the longer of 5 min and the last delay makes the restarts forgotten, less does not"
) {
    situation s;
    s.fail_task("shop-source");
    REQUIRE(restarts_within(s, seconds(100)).size() == 4);
    s.let_run("shop-source");
    pass(s);
    SECTION("a little less than five minutes") {
        s.advance(minutes(5) - seconds(1));
        pass(s);
        CHECK(s.memory.connectors.at("shop-source").restarts == 4);
        s.fail_task("shop-source");
        CHECK(pass(s) == 1); // its time has come long ago
        s.advance(seconds(159));
        CHECK(pass(s) == 0); // and the next delay goes on from where it was
        s.advance(seconds(1));
        CHECK(pass(s) == 1);
    }
    SECTION("five minutes") {
        s.advance(minutes(5));
        pass(s);
        CHECK(s.memory.connectors.at("shop-source").restarts == 0);
        s.fail_task("shop-source");
        CHECK(restarts_within(s, seconds(40)) == std::vector<int>{0, 10, 30});
    }
    SECTION("five minutes, with a failure between") {
        s.advance(minutes(3));
        s.fail_task("shop-source");
        s.look();
        s.let_run("shop-source");
        s.look();
        s.advance(minutes(3));
        s.look();
        CHECK(s.memory.connectors.at("shop-source").restarts == 4);
    }
}

TEST_CASE("while our own login fails no restart is due, and when it works again one is, at once") {
    situation s;
    s.observed.logins["shop-source"] = refused_login(s.now);
    s.fail_task("shop-source");
    CHECK(restarts_within(s, minutes(10)).empty());
    CHECK_THAT(
        s.memory.connectors.at("shop-source").login_problem, Contains("password authentication failed")
    );
    s.observed.logins["shop-source"] = read(true, s.now);
    CHECK(pass(s) == 1);
    CHECK(s.memory.connectors.at("shop-source").login_problem.empty());
}

TEST_CASE("a login that works again does not wait for the back-off of earlier restarts") {
    situation s;
    s.fail_task("shop-source");
    restarts_within(s, minutes(6)); // the next one is minutes away
    REQUIRE(pass(s) == 0);
    s.observed.logins["shop-source"] = refused_login(s.now);
    pass(s);
    s.observed.logins["shop-source"] = read(true, s.now);
    CHECK(pass(s) == 1);
    CHECK(pass(s) == 0); // only one
}

TEST_CASE("a login that works all the time changes nothing of the back-off") {
    situation s;
    s.observed.logins["shop-source"] = read(true, s.now);
    s.fail_task("shop-source");
    CHECK(restarts_within(s, seconds(35)) == std::vector<int>{0, 10, 30});
}

TEST_CASE("a connector whose password only Connect can resolve from now on is not held back by the old login"
) {
    situation s;
    s.observed.logins["shop-source"] = refused_login(s.now);
    s.fail_task("shop-source");
    REQUIRE(pass(s) == 0);
    s.observed.logins.erase("shop-source"); // as after a reload: there is nothing to log in with
    CHECK(pass(s) == 1);
}

TEST_CASE("a database that we never reached holds no restart back: Connect perhaps can reach it") {
    situation s;
    s.observed.logins["shop-source"].failure =
        error{errc::unreachable, "log in to", "db:5432", "connection refused"};
    s.fail_task("shop-source");
    CHECK(pass(s) == 1);
    s.advance(std::chrono::hours(1));
    s.observed.logins["shop-source"] = read(true, s.now); // from then on our failure says something
    s.look();
    s.observed.logins["shop-source"].failure =
        error{errc::unreachable, "log in to", "db:5432", "connection refused"};
    s.advance(std::chrono::hours(1));
    CHECK(pass(s) == 0);
}

TEST_CASE("the login of one connector holds no other back") {
    situation s;
    s.observed.logins["shop-source"] = refused_login(s.now);
    s.fail_task("shop-source");
    s.fail_task("shop-warehouse");
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].subject == "shop-warehouse");
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
        s.observed.connectors.value->erase("shop-warehouse"), s.let_run("shop-source");
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

TEST_CASE("a failed connector is restarted as a failed task is, and both by one restart") {
    situation s;
    s.status("shop-source").state = connector_state::failed;
    s.status("shop-source").trace = "java.lang.NullPointerException";
    CHECK_THAT(s.changes().at(0).because, Contains("NullPointerException"));
    s.fail_task("shop-source", "the task's own");
    REQUIRE(s.changes().size() == 1);
    CHECK_THAT(s.changes().at(0).because, Contains("the task's own"));
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
