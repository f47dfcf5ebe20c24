// A decision that is not made anew because all is at rest is the one that would have been made.

#include "decide/heal.hpp"
#include "decide/resting.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace sluice;
using namespace sluice::testing;

namespace {

/// The pipeline `shop` and plain connectors, in which something moves now and then, and a loop that looks.
class moving_fleet {
public:
    explicit moving_fleet(std::uint32_t seed) : random_(seed) {
        for (int i = 0; i < 4; ++i)
            s.desired.connectors.push_back(plain_connector("plain-" + std::to_string(i)));
        std::ranges::sort(s.desired.connectors, {}, &model::desired_connector::name);
        s.realise();
        wish();
    }

    void step() {
        s.advance(milliseconds(number(500, 60'000)));
        if (s.observed.topics.fresh()) s.observed.topics.read_at = s.observed.topics.tried_at = s.now;
        if (number(0, 9) == 0) move();
    }

    /// Looks as the loop does, with each list under a number of its own; whether all was at rest.
    bool look() {
        if (s.observed.connectors.value != connectors_) ++of.connectors;
        if (s.observed.topics.value != topics_) ++of.topics;
        connectors_ = s.observed.connectors.value;
        topics_ = s.observed.topics.value;
        const bool at_rest = rest.is_unmoved(s.in(), of, last);
        if (!at_rest) {
            last = s.decide();
            rest.note(s.in(), of, last);
        }
        return at_rest;
    }

    situation s;
    decide::editions of;
    decide::resting rest;
    decide::decision last;

private:
    void wish() { of.desired = std::make_shared<const model::desired>(s.desired); }

    void move() {
        auto& any = s.desired.connectors[static_cast<std::size_t>(
            number(0, static_cast<int>(s.desired.connectors.size()) - 1)
        )];
        auto& list = *s.observed.connectors.value;
        const bool is_there = list.contains(any.name);
        auto& memory = s.memory.connectors[any.name];
        switch (number(0, 27)) {
        case 0: list.erase(any.name); break;
        case 1:
        case 2:
        case 3: list[any.name] = running(any); break;
        case 4:
            if (is_there) (*list[any.name].config)["by.hand"] = std::to_string(number(1, 3));
            break;
        case 5:
            if (is_there && list[any.name].status) s.fail_task(any.name);
            break;
        case 6:
            if (is_there && list[any.name].status)
                list[any.name].status->state = model::connector_state::paused;
            break;
        case 7: s.write_problems[any.name] = "refused"; break;
        case 8: s.write_problems.clear(); break;
        case 9: s.changing.insert(any.name); break;
        case 10: s.changing.clear(); break;
        case 11:
            if (s.observed.connectors.failure)
                s.observed.connectors.failure.reset();
            else
                s.observed.connectors.failure = away;
            break;
        case 12: // with what was read getting old
            s.now = s.now + std::chrono::minutes(number(1, 70));
            break;
        case 13: memory.restarted.push_back(s.now); break;
        case 14: memory.contests["some.key"].changes.push_back(s.now.wall); break;
        case 15:
            s.observed.logins[any.name] = read(true, s.now);
            if (number(0, 1) == 0) s.observed.logins[any.name].failure = away;
            break;
        case 16: s.observed.logins.clear(); break;
        case 17:
            if (s.observed.topics.failure)
                s.observed.topics.failure.reset();
            else
                s.observed.topics.failure = away;
            break;
        case 18: s.observed.topics.value->clear(); break;
        case 19:
            s.observed.topics.value->emplace("shop.public.orders", existing(s.desired.topics.front()));
            break;
        case 20: s.observed.conflict_at = s.now.mono; break;
        case 21: join_group(); break;
        case 22: freeze(); break;
        case 23:
            any.state = static_cast<model::target_state>(number(0, 2));
            wish();
            break;
        case 24: list["stray"] = stranger("stray"); break;
        case 25: s.restarting = s.restarting.empty() ? std::set{any.name} : std::set<std::string>{}; break;
        case 26: memory.created_stopped = true; break;
        default: mend();
        }
    }

    void join_group() {
        const auto state = number(0, 2) == 0 ? model::group_state::rebalancing : model::group_state::stable;
        const std::string worker = number(0, 3) == 0 ? "another" : "worker";
        s.observed.group = read(model::connect_group{state, {{"1", "host", worker}}}, s.now);
    }

    void freeze() {
        s.desired.freeze.clear();
        if (number(0, 1) == 0) {
            model::freeze_window window;
            window.daily.emplace();
            window.daily->from = std::chrono::hours(number(0, 23));
            window.daily->to = std::chrono::hours(number(0, 24));
            s.desired.freeze.push_back(window);
        }
        wish();
    }

    void mend() {
        for (auto& wanted : s.desired.connectors) wanted.state = model::target_state::running;
        s.desired.freeze.clear();
        wish();
        s.realise();
        s.observed.logins.clear();
        s.write_problems.clear();
        s.changing.clear();
        s.restarting.clear();
    }

    int number(int from, int to) { return std::uniform_int_distribution<>(from, to)(random_); }

    const error away{errc::unreachable, "ask", "it", "refused"};
    std::minstd_rand random_;
    std::optional<model::connector_list> connectors_;
    std::optional<model::topic_list> topics_;
};

void require_the_same(const decide::decision& a, const decide::decision& b) {
    REQUIRE(a.verdicts == b.verdicts);
    REQUIRE(a.plan == b.plan);
    REQUIRE(a.memory == b.memory);
    REQUIRE(a.undeclared == b.undeclared);
    REQUIRE(a.orphaned == b.orphaned);
    REQUIRE(a.restarts.empty());
    REQUIRE(b.restarts.empty());
    REQUIRE(a.workers == b.workers);
    REQUIRE(a.frozen_until == b.frozen_until);
}

} // namespace

TEST_CASE("whatever moves and whatever time goes by, at rest nothing else would have been decided") {
    std::size_t at_rest = 0;
    constexpr std::uint32_t seeds = 60;
    constexpr int steps = 150;
    for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
        moving_fleet fleet(seed);
        for (int i = 0; i < steps; ++i) {
            INFO("seed " << seed << ", step " << i);
            fleet.step();
            if (fleet.look()) {
                ++at_rest;
                require_the_same(fleet.last, fleet.s.decide());
            }
            fleet.s.memory = fleet.last.memory;
        }
    }
    CHECK(at_rest > seeds * steps / 20); // else this would show nothing
}

TEST_CASE("a fleet is at rest once nothing is learnt of it any more, until something moves") {
    moving_fleet fleet(1);
    const auto look = [&] {
        const bool at_rest = fleet.look();
        fleet.s.memory = fleet.last.memory;
        return at_rest;
    };
    CHECK_FALSE(look());
    look(); // what the first has learnt
    CHECK(look());
    fleet.s.advance(std::chrono::hours(24));
    fleet.s.observed.topics.read_at = fleet.s.now;
    CHECK(look());
    fleet.s.fail_task("plain-3");
    CHECK_FALSE(look());
    CHECK_FALSE(look());
}

TEST_CASE("a restart that counts for a budget is no unrest, but its end is") {
    moving_fleet fleet(1);
    fleet.s.memory.connectors["plain-1"].restarted.push_back(fleet.s.now);
    const auto look = [&] {
        const bool at_rest = fleet.look();
        fleet.s.memory = fleet.last.memory;
        return at_rest;
    };
    look();
    look();
    fleet.s.advance(decide::budget_period - seconds(1));
    CHECK(look());
    fleet.s.advance(seconds(1));
    CHECK_FALSE(look());
    CHECK(fleet.s.memory.connectors["plain-1"].restarted.empty());
}
