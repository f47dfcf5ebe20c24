// Whatever is declared and whatever is there: what holds of every plan.
#include "decide/heal.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using model::change_kind;
using model::connector_state;
using model::target_state;

namespace {

model::desired_connector any_wanted(const std::string& pipeline) {
    auto c = *rc::gen::arbitrary<bool>() ? source_connector(pipeline) : sink_connector(pipeline);
    c.state = *rc::gen::element(
        target_state::running, target_state::running, target_state::paused, target_state::stopped
    );
    c.adopt = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
    c.config["max.batch.size"] = *rc::gen::element<std::string>("1", "2");
    if (*rc::gen::arbitrary<bool>())
        c.config["errors.max.retries"] = *rc::gen::element<std::string>("5", "6");
    return c;
}

/// The connector as it may have been left: by us, by hand, by somebody else.
model::observed_connector any_found(const model::desired_connector& wanted) {
    auto c = running(wanted);
    auto& config = *c.config;
    config["max.batch.size"] = *rc::gen::element<std::string>("1", "2");
    if (*rc::gen::arbitrary<bool>()) config["by.hand"] = "1";
    if (*rc::gen::weightedElement<bool>({{5, false}, {1, true}})) config["slot.name"] = "another_slot";
    if (*rc::gen::arbitrary<bool>())
        config["database.password"] = *rc::gen::element<std::string>("••••••••", "old-password");
    const auto mark = *rc::gen::weightedElement<std::string>({{4, "demo"}, {1, "other"}, {1, ""}});
    config["sluice.owner"] = mark;
    if (mark.empty()) config.erase("sluice.owner");
    c.status->state = *rc::gen::element(
        connector_state::running,
        connector_state::running,
        connector_state::paused,
        connector_state::stopped,
        connector_state::failed,
        connector_state::unassigned
    );
    c.status->tasks.at(0).state = *rc::gen::element(connector_state::running, connector_state::failed);
    if (*rc::gen::weightedElement<bool>({{9, false}, {1, true}})) c.status.reset();
    return c;
}

model::connector_memory any_memory(const model::desired_connector& wanted) {
    model::connector_memory m;
    m.owned = *rc::gen::arbitrary<bool>();
    m.adopted = *rc::gen::weightedElement<bool>({{5, false}, {1, true}});
    m.link = wanted.link;
    m.settled_digest = *rc::gen::element(std::string(), decide::digest(wanted), std::string("earlier"));
    m.tasks[0].attempts = *rc::gen::inRange<std::uint32_t>(0, 4);
    return m;
}

situation any_situation() {
    situation s;
    s.memory = {};
    s.desired.connectors.clear();
    s.desired.topics.clear();
    s.desired.drift = *rc::gen::element(model::drift_policy::correct, model::drift_policy::report);
    s.desired.prune = *rc::gen::arbitrary<bool>();
    model::connector_list found;
    model::topic_list topics;
    for (const std::string pipeline : {"a", "b", "c", "d", "e"}) {
        const auto wanted = any_wanted(pipeline);
        auto topic = table_topic(pipeline + ".public.orders", pipeline);
        if (*rc::gen::arbitrary<bool>()) topic.written_partitions = *rc::gen::inRange(1, 4);
        topic.partitions = topic.written_partitions.value_or(1);
        if (*rc::gen::arbitrary<bool>())
            topic.written_config = {{"segment.ms", *rc::gen::element<std::string>("1", "2")}};
        if (*rc::gen::arbitrary<bool>()) found.emplace(wanted.name, any_found(wanted));
        if (*rc::gen::arbitrary<bool>()) s.memory.connectors.emplace(wanted.name, any_memory(wanted));
        if (*rc::gen::arbitrary<bool>()) {
            auto there = existing(topic);
            there.partitions = *rc::gen::inRange(1, 4);
            topics.emplace(topic.name, std::move(there));
        }
        if (*rc::gen::weightedElement<bool>({{3, true}, {1, false}})) { // else nobody declares it any more
            s.desired.connectors.push_back(wanted);
            s.desired.topics.push_back(topic);
        }
    }
    std::ranges::sort(s.desired.connectors, {}, &model::desired_connector::name);
    s.observed.connectors = read(std::move(found), s.now);
    s.observed.topics = read(std::move(topics), s.now);
    return s;
}

bool same_order(const model::change& a, const model::change& b) {
    return std::tie(a.kind, a.subject) < std::tie(b.kind, b.subject);
}

bool is_topic_change(change_kind kind) {
    return kind == change_kind::create_topic || kind == change_kind::add_partitions ||
           kind == change_kind::alter_topic_config;
}

std::string mark_of(const situation& s, const std::string& connector) {
    const auto& config = s.observed.connectors.value->at(connector).config;
    const auto mark = config->find("sluice.owner");
    return mark == config->end() ? std::string() : mark->second;
}

// --- a world that does what it is told ---------------------------------------------------------------------

void apply_to_topic(situation& s, const model::change& c) {
    const auto& wanted = *std::ranges::find(s.desired.topics, c.subject, &model::desired_topic::name);
    auto& topics = *s.observed.topics.value;
    if (c.kind == change_kind::create_topic) topics.emplace(c.subject, existing(wanted));
    if (c.kind == change_kind::add_partitions) topics.at(c.subject).partitions = *wanted.written_partitions;
    if (c.kind == change_kind::alter_topic_config)
        for (const auto& k : c.keys) (*topics.at(c.subject).config)[k.key] = {*k.after, false, false, false};
}

void apply_to_connector(situation& s, const model::change& c) {
    auto& list = *s.observed.connectors.value;
    if (c.kind == change_kind::delete_connector) {
        list.erase(c.subject);
        s.memory.connectors.erase(c.subject);
        return;
    }
    const auto& wanted = s.wanted(c.subject);
    if (c.kind == change_kind::create_connector) {
        list.emplace(c.subject, running(wanted));
        return;
    }
    auto& found = list.at(c.subject);
    switch (c.kind) {
    case change_kind::update_config: found.config = running(wanted).config; break;
    case change_kind::resume: found.status = running(wanted).status; break;
    case change_kind::pause: found.status->state = connector_state::paused; break;
    case change_kind::stop:
        found.status->state = connector_state::stopped;
        found.status->tasks.clear();
        break;
    case change_kind::restart_failed:
        decide::note_restart(s.memory.connectors.at(c.subject), c, s.now);
        found.status = running(wanted).status;
        break;
    default: RC_FAIL("not a change of a connector");
    }
}

/// Connect assigns and shows what it did not yet.
void let_connect_settle(situation& s) {
    for (auto& [name, found] : *s.observed.connectors.value) {
        if (!found.status) found.status = stranger(name).status;
        if (found.status->state == connector_state::unassigned)
            found.status->state = connector_state::running;
    }
}

/// One pass: what may be done is done, when a roll has had its time. How many changes that were.
std::size_t pass(situation& s) {
    s.look();
    s.advance(std::chrono::minutes(5));
    const auto plan = s.look().plan;
    std::size_t done = 0;
    for (const auto& c : plan.changes) {
        if (!c.blocked.empty()) continue;
        if (is_topic_change(c.kind))
            apply_to_topic(s, c);
        else
            apply_to_connector(s, c);
        ++done;
    }
    let_connect_settle(s);
    s.advance(std::chrono::minutes(10));
    return done;
}

} // namespace

