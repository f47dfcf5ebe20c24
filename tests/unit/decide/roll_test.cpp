// A change to many running connectors of one kind: one goes ahead, and the rest waits for it.
#include "decide/roll.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::obstacle;
using model::roll_phase;
using std::chrono::minutes;

namespace {

std::string name_of(int i) {
    return fmt::format("audit-{:02}", i);
}

/// So many connectors of one kind, all in sync; then the file asks for something else of each.
struct fleet : situation {
    explicit fleet(int size = 5) {
        desired.connectors.clear();
        desired.topics.clear();
        for (int i = 0; i < size; ++i) {
            auto c = plain_connector(name_of(i));
            c.config["audit.level"] = std::string("low");
            c.config["audit.password"] = secret("hunter2");
            desired.connectors.push_back(std::move(c));
        }
        memory = {};
        realise();
        look();
    }

    void ask(const std::string& level) {
        for (auto& c : desired.connectors) c.config["audit.level"] = level;
    }

    /// The change of a connector goes through, and a look shows it, with running tasks.
    void carry_out(const std::string& name) {
        seen(name) = running(wanted(name));
        advance(seconds(3));
    }

    /// The first is changed and has proven itself.
    void prove(const std::string& first) {
        carry_out(first);
        look();
        advance(decide::roll_window);
        look();
    }

    /// The first is changed and fails.
    decide::decision break_first(const std::string& first) {
        carry_out(first);
        look();
        advance(seconds(20));
        fail_task(first, "java.lang.Exception: x\nCaused by: java.lang.IllegalStateException: bad level");
        return look();
    }

    void go_back(const std::string& name) {
        const auto d = decide();
        const auto config = decide::way_back(d.memory, *update(d, name));
        REQUIRE(config.has_value());
        auto before = wanted(name);
        before.config = *config;
        seen(name) = running(before);
        advance(seconds(3));
    }

    static const model::change* update(const decide::decision& d, const std::string& name) {
        const auto is_it = [&](const model::change& c) {
            return c.kind == change_kind::update_config && c.subject == name;
        };
        const auto found = std::ranges::find_if(d.plan.changes, is_it);
        return found == d.plan.changes.end() ? nullptr : &*found;
    }

    static std::vector<std::string> may_run(const decide::decision& d) {
        std::vector<std::string> names;
        for (const auto& c : d.plan.changes)
            if (c.may_run()) names.push_back(c.subject);
        return names;
    }

    [[nodiscard]] const model::roll& roll() const { return memory.rolls.begin()->second; }
};

using names = std::vector<std::string>;

} // namespace

TEST_CASE("of a change to many running connectors of one kind one goes ahead, the others wait for it") {
    fleet s;
    s.ask("high");
    const auto d = s.look();
    CHECK(fleet::may_run(d) == names{"audit-00"});
    for (int i = 1; i < 5; ++i) {
        const auto* waits = fleet::update(d, name_of(i));
        REQUIRE(waits != nullptr);
        CHECK(waits->held == obstacle::order);
        CHECK_THAT(waits->blocked, Contains("audit-00") && Contains("60 s") && Contains("4 others"));
    }
}

TEST_CASE("the others follow when the first has run for its window, not before") {
    fleet s;
    s.ask("high");
    s.look();
    s.carry_out("audit-00");
    CHECK(fleet::may_run(s.look()).empty());
    s.advance(decide::roll_window - seconds(1));
    CHECK(fleet::may_run(s.look()).empty());
    s.advance(seconds(1));
    CHECK(fleet::may_run(s.look()) == names{"audit-01", "audit-02", "audit-03", "audit-04"});
    for (int i = 1; i < 5; ++i) {
        s.carry_out(name_of(i));
        CHECK(fleet::may_run(s.look()).size() == static_cast<std::size_t>(4 - i));
    }
    CHECK(s.look().plan.empty());
    CHECK(s.memory.rolls.empty());
}

TEST_CASE("a first whose change is not seen yet, or that still starts, keeps the others waiting") {
    fleet s;
    s.ask("high");
    s.look();
    s.changing = {"audit-00"};
    s.carry_out("audit-00");
    s.advance(minutes(2));
    CHECK(fleet::may_run(s.look()).empty());
    s.changing.clear();
    s.look();
    s.status("audit-00").tasks.clear();
    s.advance(minutes(2));
    CHECK(fleet::may_run(s.look()).empty());
    s.let_run("audit-00");
    CHECK(fleet::may_run(s.look()).size() == 4);
}

