#include "control/memory_records.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using control::from_records;
using control::records;
using control::to_records;

namespace {

model::memory sample() {
    model::memory m;
    auto& source = m.connectors["shop-source"];
    source.owned = true;
    source.link = {"shop", ""};
    source.settled_digest = "digest";
    source.restarted = {{{}, wall_time(milliseconds(1'795'458'000'000))}};
    source.judged_config = "0123456789abcdef";
    source.one_more = true;
    auto& task = source.tasks[0];
    task.attempts = 3;
    task.last_attempt.wall = wall_time(milliseconds(1'795'458'000'000));
    task.outcome = model::restart_outcome::failed_again;
    task.fingerprint = "fedcba9876543210";
    task.alike = 2;
    task.failed = task.tried = true;
    source.tasks[-1].alike = 1;
    auto& sink = m.connectors["shop-warehouse"];
    sink.owned = sink.adopted = true;
    sink.link = {"shop", "warehouse"};
    source.created_stopped = true;
    model::state_override wish;
    wish.state = model::target_state::stopped;
    wish.who = "anna";
    wish.reason = "an \"upgrade\"";
    wish.since = wall_time(milliseconds(1'795'458'470'123));
    m.overrides[{model::override_scope::connector, "shop-warehouse"}] = wish;
    wish.state = model::target_state::paused;
    wish.lasts = std::chrono::minutes(30);
    wish.ends_at = wish.since + *wish.lasts;
    m.overrides[{model::override_scope::pipeline, "shop"}] = wish;
    m.pipelines["shop"] = {model::link_status::failed, wall_time(milliseconds(1'795'458'470'123))};
    return m;
}

} // namespace

TEST_CASE("what is remembered across restarts comes back as it was") {
    CHECK(from_records(to_records(sample())) == sample());
}

TEST_CASE("what belongs to this process alone is not kept, nor a connector of which there is nothing to tell"
) {
    auto m = sample();
    auto& source = m.connectors["shop-source"];
    m.overrides.begin()->second.deadline = mono_time(seconds(5));
    source.not_running_since = source.login_back_at = mono_time(seconds(5));
    source.tasks[0].failed_since = source.tasks[0].healthy_since = mono_time(seconds(5));
    source.tasks[0].worker = "w:8083";
    source.tasks[0].start_is_hidden = source.tasks[0].at_once = true;
    source.tasks[7].healthy_since = mono_time(seconds(5)); // nothing is thought of it
    source.placement = 7;
    m.workers.seen = {"w:8083"};
    source.login_problem = "password authentication failed";
    m.connectors["never-ours"].link = {"x", ""};
    CHECK(to_records(m) == to_records(sample()));
    CHECK(to_records(m).size() == 5);
}

TEST_CASE("a connector that is not owned, and was restarted, is remembered for its restarts") {
    model::memory m;
    m.connectors["x"].tasks[0].attempts = 2;
    CHECK(from_records(to_records(m)) == m);
}

TEST_CASE("a record of the version that counted restarts by connector is read as its first task's") {
    const auto known = from_records({{"connector/x", R"({"owned": true, "settled": "d", "restarts": 3})"}})
                           .connectors.at("x");
    CHECK(known.owned);
    CHECK(known.settled_digest == "d");
    REQUIRE(known.tasks.size() == 1);
    CHECK(known.tasks.at(0).attempts == 3);
    CHECK(known.tasks.at(0).last_attempt == moment{});
}

TEST_CASE("a judgement that cannot be read is forgotten, and the others stay") {
    const auto known =
        from_records(
            {{"connector/x",
              R"({"tasks": {"0": {"attempts": 2}, "x": {}, "1x": {}, "-2": {}, "2": 7, "3": {"attempts": -1, "outcome": "dancing", "last_ms": 1e300}}, "restarted_ms": [1, "2", null]})"
            }}
        )
            .connectors.at("x");
    REQUIRE(known.tasks.size() == 2);
    CHECK(known.tasks.at(0).attempts == 2);
    CHECK(known.tasks.at(3) == model::task_judgement{});
    CHECK(known.restarted.size() == 1);
}

TEST_CASE("a record that cannot be read is forgotten, and the others stay") {
    for (const std::string broken : {"", "{", "[]", "7", "null", "\"text\"", "{\"owned\": tru", "\xff\xfe"}) {
        INFO(broken);
        auto all = to_records(sample());
        all["connector/other"] = broken;
        all["pipeline/other"] = broken;
        all["override/nobody/other"] = "{}";
        all["something/of a later version"] = "{}";
        all[""] = "{}";
        all["connector"] = "{}";
        CHECK(from_records(all) == sample());
    }
}

TEST_CASE("a value of another type counts as not there: nothing is guessed, above all no ownership") {
    const auto read = [](const std::string& record) {
        return from_records({{"connector/x", record}}).connectors.at("x");
    };
    CHECK_FALSE(read(R"({"owned": "true"})").owned);
    CHECK_FALSE(read(R"({"owned": 1})").owned);
    CHECK_FALSE(read("{}").owned);
    model::connector_memory only_owned;
    only_owned.owned = true;
    CHECK(
        read(R"({"owned": true, "restarts": "3", "pipeline": 7, "tasks": [], "restarted_ms": 7})") ==
        only_owned
    );
    CHECK(read(R"({"restarts": 1.5})").tasks.empty());
}

TEST_CASE("a pipeline whose status is a word of another version is forgotten") {
    CHECK(from_records({{"pipeline/x", R"({"status": "dancing", "since_ms": 1})"}}).pipelines.empty());
    CHECK(from_records({{"pipeline/x", R"({"since_ms": 1})"}}).pipelines.empty());
    CHECK(from_records({{"pipeline/x", R"({"status": "ok"})"}}).pipelines.at("x").since == wall_time{});
}

TEST_CASE("a number beyond all sense does no harm") {
    for (const std::string n :
         {"9223372036854775807", "-9223372036854775808", "18446744073709551615", "1e300", "4294967296", "-1"
         }) {
        INFO(n);
        CHECK(
            from_records({{"pipeline/x", R"({"status": "ok", "since_ms": )" + n + "}"}}).pipelines.size() == 1
        );
        CHECK(from_records({{"connector/x", R"({"restarts": )" + n + "}"}}).connectors.size() == 1);
    }
}

TEST_CASE("whatever is remembered comes back, and is written the same again") {
    const bool holds = rc::check([] {
        model::memory m;
        const auto names = *rc::gen::container<std::vector<std::string>>(rc::gen::string<std::string>());
        for (const auto& name : names) {
            model::connector_memory c;
            c.owned = true;
            c.adopted = *rc::gen::arbitrary<bool>();
            c.link = {
                *rc::gen::element<std::string>("shop", "a-b", ""),
                *rc::gen::element<std::string>("", "warehouse")
            };
            c.tasks[*rc::gen::inRange(-1, 9)].attempts = *rc::gen::arbitrary<std::uint32_t>() | 1U;
            m.connectors["c-" + std::to_string(name.size())] = c;
        }
        const auto status = static_cast<model::link_status>(
            *rc::gen::inRange(0, static_cast<int>(model::link_status::lost) + 1)
        );
        m.pipelines["shop"] = {
            status, wall_time(milliseconds(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)))
        };
        m.settled_topics["shop.public.orders"] = "3f9a12bc";
        const auto all = to_records(m);
        RC_ASSERT(from_records(all) == m);
        RC_ASSERT(to_records(from_records(all)) == all);
    });
    CHECK(holds);
}
