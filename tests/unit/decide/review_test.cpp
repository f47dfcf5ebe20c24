// What one file changes against another, with no world to look at.
#include "decide/agreed.hpp"
#include "decide/review.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::consequence;

namespace {

model::desired file() {
    return situation().desired;
}

model::desired_connector& in(model::desired& desired, const std::string& name) {
    return *std::ranges::find(desired.connectors, name, &model::desired_connector::name);
}

std::vector<model::change> changes(const model::desired& before, const model::desired& after) {
    return decide::review(before, after).plan.changes;
}

} // namespace

TEST_CASE("a file against itself changes nothing, whatever states it declares") {
    for (const auto state :
         {model::target_state::running, model::target_state::paused, model::target_state::stopped}) {
        auto desired = file();
        for (auto& c : desired.connectors) c.state = state;
        CHECK(changes(desired, desired).empty());
    }
}

TEST_CASE("what no file can say a config for is a change only where that is new") {
    situation s;
    const auto before = s.desired;
    s.leave_unresolved(sink_connector(), "the JDBC sink needs events with their schema");
    CHECK(changes(s.desired, s.desired).empty());
    const auto found = changes(before, s.desired);
    REQUIRE(found.size() == 1);
    CHECK(found[0].subject == "shop-warehouse");
    CHECK(found[0].kind == change_kind::update_config);
    CHECK(found[0].blocked == "the JDBC sink needs events with their schema");
    REQUIRE(changes(s.desired, before).size() == 1);
    CHECK(changes(s.desired, before)[0].kind == change_kind::create_connector);
}

TEST_CASE("a review names each change with its consequence, and none of them as drift") {
    const auto before = file();
    auto after = before;
    in(after, "shop-source").config["slot.name"] = std::string("another");
    in(after, "shop-source").config["database.password"] = secret("another");
    after.drift = model::drift_policy::report;
    const auto found = changes(before, after);
    REQUIRE(found.size() == 1);
    CHECK(found[0].cost == consequence::new_slot);
    CHECK(found[0].to_accept == std::set{consequence::new_slot});
    CHECK_FALSE(found[0].is_drift);
    REQUIRE(found[0].keys.size() == 2);
    CHECK(found[0].keys[0].is_secret);
    CHECK(
        found[0].keys[1] ==
        model::key_change{"slot.name", "demo_shop", "another", false, consequence::new_slot}
    );
}

TEST_CASE("a review creates what is new, and deletes what is gone only with `prune: true`") {
    auto before = file();
    auto after = before;
    after.connectors.push_back(source_connector("zoo"));
    after.topics.push_back(table_topic("zoo.public.orders", "zoo"));
    std::erase_if(after.connectors, [](const auto& c) { return c.name == "shop-warehouse"; });
    auto found = changes(before, after);
    REQUIRE(found.size() == 2);
    CHECK(found[0].kind == change_kind::create_topic);
    CHECK(found[1].subject == "zoo-source");
    CHECK(decide::review(before, after).orphaned == std::vector<std::string>{"shop-warehouse"});
    after.prune = true;
    found = changes(before, after);
    REQUIRE(found.size() == 3);
    CHECK(found[2].kind == change_kind::delete_connector);
    CHECK(found[2].subject == "shop-warehouse");
}

TEST_CASE("a connector that gets another name is no new one") {
    const auto before = file();
    auto after = before;
    in(after, "shop-warehouse").name = "archive";
    std::ranges::sort(after.connectors, {}, &model::desired_connector::name);
    const auto found = changes(before, after);
    REQUIRE(found.size() == 1);
    CHECK(found[0].cost == consequence::resnapshot);
    CHECK_THAT(found[0].blocked, Contains("shop-warehouse until now"));
}

TEST_CASE("topics of the older file are taken as it would have made them") {
    const auto before = file();
    auto after = before;
    auto& topic = after.topics.at(0);
    topic.written_partitions = 3;
    topic.written_config = {{"cleanup.policy", "delete"}};
    const auto found = changes(before, after);
    REQUIRE(found.size() == 2);
    CHECK(found[0].kind == change_kind::add_partitions);
    CHECK(found[0].cost == consequence::event_shape);
    CHECK(found[1].cost == consequence::data_loss);
    CHECK(found[1].keys.at(0).before == "compact");
}

TEST_CASE("what is agreed to covers the same change from the same state, and a new connector's own state") {
    const auto before = file();
    auto after = before;
    in(after, "shop-source").config["slot.name"] = std::string("another");
    auto more = source_connector("zoo");
    more.topics.clear();
    more.state = model::target_state::paused;
    after.connectors.push_back(more);
    const auto planned = changes(before, after);
    const decide::agreed agreed(planned);
    for (const auto& c : planned) CHECK(agreed.covers(c));
    CHECK(agreed.concerns("shop-source"));
    CHECK_FALSE(agreed.concerns("shop-warehouse"));

    in(after, "shop-source").config["slot.name"] = std::string("third");
    in(after, "shop-warehouse").state = model::target_state::paused;
    for (const auto& c : changes(before, after)) CHECK(agreed.covers(c) == (c.subject == "zoo-source"));
    model::change state;
    state.kind = change_kind::pause;
    state.subject = "zoo-source";
    state.id = "ffffffff";
    CHECK(agreed.covers(state));
    model::change restart;
    restart.kind = change_kind::restart_failed;
    restart.subject = "zoo-source";
    CHECK_FALSE(agreed.covers(restart));
}