TEST_CASE("a first that fails goes back to the config that it ran with, and the others are not touched") {
    fleet s;
    s.ask("high");
    s.look();
    const auto failed = s.break_first("audit-00");
    CHECK(s.roll().phase == roll_phase::reverting);
    const auto* back = fleet::update(failed, "audit-00");
    REQUIRE(back != nullptr);
    CHECK(back->may_run());
    CHECK_THAT(back->because, Contains("bad level"));
    REQUIRE(back->keys.size() == 1);
    CHECK(back->keys[0].before == "high");
    CHECK(back->keys[0].after == "low");
    const auto config = decide::way_back(s.memory, *back);
    REQUIRE(config.has_value());
    CHECK(model::reveal(config->at("audit.level")) == "low");
    CHECK(model::is_secret(config->at("audit.password")));
    CHECK(config->contains("sluice.owner"));
    CHECK_FALSE(config->contains("name"));

    s.go_back("audit-00");
    const auto after = s.look();
    CHECK(s.roll().phase == roll_phase::failed);
    CHECK_FALSE(s.roll().previous.has_value());
    CHECK(fleet::may_run(after).empty());
    CHECK(after.plan.changes.size() == 5);
    for (const auto& c : after.plan.changes) {
        INFO(c.subject);
        CHECK(c.held == obstacle::roll);
        CHECK_FALSE(c.is_drift);
        CHECK_THAT(
            c.blocked,
            Contains("audit-00") && Contains("bad level") && Contains("went back") && Contains("sluice apply")
        );
    }
    CHECK(after.verdicts.at(3).findings.at(0).code == "ROLL_FAILED");
    s.advance(std::chrono::hours(48));
    CHECK(fleet::may_run(s.look()).empty());
}

TEST_CASE("a first that does not come to run is taken back after five minutes") {
    fleet s;
    s.ask("high");
    s.look();
    s.carry_out("audit-00");
    s.status("audit-00").tasks.clear();
    s.look();
    s.advance(minutes(5) - seconds(1));
    s.look();
    CHECK(s.roll().phase == roll_phase::watching);
    s.advance(seconds(1));
    CHECK(fleet::may_run(s.look()) == names{"audit-00"});
    CHECK_THAT(s.roll().reason, Contains("did not come to run"));
}

TEST_CASE("a healthy one goes ahead, so that a failure tells something") {
    fleet s;
    s.fail_task("audit-00");
    s.look();
    s.ask("high");
    s.look();
    CHECK(s.roll().first == "audit-01");
}

TEST_CASE("where none was healthy the first stays as it is when it fails, and may take a restart to recover"
) {
    fleet s(3);
    for (int i = 0; i < 3; ++i) s.fail_task(name_of(i));
    s.ask("high");
    s.look();
    REQUIRE(s.roll().first == "audit-00");
    s.carry_out("audit-00");
    s.fail_task("audit-00");
    s.look();
    CHECK(s.roll().phase == roll_phase::watching);
    const bool recovers = GENERATE(false, true);
    if (recovers) s.let_run("audit-00");
    s.advance(decide::roll_window);
    s.look();
    if (recovers) {
        CHECK(s.roll().phase == roll_phase::proven);
        return;
    }
    s.look();
    CHECK(s.roll().phase == roll_phase::failed);
    CHECK_THAT(s.roll().reason, Contains("it stays so"));
    CHECK(fleet::update(s.decide(), "audit-00") == nullptr);
}

TEST_CASE("after a restart of Sluice a first that fails stays as it is: its config before is not written down"
) {
    fleet s;
    s.ask("high");
    s.look();
    s.carry_out("audit-00");
    s.look();
    auto& r = s.memory.rolls.begin()->second;
    r.previous.reset();
    r.watched_since.reset();
    s.fail_task("audit-00");
    s.look();
    s.advance(decide::roll_window);
    s.look();
    s.look();
    CHECK(s.roll().phase == roll_phase::failed);
    for (const auto& name : fleet::may_run(s.decide())) CHECK(name == "audit-00"); // its restart
    CHECK(fleet::update(s.decide(), "audit-00") == nullptr);
}

TEST_CASE("a file that asks for something else begins the roll anew") {
    fleet s;
    s.ask("high");
    s.look();
    s.break_first("audit-00");
    s.go_back("audit-00");
    s.look();
    s.ask("medium");
    const auto d = s.look();
    CHECK(s.roll().phase == roll_phase::trying);
    CHECK(fleet::may_run(d) == names{"audit-00"});
    s.prove("audit-00");
    CHECK(fleet::may_run(s.decide()).size() == 4);
}

TEST_CASE("a file that takes the change back leaves nothing to do, and nothing to remember") {
    fleet s;
    s.ask("high");
    s.look();
    s.break_first("audit-00");
    s.go_back("audit-00");
    s.look();
    s.ask("low");
    CHECK(s.look().plan.empty());
    CHECK(s.memory.rolls.empty());
}

