// What history tells of a run is what the world did, no more and no less.

#include "control/history_json.hpp"
#include "pipeline_fixture.hpp"
#include "troubled_run.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <sstream>

using namespace sluice;
using namespace sluice::testing;
using control::history_event;
using control::history_kind;
using std::chrono::minutes;

namespace {

class remembering_journal final : public control::journal {
public:
    std::string text;

    awaitable<result<void>> append(std::string lines) override {
        text += lines;
        co_return result<void>{};
    }
    awaitable<result<control::history_page>> read(control::history_query) override {
        co_return control::history_page{};
    }

    [[nodiscard]] std::vector<history_event> events() const {
        std::vector<history_event> all;
        std::istringstream in(text);
        for (std::string line; std::getline(in, line);) all.push_back(control::event_from(line).value());
        return all;
    }
    [[nodiscard]] std::vector<history_event> of(history_kind kind) const {
        auto all = events();
        std::erase_if(all, [&](const history_event& e) { return e.kind != kind; });
        return all;
    }
};

control::reconcile_mode daemon_mode() {
    control::reconcile_mode mode;
    mode.tells_news = true;
    return mode;
}

struct remembered_run {
    explicit remembered_run(std::uint32_t seed = 1) : sluice(seed, {}, daemon_mode()) {
        sluice.loop.keep_history(kept, nullptr);
    }

    remembering_journal kept; // outlives the loop
    pipeline_fixture sluice;
};

std::string said(const history_event& action) {
    // As the model world logs its writes.
    if (action.what == "restart") return "restart failed " + action.subject;
    return action.what + ' ' + action.subject;
}

std::map<std::string, int> counted(const std::vector<std::string>& writes) {
    std::map<std::string, int> all;
    for (const auto& w : writes) ++all[w];
    return all;
}

} // namespace

TEST_CASE("history of a start: every write with its answer, and each status on the way to ok") {
    remembered_run r;
    r.sluice.run(demo_declaration());
    REQUIRE(r.sluice.becomes_ok(minutes(1)));
    r.sluice.time.run_for(seconds(1));
    INFO(r.kept.text);
    std::vector<std::string> told;
    for (const auto& e : r.kept.of(history_kind::action)) {
        CHECK(e.answer == "ok");
        CHECK(e.who == "daemon");
        CHECK(e.pipeline == "shop");
        if (!e.what.ends_with("_topic")) told.push_back(said(e));
    }
    CHECK(counted(told) == counted(r.sluice.world.connect_.writes));
    const auto statuses = r.kept.of(history_kind::status);
    REQUIRE_FALSE(statuses.empty());
    CHECK(statuses.back().after == "ok");
}

TEST_CASE("a converged system writes no history, for days", "[long]") {
    remembered_run r;
    r.sluice.run(demo_declaration());
    REQUIRE(r.sluice.becomes_ok(minutes(1)));
    r.sluice.time.run_for(minutes(1));
    const auto before = r.kept.text.size();
    r.sluice.time.run_for(std::chrono::hours(72));
    INFO(r.kept.text.substr(before));
    CHECK(r.kept.text.size() == before);
}

TEST_CASE("a reload that changes nothing makes no news of what is not read yet") {
    remembered_run r;
    r.sluice.run(demo_declaration());
    REQUIRE(r.sluice.becomes_ok(minutes(1)));
    r.sluice.time.run_for(minutes(1));
    const auto before = r.kept.text.size();
    const auto lines = r.sluice.lines.size();
    r.sluice.run(demo_declaration());
    r.sluice.time.run_for(minutes(1));
    INFO(r.kept.text.substr(before) << r.sluice.log());
    CHECK(r.kept.text.size() == before);
    CHECK(r.sluice.lines.size() == lines);
}

TEST_CASE("a change by hand is told by its keys, before and after, and that it was drift's correction") {
    remembered_run r;
    r.sluice.run(demo_declaration());
    REQUIRE(r.sluice.becomes_ok(minutes(1)));
    r.sluice.time.run_for(minutes(1));
    r.sluice.world.connect_.running.at("shop-source").config["max.batch.size"] = "1";
    r.sluice.time.run_for(minutes(1));
    const auto last = r.kept.of(history_kind::action).back();
    CHECK(last.what == "update");
    REQUIRE(last.keys.size() == 1);
    CHECK(last.keys.at(0).key == "max.batch.size");
    CHECK(last.keys.at(0).before == "1");
}

