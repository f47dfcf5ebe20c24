// A new source begins stopped where Connect can, and is told apart from one that somebody stopped.
#include "decide/first_start.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::testing;
using model::target_state;

namespace {

std::optional<model::connect_worker> worker(const std::string& version) {
    return model::connect_worker{version, "", ""};
}

situation newly_created() {
    situation s;
    s.look();
    s.memory.connectors.at("shop-source").created_stopped = true;
    s.memory.connectors.at("shop-source").settled_digest.clear();
    s.status("shop-source") = {model::connector_state::stopped, "worker", "", {}};
    return s;
}

} // namespace

TEST_CASE("only a source is created stopped, only where it is to run, and only by Connect 3.7 and later") {
    auto source = source_connector();
    CHECK(decide::state_at_creation(source, worker("3.7.0")) == target_state::stopped);
    CHECK(decide::state_at_creation(source, worker("4.1.1")) == target_state::stopped);
    CHECK(decide::state_at_creation(source, worker("7.7.1-ccs")) == target_state::stopped);
    CHECK(decide::state_at_creation(source, worker("3.6.2")) == target_state::running);
    CHECK(decide::state_at_creation(source, worker("unknown")) == target_state::running);
    CHECK(decide::state_at_creation(source, {}) == target_state::running);
    CHECK(decide::state_at_creation(sink_connector(), worker("3.7.2")) == target_state::running);
    CHECK(decide::state_at_creation(plain_connector("audit"), worker("3.7.2")) == target_state::running);
    source.state = target_state::paused;
    CHECK(decide::state_at_creation(source, worker("3.7.2")) == target_state::paused);
}

TEST_CASE("a source that was created stopped is resumed as its first start, whatever is done about drift") {
    auto s = newly_created();
    s.desired.drift = GENERATE(model::drift_policy::correct, model::drift_policy::report);
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes.front().kind == model::change_kind::resume);
    CHECK(changes.front().is_first_start);
    CHECK(changes.front().may_run());
}

TEST_CASE("a source stopped by hand is no first start, and counts as stopped") {
    situation s;
    s.look();
    s.status("shop-source") = {model::connector_state::stopped, "worker", "", {}};
    REQUIRE(s.changes().size() == 1);
    CHECK_FALSE(s.changes().front().is_first_start);
    CHECK(s.decide().verdicts.front().status == model::link_status::stopped);
}

TEST_CASE("a new source whose config is not as declared is put right before it starts") {
    auto s = newly_created();
    s.config("shop-source")["max.batch.size"] = "1";
    const auto changes = s.changes();
    REQUIRE(changes.size() == 2);
    CHECK(changes.front().kind == model::change_kind::update_config);
    CHECK(changes.back().kind == model::change_kind::resume);
    CHECK(changes.back().held == model::obstacle::order);
}

TEST_CASE("a new source is starting while it is looked at, and its first state other than stopped ends that"
) {
    auto s = newly_created();
    CHECK(s.decide().verdicts.front().status == model::link_status::starting);
    s.let_run("shop-source");
    s.look();
    CHECK_FALSE(s.memory.connectors.at("shop-source").created_stopped);
}
