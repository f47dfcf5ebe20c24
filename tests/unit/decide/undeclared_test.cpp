// Connectors that nobody declares.
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using names = std::vector<std::string>;

namespace {

/// `count` connectors that carry our mark, are remembered as owned and are no longer declared.
situation with_orphans(int count) {
    situation s;
    for (int i = 0; i < count; ++i) {
        const auto gone = plain_connector("gone-" + std::to_string(i));
        s.observed.connectors.value->emplace(gone.name, running(gone));
        s.memory.connectors[gone.name].owned = true;
        s.memory.connectors[gone.name].link = gone.link;
    }
    return s;
}

} // namespace

TEST_CASE("what nobody declares is told, and what of it carries our mark apart") {
    situation s;
    s.observed.connectors.value->emplace("theirs", stranger("theirs"));
    s.observed.connectors.value->emplace("others", stranger("others", {{"sluice.owner", "other"}}));
    s.observed.connectors.value->emplace("ours", stranger("ours", {{"sluice.owner", "demo"}}));
    s.observed.connectors.value->emplace("dim", stranger("dim"));
    s.seen("dim").config.reset();
    const auto d = s.decide();
    CHECK(d.undeclared == names{"dim", "others", "ours", "theirs"});
    CHECK(d.orphaned == names{"ours"});
    CHECK(d.plan.empty());
}

TEST_CASE("deleting needs `prune: true`, our mark and our memory of owning it") {
    for (const bool prune : {false, true})
        for (const std::string mark : {"", "other", "demo"})
            for (const bool remembered : {false, true})
                for (const bool owned : {false, true}) {
                    INFO(
                        "prune " << prune << ", mark " << mark << ", remembered " << remembered << ", owned "
                                 << owned
                    );
                    situation s;
                    s.desired.prune = prune;
                    s.observed.connectors.value->emplace("old", stranger("old", {{"sluice.owner", mark}}));
                    if (remembered) s.memory.connectors["old"].owned = owned;
                    const bool deletes = prune && mark == "demo" && remembered && owned;
                    const auto changes = s.changes();
                    REQUIRE(changes.size() == (deletes ? 1 : 0));
                    if (!deletes) continue;
                    CHECK(changes[0].kind == model::change_kind::delete_connector);
                    CHECK(changes[0].cost == model::consequence::remove);
                    CHECK(changes[0].blocked.empty());
                    CHECK_THAT(changes[0].because, Contains("offsets stay"));
                }
}

TEST_CASE("a connector whose link cannot be derived at present is still declared") {
    situation s;
    s.desired.prune = true;
    s.observed.connectors.value->emplace("shop-lake", stranger("shop-lake", {{"sluice.owner", "demo"}}));
    s.memory.connectors["shop-lake"].owned = true;
    s.memory.connectors["shop-lake"].link = {"shop", "lake"};
    REQUIRE(s.changes().size() == 1);
    s.leave_unresolved(sink_connector("shop", "lake"), "its plugin is not installed");
    const auto d = s.decide();
    for (const auto& c : d.plan.changes) CHECK(c.kind != model::change_kind::delete_connector);
    CHECK(d.undeclared.empty());
}

TEST_CASE("a connector that serves a declared link under its old name is not deleted") {
    situation s;
    s.desired.prune = true;
    s.observed.connectors.value->emplace("old-source", stranger("old-source", {{"sluice.owner", "demo"}}));
    s.memory.connectors["old-source"].owned = true;
    s.memory.connectors["old-source"].link = {"shop", ""};
    CHECK(s.changes().empty());
    CHECK(s.decide().orphaned == names{"old-source"});
}

TEST_CASE("more than half of what is owned is not deleted at once, unless that is accepted") {
    struct row {
        int orphans; // besides the two that stay
        bool held_back;
    };
    for (const auto& [orphans, held_back] : std::vector<row>{{1, false}, {2, false}, {3, true}, {9, true}}) {
        INFO(orphans << " of " << orphans + 2);
        auto s = with_orphans(orphans);
        s.desired.prune = true;
        auto changes = s.changes();
        REQUIRE(changes.size() == static_cast<std::size_t>(orphans));
        for (const auto& c : changes) {
            CHECK(c.blocked.empty() == !held_back);
            if (held_back) CHECK_THAT(c.blocked, Contains("--accept=delete"));
            CHECK(c.to_accept.contains(model::consequence::remove) == held_back);
        }
        s.desired.accepted = {model::consequence::remove};
        for (const auto& c : s.changes()) CHECK(c.blocked.empty());
    }
}

TEST_CASE("the last owned connector may be deleted: one is no mass") {
    auto s = with_orphans(1);
    s.desired.connectors.clear();
    s.desired.topics.clear();
    s.observed.connectors.value->erase("shop-source");
    s.observed.connectors.value->erase("shop-warehouse");
    s.desired.prune = true;
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].blocked.empty());
}
