// What costs more than a restart of tasks waits until somebody accepts it.
#include "decide/acceptance.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <utility>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::consequence;
using model::obstacle;

namespace {

/// The source's `key` is declared another value than it has.
situation with_change(const std::string& key, const std::string& value = "another") {
    situation s;
    s.wanted("shop-source").config[key] = value;
    return s;
}

model::change only(const situation& s) {
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    return changes[0];
}

/// `shop-warehouse` is declared under the name `shop-archive`.
situation renamed() {
    situation s;
    s.wanted("shop-warehouse").name = "shop-archive";
    std::ranges::sort(s.desired.connectors, {}, &model::desired_connector::name);
    return s;
}

const model::change* find(const std::vector<model::change>& changes, change_kind kind) {
    const auto found = std::ranges::find(changes, kind, &model::change::kind);
    return found == changes.end() ? nullptr : &*found;
}

} // namespace

TEST_CASE("a change goes by itself up to a restart of tasks, and waits for acceptance beyond") {
    const std::vector<std::pair<std::string, consequence>> rows{
        {"max.batch.size", consequence::task_restart},
        {"decimal.handling.mode", consequence::event_shape},
        {"key.converter", consequence::event_shape},
        {"a.key.nobody.knows", consequence::event_shape},
        {"table.exclude.list", consequence::gap_risk},
        {"topic.delimiter", consequence::topic_rename},
        {"slot.name", consequence::new_slot},
        {"topic.prefix", consequence::resnapshot},
        {"flush.lsn.source", consequence::data_loss},
    };
    for (const auto& [key, cost] : rows) {
        INFO(key);
        const auto c = only(with_change(key));
        CHECK(c.cost == cost);
        CHECK(c.may_run() == (cost == consequence::task_restart));
        if (c.may_run()) continue;
        CHECK(c.held == obstacle::acceptance);
        CHECK(c.to_accept == std::set{cost});
        const auto word = std::string(model::to_string(cost));
        CHECK_THAT(c.blocked, Contains(key) && Contains("--accept=" + word) && Contains(c.id));
    }
}

TEST_CASE("accepting one consequence accepts no other, higher or lower") {
    auto s = with_change("slot.name");
    for (const auto other : {consequence::event_shape, consequence::resnapshot, consequence::remove}) {
        s.desired.accepted = {other};
        CHECK(only(s).held == obstacle::acceptance);
    }
    s.desired.accepted = {consequence::new_slot};
    CHECK(only(s).may_run());
}

TEST_CASE("a change of several keys needs each of their consequences accepted") {
    auto s = with_change("slot.name");
    s.wanted("shop-source").config["decimal.handling.mode"] = std::string("string");
    CHECK(only(s).to_accept == std::set{consequence::event_shape, consequence::new_slot});
    s.desired.accepted = {consequence::new_slot};
    CHECK(only(s).to_accept == std::set{consequence::event_shape});
    CHECK_THAT(only(s).blocked, Contains("decimal.handling.mode"));
    s.desired.accepted = {consequence::new_slot, consequence::event_shape};
    CHECK(only(s).may_run());
}

TEST_CASE("the id of a change is the same as long as what is to be done is the same") {
    auto s = with_change("slot.name");
    const auto id = only(s).id;
    CHECK(id.size() == 8);
    s.advance(std::chrono::hours(1));
    CHECK(only(s).id == id);
    SECTION("another wish") {
        s.wanted("shop-source").config["slot.name"] = std::string("third");
    }
    SECTION("another state of the world") {
        s.config("shop-source")["slot.name"] = "by-hand";
    }
    SECTION("one key more") {
        s.wanted("shop-source").config["max.batch.size"] = std::string("7");
    }
    CHECK(only(s).id != id);
}

TEST_CASE("an id in the file accepts that change alone, once") {
    auto s = with_change("slot.name");
    const auto id = only(s).id;
    s.desired.accepted_plans = {"00000000"};
    CHECK(only(s).held == obstacle::acceptance);
    s.desired.accepted_plans = {id};
    CHECK(only(s).may_run());

    decide::note_begun(s.desired, only(s), s.memory);
    s.look();
    CHECK(only(s).may_run()); // it failed, say: it may be tried again

    const auto before = std::exchange(s.config("shop-source")["slot.name"], "another");
    s.look();
    CHECK(s.changes().empty());
    s.config("shop-source")["slot.name"] = before;
    CHECK(only(s).id == id);
    CHECK(only(s).held == obstacle::acceptance); // spent

    s.desired.accepted_plans.clear();
    s.look();
    CHECK(s.memory.acceptances.empty());
}

TEST_CASE("a begun acceptance is not spent while the world cannot be seen") {
    auto s = with_change("slot.name");
    s.desired.accepted_plans = {only(s).id};
    decide::note_begun(s.desired, only(s), s.memory);
    s.observed.connectors.failure = error{errc::unreachable, "list", "Connect", "away"};
    s.look();
    CHECK(s.memory.acceptances.begin()->second == model::acceptance_state::begun);
}

