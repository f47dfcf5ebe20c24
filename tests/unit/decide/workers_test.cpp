// Who works for Connect, and whether the work is being divided anew.
#include "decide/workers.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using decide::division;
using model::connector_state;
using model::group_state;
using std::chrono::minutes;

namespace {

model::connect_group group(group_state state, const std::vector<std::string>& workers) {
    model::connect_group g{state, {}};
    for (const auto& worker : workers) g.members.push_back({"connect-" + worker, "/127.0.0.1", worker});
    return g;
}

void put_on(situation& s, const std::string& worker) {
    for (const std::string name : {"shop-source", "shop-warehouse"}) {
        s.status(name).worker_id = worker;
        for (auto& task : s.status(name).tasks) task.worker_id = worker;
    }
}

decide::workers_view workers_of(situation& s) {
    s.look();
    return decide::workers_of(s.in(), s.memory);
}

std::string rebalancing(situation& s) {
    s.look();
    return decide::rebalancing(s.in(), s.memory);
}

} // namespace

TEST_CASE("Kafka's own view tells who is alive and whether they divide the work anew") {
    situation s;
    s.observed.group = read(group(group_state::stable, {"a:8083", "b:8083"}), s.now);
    const auto settled = workers_of(s);
    CHECK(settled.state == division::settled);
    CHECK(settled.because.empty());
    CHECK(settled.alive == std::set<std::string>{"a:8083", "b:8083"});

    s.observed.group = read(group(group_state::rebalancing, {"", ""}), s.now);
    const auto rebalancing = workers_of(s);
    CHECK(rebalancing.state == division::rebalancing);
    CHECK_THAT(rebalancing.because, Contains("rebalances"));
    CHECK_FALSE(rebalancing.alive); // then Kafka does not say what they call themselves
}

TEST_CASE("a worker is dead only when all that are alive are known, and it is not among them") {
    situation s;
    CHECK_FALSE(decide::is_dead(workers_of(s), "c:8083"));
    s.observed.group = read(group(group_state::stable, {"a:8083", "b:8083"}), s.now);
    CHECK(decide::is_dead(workers_of(s), "c:8083"));
    CHECK_FALSE(decide::is_dead(workers_of(s), "a:8083"));
    CHECK_FALSE(decide::is_dead(workers_of(s), "")); // nothing is said of who it is on
    s.observed.group = read(group(group_state::stable, {"a:8083", ""}), s.now);
    CHECK_FALSE(decide::is_dead(workers_of(s), "c:8083")); // one that we cannot read may be it
    s.observed.group = read(group(group_state::stable, {}), s.now);
    CHECK_FALSE(decide::is_dead(workers_of(s), "c:8083"));
}

TEST_CASE("a view of the group that could not be renewed counts for nothing") {
    situation s;
    s.observed.group = read(group(group_state::rebalancing, {""}), s.now);
    s.observed.group.failure = error{errc::timeout, "read", "Kafka", ""};
    CHECK(workers_of(s).state == division::unknown);
    CHECK_FALSE(workers_of(s).alive);
}

TEST_CASE("without a group nothing is known while nothing happens, and nothing is held back") {
    situation s;
    const auto view = workers_of(s);
    CHECK(view.state == division::unknown);
    CHECK_FALSE(view.alive);
    CHECK(rebalancing(s).empty());
}

TEST_CASE("a write that Connect refused for a rebalance counts for eight seconds, unless Kafka says otherwise"
) {
    situation s;
    s.observed.conflict_at = s.now.mono;
    CHECK_THAT(rebalancing(s), Contains("refused a write"));
    s.advance(seconds(7));
    CHECK_FALSE(rebalancing(s).empty());
    SECTION("the time is over") {
        s.advance(seconds(1));
        CHECK(rebalancing(s).empty());
    }
    SECTION("Kafka was asked since, and the group is stable") {
        s.observed.group = read(group(group_state::stable, {"a:8083"}), s.now);
        CHECK(rebalancing(s).empty());
    }
    SECTION("Kafka was asked before") {
        s.observed.group = read(group(group_state::stable, {"a:8083"}), s.now);
        s.observed.conflict_at = s.now.mono + seconds(1);
        s.advance(seconds(2));
        CHECK_FALSE(rebalancing(s).empty());
    }
}

TEST_CASE("work that no worker has tells of a rebalance, for two minutes: then something is blocked") {
    situation s;
    s.status("shop-source").tasks[0].state = connector_state::unassigned;
    CHECK_THAT(rebalancing(s), Contains("UNASSIGNED"));
    s.advance(minutes(2) - seconds(1));
    CHECK_FALSE(rebalancing(s).empty());
    s.advance(seconds(1));
    CHECK(rebalancing(s).empty());
    s.let_run("shop-source");
    s.look();
    s.status("shop-warehouse").state = connector_state::unassigned; // another time, and a connector
    CHECK_FALSE(rebalancing(s).empty());
}

TEST_CASE("work that went to another worker tells of a rebalance, for ten seconds") {
    situation s;
    put_on(s, "a:8083");
    s.look();
    s.advance(seconds(60));
    REQUIRE(rebalancing(s).empty());
    s.status("shop-warehouse").tasks[0].worker_id = "b:8083";
    CHECK_THAT(rebalancing(s), Contains("exchanged work"));
    s.advance(seconds(9));
    CHECK_FALSE(rebalancing(s).empty());
    s.advance(seconds(1));
    CHECK(rebalancing(s).empty());
}

TEST_CASE("what is new, changed by us or has other tasks has not moved") {
    situation s;
    put_on(s, "a:8083");
    s.look();
    s.advance(seconds(60));
    s.look();
    SECTION("a task more") {
        s.status("shop-source").tasks.push_back({1, connector_state::running, "b:8083", ""});
    }
    SECTION("a change of ours in flight") {
        s.changing.insert("shop-source");
        s.status("shop-source").worker_id = "b:8083";
    }
    SECTION("a new connector") {
        s.desired.connectors.push_back(plain_connector("zoo"));
        s.observed.connectors.value->emplace("zoo", running(s.desired.connectors.back()));
    }
    CHECK(rebalancing(s).empty());
}

TEST_CASE("a rebalance is counted once, where it begins, or by who is there after it") {
    situation s;
    const auto look_at = [&](group_state state, const std::vector<std::string>& workers) {
        s.observed.group = read(group(state, workers), s.now);
        s.look();
        return s.memory.workers.rebalances;
    };
    const auto before = look_at(group_state::stable, {"a:8083", "b:8083"});
    CHECK(look_at(group_state::stable, {"a:8083", "b:8083"}) == before);
    CHECK(look_at(group_state::rebalancing, {""}) == before + 1);
    CHECK(look_at(group_state::rebalancing, {""}) == before + 1);
    CHECK(look_at(group_state::stable, {"a:8083"}) == before + 1); // one worker less, and the same rebalance
    CHECK(look_at(group_state::stable, {"a:8083", "b:8083"}) == before + 2); // it came and went unseen
    CHECK(s.memory.workers.seen == std::set<std::string>{"a:8083", "b:8083"});
}