TEST_CASE("a plan is in its one order, by kind and subject, each pair once") {
    const bool holds = rc::check([] {
        const auto changes = any_situation().changes();
        RC_ASSERT(std::ranges::is_sorted(changes, same_order));
        const auto not_before = [](const model::change& a, const model::change& b) {
            return !same_order(a, b);
        };
        RC_ASSERT(std::ranges::adjacent_find(changes, not_before) == changes.end());
    });
    CHECK(holds);
}

TEST_CASE("the same input in another order gives the same plan and the same verdicts") {
    const bool holds = rc::check([] {
        const auto s = any_situation();
        auto shuffled = s;
        std::minstd_rand random(*rc::gen::arbitrary<std::uint32_t>());
        std::ranges::shuffle(shuffled.desired.topics, random);
        const auto one = s.decide();
        const auto other = shuffled.decide();
        RC_ASSERT(one.plan == other.plan);
        RC_ASSERT(one.memory == other.memory);
        auto changes = one.plan.changes;
        std::ranges::shuffle(changes, random);
        decide::put_in_order(changes);
        RC_ASSERT(changes == one.plan.changes);
    });
    CHECK(holds);
}

TEST_CASE("nothing that is not ours is ever written, and nothing deleted without mark, memory and leave") {
    const bool holds = rc::check([] {
        const auto s = any_situation();
        for (const auto& c : s.changes()) {
            if (!c.blocked.empty() || is_topic_change(c.kind) || c.kind == change_kind::create_connector)
                continue;
            const auto mark = mark_of(s, c.subject);
            const auto known = s.memory.connectors.find(c.subject);
            const bool remembers = known != s.memory.connectors.end();
            if (c.kind == change_kind::delete_connector) {
                RC_ASSERT(s.desired.prune || s.desired.accepted.contains(model::consequence::remove));
                RC_ASSERT(mark == "demo");
                RC_ASSERT(remembers && known->second.owned);
                continue;
            }
            const auto wanted =
                std::ranges::find(s.desired.connectors, c.subject, &model::desired_connector::name);
            RC_ASSERT(wanted != s.desired.connectors.end());
            const bool was_adopted = mark.empty() && remembers && known->second.adopted;
            RC_ASSERT(mark == "demo" || wanted->adopt || was_adopted);
        }
    });
    CHECK(holds);
}