TEST_CASE("a new name of a connector costs reading everything again, and the deletion of the old one") {
    auto s = renamed();
    SECTION("nothing accepted: both stay as they are") {
        const auto changes = s.changes();
        REQUIRE(changes.size() == 1);
        CHECK(changes[0].held == obstacle::acceptance);
        CHECK(changes[0].cost == consequence::resnapshot);
    }
    SECTION("pruning alone accepts no new name") {
        s.desired.prune = true;
        const auto changes = s.changes();
        REQUIRE(changes.size() == 1);
        CHECK(changes[0].held == obstacle::acceptance);
    }
    SECTION("the new name without the deletion: refused with the way out") {
        s.desired.accepted = {consequence::resnapshot};
        const auto changes = s.changes();
        REQUIRE(changes.size() == 1);
        CHECK(changes[0].held == obstacle::refusal);
        CHECK_THAT(changes[0].blocked, Contains("accept delete too"));
    }
    SECTION("both accepted: the old one goes first") {
        s.desired.accepted = {consequence::resnapshot, consequence::remove};
        auto changes = s.changes();
        REQUIRE(changes.size() == 2);
        CHECK(find(changes, change_kind::create_connector)->held == obstacle::order);
        CHECK(find(changes, change_kind::delete_connector)->may_run());
        CHECK(find(changes, change_kind::delete_connector)->subject == "shop-warehouse");

        s.observed.connectors.value->erase("shop-warehouse");
        changes = s.changes();
        REQUIRE(changes.size() == 1);
        CHECK(changes[0].may_run());
    }
    SECTION("a file that prunes accepts the deletion") {
        s.desired.prune = true;
        s.desired.accepted = {consequence::resnapshot};
        CHECK(find(s.changes(), change_kind::delete_connector)->may_run());
    }
}

TEST_CASE("the deletion of a source says which slot stays and holds WAL") {
    situation s;
    s.desired.prune = true;
    std::erase_if(s.desired.connectors, [](const auto& c) { return c.name == "shop-source"; });
    std::string slot = s.config("shop-source")["slot.name"];
    SECTION("the one that is written") {}
    SECTION("Debezium's own, when none is written") {
        s.config("shop-source").erase("slot.name");
        slot = "debezium";
    }
    const auto changes = s.changes();
    const auto* deletion = find(changes, change_kind::delete_connector);
    REQUIRE(deletion != nullptr);
    CHECK(deletion->may_run());
    CHECK_THAT(
        deletion->because,
        Contains("its slot " + slot + " on db:5432") &&
            Contains("pg_drop_replication_slot('" + slot + "')") && Contains("holds WAL")
    );
}

TEST_CASE("the mark is written into an adopted connector only with a change, or when its restart is accepted"
) {
    situation s;
    s.wanted("shop-source").adopt = true;
    s.config("shop-source").erase("sluice.owner");
    s.look();
    CHECK(s.memory.connectors.at("shop-source").owned); // at once, by memory
    CHECK(s.changes().empty());
    SECTION("accepted: a change of the mark alone") {
        s.desired.accepted = {consequence::task_restart};
        const auto c = only(s);
        CHECK(c.kind == change_kind::update_config);
        CHECK(c.cost == consequence::task_restart);
        CHECK(c.may_run());
        CHECK_FALSE(c.is_drift);
        REQUIRE(c.keys.size() == 1);
        CHECK(c.keys[0] == model::key_change{"sluice.owner", {}, "demo", false, consequence::none});
        s.config("shop-source")["sluice.owner"] = "demo";
        CHECK(s.changes().empty());
    }
    SECTION("another consequence accepted: nothing") {
        s.desired.accepted = {consequence::event_shape};
        CHECK(s.changes().empty());
    }
    SECTION("a change for another reason needs no acceptance") {
        s.wanted("shop-source").config["max.batch.size"] = std::string("7");
        CHECK(only(s).keys.size() == 1);
        CHECK(only(s).may_run());
    }
    SECTION("never into what is another instance's") {
        s.desired.accepted = {consequence::task_restart};
        s.wanted("shop-source").adopt = false;
        s.memory = {};
        s.config("shop-source")["sluice.owner"] = "other";
        CHECK(only(s).held == obstacle::refusal);
        CHECK(only(s).keys.empty());
    }
}

TEST_CASE("a longer retention goes by itself, a shorter one and another policy wait") {
    struct row {
        std::string key, before, after;
        bool waits;
    };
    const std::vector<row> rows{
        {"retention.ms", "1000", "2000", false},
        {"retention.ms", "1000", "-1", false},
        {"retention.ms", "2000", "1000", true},
        {"retention.ms", "-1", "1000", true},
        {"retention.bytes", "5", "6", false},
        {"cleanup.policy", "delete", "compact", true},
        {"max.message.bytes", "9", "1", false},
        {"unclean.leader.election.enable", "false", "true", true},
        {"unclean.leader.election.enable", "true", "false", false},
    };
    for (const auto& [key, before, after, waits] : rows) {
        INFO(key << ' ' << before << " to " << after);
        situation s;
        auto& topic = s.desired.topics.at(0);
        topic.written_config = {{key, after}};
        auto& entries = *s.observed.topics.value->at(topic.name).config;
        entries[key] = {before, false, false, false};
        const auto c = only(s);
        CHECK((c.held == obstacle::acceptance) == waits);
        if (waits) CHECK(c.to_accept == std::set{consequence::data_loss});
    }
}