TEST_CASE("a task's failure and its restart are told in the order in which they happened") {
    remembered_run r;
    r.sluice.run(demo_declaration());
    REQUIRE(r.sluice.becomes_ok(minutes(1)));
    r.sluice.time.run_for(minutes(1));
    const auto begin = r.kept.events().size();
    r.sluice.world.connect_.running.at("shop-warehouse").failure =
        "org.apache.kafka.connect.errors.ConnectException: x\nCaused by: java.sql.SQLException: no such "
        "table";
    r.sluice.time.run_for(minutes(2));
    const auto all = r.kept.events();
    INFO(r.kept.text);
    const auto first = [&](auto is) {
        return std::find_if(all.begin() + static_cast<std::ptrdiff_t>(begin), all.end(), is) - all.begin();
    };
    const auto failed =
        first([](const auto& e) { return e.kind == history_kind::task && e.after == "failed"; });
    const auto not_well =
        first([](const auto& e) { return e.kind == history_kind::status && e.after == "failed"; });
    const auto restarted =
        first([](const auto& e) { return e.kind == history_kind::action && e.what == "restart"; });
    const auto end = static_cast<std::ptrdiff_t>(all.size());
    REQUIRE(failed < end);
    REQUIRE(restarted < end);
    CHECK(all.at(static_cast<std::size_t>(failed)).why == "java.sql.SQLException: no such table");
    CHECK(failed < not_well);
    CHECK(not_well < restarted);
}

TEST_CASE(
    "a refusal that lasts a day is told a few times, with how often it came, and then its end", "[long]"
) {
    remembered_run r;
    r.sluice.world.connect_.refuses_configs = "Unable to connect: password authentication failed";
    r.sluice.run(demo_declaration());
    r.sluice.time.run_for(std::chrono::hours(24));
    auto actions = r.kept.of(history_kind::action);
    std::erase_if(actions, [](const history_event& e) { return e.subject != "shop-source"; });
    INFO(r.kept.text);
    REQUIRE_FALSE(actions.empty());
    CHECK(actions.size() < 20);
    CHECK(actions.back().times > 500);
    CHECK(actions.back().answer != "ok");
    r.sluice.world.connect_.refuses_configs.clear();
    REQUIRE(r.sluice.becomes_ok(minutes(2)));
    r.sluice.time.run_for(seconds(1));
    auto after = r.kept.of(history_kind::action);
    std::erase_if(after, [](const history_event& e) { return e.subject != "shop-source"; });
    CHECK(after.back().answer == "ok");
    CHECK(after.back().times == 1);
}

TEST_CASE("in a world full of faults every write that had an effect is in history", "[seeds]") {
    const auto first = setting("SLUICE_SIM_FIRST_SEED", 1);
    const auto seeds = setting("SLUICE_SIM_SEEDS", 20);
    for (auto seed = first; seed < first + seeds; ++seed) {
        remembered_run r(seed);
        r.sluice.world.connect_.faults = {0.05, 0.05, 0.1, 0.1};
        r.sluice.run(demo_declaration());
        r.sluice.time.run_for(minutes(10));
        r.sluice.world.connect_.running["shop-source"].config["max.batch.size"] = "1";
        r.sluice.time.run_for(minutes(10));
        r.sluice.world.connect_.faults = {};
        REQUIRE(r.sluice.becomes_ok(minutes(10)));
        r.sluice.time.run_for(seconds(1));
        std::map<std::string, int> told;
        for (const auto& e : r.kept.of(history_kind::action)) told[said(e)] += static_cast<int>(e.times);
        INFO("seed " << seed << '\n' << r.kept.text << r.sluice.log());
        for (const auto& [write, times] : counted(r.sluice.world.connect_.writes)) {
            INFO(write);
            CHECK(told[write] >= times);
        }
        CHECK(r.sluice.numbers.history_dropped == 0);
    }
}

TEST_CASE("history names no password, whatever goes wrong") {
    remembered_run r;
    r.sluice.world.databases_.problem =
        error{errc::unauthorized, "log in", "source_db", "password authentication failed for cdc-password"};
    auto secrets = std::make_shared<scrubber>();
    secrets->learn(secret("cdc-password"));
    secrets->learn(secret("sink-password"));
    r.sluice.loop.keep_history(r.kept, secrets);
    auto declared = demo_declaration();
    r.sluice.run(declared);
    r.sluice.time.run_for(minutes(5));
    declared.pipelines[0].source.db.password = secret("another-password");
    secrets->learn(secret("another-password"));
    r.sluice.run(declared);
    r.sluice.time.run_for(minutes(5));
    for (const auto* word : {"cdc-password", "sink-password", "another-password"})
        CHECK_THAT(r.kept.text, !Catch::Contains(word));
    CHECK_THAT(r.kept.text, Catch::Contains("database.password"));
}