TEST_CASE(
    "on a list that is not fresh no connector is in the plan, on one of topics that is not fresh no topic"
) {
    const bool holds = rc::check([] {
        auto s = any_situation();
        const auto reason = error{errc::timeout, "read", "", ""};
        const bool lose_topics = *rc::gen::arbitrary<bool>();
        if (lose_topics)
            s.observed.topics.failure = reason;
        else
            s.observed.connectors.failure = reason;
        for (const auto& c : s.changes()) RC_ASSERT(is_topic_change(c.kind) != lose_topics);
    });
    CHECK(holds);
}

TEST_CASE("carrying a plan out, again and again, comes to an end: then nothing is left that may be done") {
    const bool holds = rc::check([] {
        auto s = any_situation();
        let_connect_settle(s); // else the world may still move when the first pass has found nothing to do
        int passes = 0;
        while (pass(s) > 0) RC_ASSERT(++passes < 5);
        for (const auto& c : s.changes()) RC_ASSERT(!c.blocked.empty());
        RC_ASSERT(pass(s) == 0U);
    });
    CHECK(holds);
}

TEST_CASE("where nothing is held back the world becomes what is declared, and the plan is empty") {
    const bool holds = rc::check([] {
        auto s = any_situation();
        s.desired.drift = model::drift_policy::correct;
        for (int cost = 0; cost <= static_cast<int>(model::consequence::remove); ++cost)
            s.desired.accepted.insert(static_cast<model::consequence>(cost));
        for (auto& [name, found] : *s.observed.connectors.value) {
            (*found.config)["sluice.owner"] = "demo";
            if (found.config->contains("slot.name"))
                (*found.config)["slot.name"] = "demo_" + name.substr(0, 1);
            (*found.config)["database.password"] = "old-password"; // in clear
        }
        int passes = 0;
        while (pass(s) > 0) RC_ASSERT(++passes < 5);
        const auto d = s.look();
        RC_ASSERT(d.plan.empty() || s.desired.prune);
        for (const auto& wanted : s.desired.connectors) {
            const auto& found = s.seen(wanted.name);
            RC_ASSERT(decide::config_changes(wanted, *found.config, s.secrets).empty());
            RC_ASSERT(
                (wanted.state == target_state::running) == (found.status->state == connector_state::running)
            );
        }
        for (const auto& v : d.verdicts) RC_ASSERT(model::is_well(v.status));
    });
    CHECK(holds);
}

TEST_CASE("no plan holds a value of a secret") {
    const bool holds = rc::check([] {
        const auto s = any_situation();
        for (const auto& c : s.changes())
            for (const auto& k : c.keys) {
                const auto shown = k.before.value_or("") + k.after.value_or("") + c.because + c.blocked;
                RC_ASSERT(shown.find("old-password") == std::string::npos);
                RC_ASSERT(shown.find("'s password") == std::string::npos);
            }
    });
    CHECK(holds);
}
