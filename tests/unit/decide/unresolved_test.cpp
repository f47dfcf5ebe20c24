// What is planned for a connector whose config cannot be derived: nothing, and the plan says so.
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using namespace sluice::testing;
using model::change_kind;
using model::obstacle;

namespace {

constexpr auto reason =
    "the connector class x is not installed in Connect; put the plugin into the plugin.path";

model::change only(const situation& s) {
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    return changes.front();
}

} // namespace

TEST_CASE("a connector whose config cannot be derived is in the plan, held back with the reason") {
    situation s;
    SECTION("it is not there") {
        s.observed.connectors.value->erase("shop-warehouse");
        s.leave_unresolved(sink_connector(), reason);
        CHECK(only(s).kind == change_kind::create_connector);
    }
    SECTION("it is there") {
        s.leave_unresolved(sink_connector(), reason);
        CHECK(only(s).kind == change_kind::update_config);
    }
    SECTION("it is there, and somebody accepts whatever it costs") {
        s.leave_unresolved(sink_connector(), reason);
        s.desired.accepted = {model::consequence::task_restart, model::consequence::event_shape};
    }
    const auto c = only(s);
    CHECK(c.subject == "shop-warehouse");
    CHECK(c.link == model::link_id{"shop", "warehouse"});
    CHECK(c.held == obstacle::refusal);
    CHECK(c.blocked == reason);
    CHECK(c.keys.empty());
    CHECK_FALSE(c.is_drift);
}

TEST_CASE("without a list of connectors nothing is said of one whose config cannot be derived") {
    situation s;
    s.leave_unresolved(sink_connector(), reason);
    s.observed.connectors.failure = error{errc::unreachable, "list the connectors of", "x", ""};
    CHECK(s.changes().empty());
}

TEST_CASE("what runs without a config that could be derived is paused when asked, and not restarted") {
    situation s;
    auto sink = sink_connector();
    SECTION("paused") {
        sink.state = model::target_state::paused;
        s.leave_unresolved(sink, reason);
        const auto changes = s.changes();
        REQUIRE(changes.size() == 2);
        CHECK(changes[1].kind == change_kind::pause);
        CHECK(changes[1].may_run());
    }
    SECTION("failed") {
        s.leave_unresolved(sink, reason);
        s.fail_task("shop-warehouse");
        CHECK(only(s).kind == change_kind::update_config);
    }
}