TEST_CASE("a person who applies it all the same is not kept waiting by a roll that failed") {
    fleet s;
    s.ask("high");
    s.look();
    s.break_first("audit-00");
    s.go_back("audit-00");
    s.look();
    decide::accept_failed_rolls(s.memory);
    CHECK(fleet::may_run(s.look()).size() == 5);
}

TEST_CASE("one connector, or connectors of different kinds, do not roll") {
    fleet s(1);
    s.ask("high");
    CHECK(fleet::may_run(s.look()).size() == 1);

    fleet two(2);
    two.wanted("audit-01").plugin = "org.example.Other";
    two.ask("high");
    CHECK(fleet::may_run(two.look()).size() == 2);
}

TEST_CASE("what others changed is put back at once, on all of them") {
    fleet s;
    for (int i = 0; i < 5; ++i) s.config(name_of(i))["audit.level"] = "none";
    CHECK(fleet::may_run(s.look()).size() == 5);
    CHECK(s.memory.rolls.empty());
}

TEST_CASE("paused connectors do not go ahead, and wait as the others do") {
    fleet s;
    for (const auto* name : {"audit-00", "audit-01"}) {
        s.wanted(name).state = model::target_state::paused;
        s.status(name).state = model::connector_state::paused;
    }
    s.look();
    s.ask("high");
    CHECK(fleet::may_run(s.look()) == names{"audit-02"});
    s.prove("audit-02");
    CHECK(fleet::may_run(s.decide()).size() == 4);
}

TEST_CASE("a first that somebody else changes while it is watched is put back, and watched on") {
    fleet s;
    s.ask("high");
    s.look();
    s.carry_out("audit-00");
    s.look();
    s.config("audit-00")["audit.level"] = "none";
    CHECK(fleet::may_run(s.look()) == names{"audit-00"});
    CHECK(s.roll().phase == roll_phase::watching);
    s.prove("audit-00");
    CHECK(s.roll().phase == roll_phase::proven);
}

TEST_CASE("a secret that Connect shows masked goes back as the file's own, and none where that one changed") {
    const auto* const mask = "••••••••";
    fleet s;
    for (int i = 0; i < 5; ++i) s.config(name_of(i))["audit.password"] = mask;
    s.ask("high");
    SECTION("the secret is the file's own") {
        s.look();
        REQUIRE(s.roll().previous.has_value());
        CHECK(model::reveal(s.roll().previous->at("audit.password")) == "hunter2");
    }
    SECTION("the secret changes, too") {
        for (int i = 0; i < 5; ++i) s.secrets[{name_of(i), "audit.password"}] = false;
        s.look();
        CHECK_FALSE(s.roll().previous.has_value());
    }
}

TEST_CASE("while Connect cannot be read a roll neither goes on nor is forgotten") {
    fleet s;
    s.ask("high");
    s.look();
    s.carry_out("audit-00");
    s.look();
    s.observed.connectors.failure = error{errc::unreachable, "list", "", ""};
    s.advance(minutes(10));
    s.look();
    CHECK(s.roll().phase == roll_phase::watching);
}

TEST_CASE("during a freeze no roll begins, and one that fails goes back") {
    fleet s;
    s.ask("high");
    s.desired.freeze = {{"UTC", model::daily_freeze{minutes(0), minutes(24 * 60)}, {}}};
    CHECK(fleet::may_run(s.look()).empty());
    s.desired.freeze.clear();
    s.look();
    s.desired.freeze = {{"UTC", model::daily_freeze{minutes(0), minutes(24 * 60)}, {}}};
    const auto failed = s.break_first("audit-00");
    const auto* back = fleet::update(failed, "audit-00");
    REQUIRE(back != nullptr);
    CHECK(back->may_run());
}

TEST_CASE("while Connect rebalances a roll waits, as everything does that runs") {
    fleet s;
    s.ask("high");
    s.observed.conflict_at = s.now.mono;
    const auto d = s.look();
    CHECK(fleet::may_run(d).empty());
    CHECK(fleet::update(d, "audit-00")->held == obstacle::order);
    CHECK_THAT(fleet::update(d, "audit-00")->blocked, Contains("rebalance"));
    s.advance(minutes(1));
    CHECK(fleet::may_run(s.look()) == names{"audit-00"});
}

TEST_CASE("when the file drops the connector that went ahead, another one does") {
    fleet f;
    f.ask("high");
    f.look();
    const auto first = f.roll().first;
    f.carry_out(first);
    f.look();
    std::erase_if(f.desired.connectors, [&](const auto& c) { return c.name == first; });
    f.observed.connectors.value->erase(first);
    const auto d = f.look();
    REQUIRE(fleet::may_run(d).size() == 1);
    CHECK(f.roll().first == fleet::may_run(d)[0]);
    CHECK(f.roll().first != first);
}
