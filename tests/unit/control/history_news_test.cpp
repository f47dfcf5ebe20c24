#include "control/history_news.hpp"
#include "support/sample_view.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using control::changes_seen;
using control::history_event;
using control::history_kind;
using control::status_view;
using model::connector_state;

namespace {

/// The one pipeline of the sample that has links worth breaking.
control::pipeline_view& shop(status_view& view) {
    auto copy = std::make_shared<control::pipeline_view>(*view.pipelines.at(1));
    view.pipelines.at(1) = copy;
    return *copy;
}

status_view healthy() {
    auto view = sample_view();
    auto& p = shop(view);
    p.verdict.findings.clear();
    p.verdict.status = model::link_status::ok;
    p.links.at(1).status->tasks.at(0) = {0, connector_state::running, "10.0.0.2:8083", ""};
    p.links.at(1).verdict.status = model::link_status::ok;
    return view;
}

std::vector<std::string> told(const status_view* before, const status_view& after) {
    std::vector<std::string> lines;
    for (const auto& e : changes_seen(before, after))
        lines.push_back(
            std::string(control::to_string(e.kind)) + ' ' + e.pipeline + '/' + e.subject + ' ' + e.what +
            ' ' + e.before + ">" + e.after
        );
    return lines;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("the same view again is no news") {
    for (const auto& view : {sample_view(), healthy()}) CHECK(told(&view, view).empty());
}

TEST_CASE("a task or connector on another worker is told, and nothing while its worker is not known") {
    const auto before = healthy();
    auto after = healthy();
    shop(after).links.at(1).status->tasks.at(0).worker_id = "10.0.0.9:8083";
    CHECK(told(&before, after) == lines{"moved shop/shop-warehouse task 0 10.0.0.2:8083>10.0.0.9:8083"});
    shop(after).links.at(1).status->tasks.at(0).worker_id.clear();
    CHECK(told(&before, after).empty());
}

TEST_CASE("another version of Connect is told") {
    auto before = healthy();
    auto after = healthy();
    const auto is_connect = [](const auto& d) { return d.kind == "connect"; };
    auto& connect = *std::ranges::find_if(after.dependencies, is_connect);
    const auto old = connect.version;
    connect.version = "9.9.9";
    CHECK(told(&before, after) == lines{"version /" + connect.name + " connect " + old + ">9.9.9"});
}

TEST_CASE("a connector that nobody declared is told when it comes and goes, but not while Connect is away") {
    auto before = healthy();
    before.undeclared.clear();
    auto after = before;
    after.undeclared = {"stray"};
    CHECK(told(&before, after) == lines{"undeclared /stray  absent>present"});
    CHECK(told(&after, before) == lines{"undeclared /stray  present>absent"});
    for (auto& d : before.dependencies)
        if (d.kind == "connect") d.up = false;
    const auto is_about_it = [](const history_event& e) { return e.kind == history_kind::undeclared; };
    CHECK(std::ranges::none_of(changes_seen(&before, after), is_about_it));
}

TEST_CASE("drift and what is held back are told as they come up and end, with the keys; the rest is not") {
    auto before = healthy();
    before.plan.changes.clear();
    auto after = before;
    model::change update;
    update.kind = model::change_kind::update_config;
    update.subject = "shop-source";
    update.link = {"shop", {}};
    update.id = "0a1b2c3d";
    update.keys = {{"max.batch.size", "1", "2048"}};
    after.plan.changes = {update};
    CHECK(told(&before, after).empty());
    after.plan.changes.at(0).is_drift = true;
    CHECK(told(&before, after) == lines{"planned shop/shop-source update >is due"});
    CHECK(changes_seen(&before, after).at(0).keys == update.keys);
    CHECK(told(&after, before) == lines{"planned shop/shop-source update is due>gone"});
    auto held = after;
    held.plan.changes.at(0).hold(model::obstacle::acceptance, "awaits acceptance of gap-risk");
    CHECK(
        told(&after, held) ==
        lines{
            "planned shop/shop-source update >awaits acceptance",
            "planned shop/shop-source update is due>gone"
        }
    );
    for (auto& d : held.dependencies)
        if (d.kind == "connect") d.up = false;
    const auto is_about_plan = [](const history_event& e) { return e.kind == history_kind::planned; };
    CHECK(std::ranges::none_of(changes_seen(&after, held), is_about_plan));
}

TEST_CASE("a task that fails is told with its state before, its status and its finding, each with why") {
    const auto before = healthy();
    const auto after = sample_view();
    CHECK(
        told(&before, after) ==
        lines{
            "task shop/shop-warehouse 0 running>failed",
            "status shop/shop-warehouse  ok>failed",
            "finding shop/sink_db at localhost:5433 SINK_UNREACHABLE absent>present",
            "status shop/  ok>failed"
        }
    );
    const auto events = changes_seen(&before, after);
    CHECK(events.at(0).why == "org.postgresql.util.PSQLException: Connection to localhost:5433 refused");
    CHECK(events.at(2).why == "The sink's database refuses connections.");
    CHECK(events.at(3).why == "shop-warehouse: task 0 failed");
    for (const auto& e : events) CHECK(e.at == after.made_at.wall);
}

TEST_CASE("and when it runs again everything is told the other way round") {
    const auto before = sample_view();
    CHECK(
        told(&before, healthy()) ==
        lines{
            "task shop/shop-warehouse 0 failed>running",
            "status shop/shop-warehouse  failed>ok",
            "finding shop/sink_db at localhost:5433 SINK_UNREACHABLE present>absent",
            "status shop/  failed>ok"
        }
    );
}

TEST_CASE("at the beginning only what is not as it should be is told, and each pipeline's status") {
    CHECK(
        told(nullptr, sample_view()) ==
        lines{
            "dependency /default connect >there",
            "dependency /kafka kafka >there",
            "login shop/shop-warehouse sink_db >away",
            "planned audit/audit create >awaits acceptance",
            "planned shop/shop-warehouse update >is due",
            "connector audit/audit  >missing",
            "status audit/  >paused",
            "task shop/shop-warehouse 0 >failed",
            "finding shop/sink_db at localhost:5433 SINK_UNREACHABLE absent>present",
            "status shop/  >failed"
        }
    );
}

TEST_CASE("while Connect cannot be read nothing is said of connectors, and afterwards only what is amiss") {
    const auto before = healthy();
    auto dark = healthy();
    for (auto& link : shop(dark).links) link.known = false;
    CHECK(told(&before, dark).empty());
    CHECK(told(&dark, before).empty());
    auto paused = healthy();
    shop(paused).links.at(0).status->state = connector_state::paused;
    CHECK(told(&dark, paused) == lines{"connector shop/shop-source  >paused"});
}

TEST_CASE("a connector that disappears and comes back is told, and its tasks as they come") {
    const auto before = healthy();
    auto gone = healthy();
    shop(gone).links.at(0).exists = false;
    shop(gone).links.at(0).status.reset();
    CHECK(told(&before, gone) == lines{"connector shop/shop-source  running>missing"});
    CHECK(told(&gone, before) == lines{"connector shop/shop-source  missing>running"});
    auto without_tasks = healthy();
    shop(without_tasks).links.at(0).status->tasks.clear();
    CHECK(told(&before, without_tasks) == lines{"task shop/shop-source 0 running>gone"});
    CHECK(told(&without_tasks, before) == lines{"task shop/shop-source 0 >running"});
}

TEST_CASE("a system that goes and comes is told, one that was not asked is not") {
    const auto before = healthy();
    auto after = healthy();
    after.dependencies.at(0).up = false;
    after.dependencies.at(0).problem = "connection refused";
    after.dependencies.at(1).up.reset();
    CHECK(told(&before, after) == lines{"dependency /default connect there>away"});
    CHECK(changes_seen(&before, after).at(0).why == "connection refused");
}

TEST_CASE("a reload is told with what came of it") {
    const auto before = healthy();
    auto after = healthy();
    after.config.last_reload_at += seconds(5);
    const auto refused = changes_seen(&before, after);
    REQUIRE(refused.size() == 1);
    CHECK(refused.at(0).kind == history_kind::reload);
    CHECK_THAT(refused.at(0).answer, Catch::Contains("refused"));
    CHECK_THAT(refused.at(0).why, Catch::Contains("unknown key"));
    after.config.last_reload_successful = true;
    CHECK(changes_seen(&before, after).at(0).answer == "ok");
}

TEST_CASE("a finding whose text merely changes is no news") {
    const auto before = sample_view();
    auto after = sample_view();
    shop(after).verdict.findings.at(0).message = "The sink's database still refuses connections.";
    CHECK(told(&before, after).empty());
}

TEST_CASE("a pipeline that the file adds is told from its first status on, one that it drops no more") {
    const auto both = healthy();
    auto one = healthy();
    one.pipelines.pop_back();
    CHECK(told(&both, one).empty());
    CHECK(told(&one, both) == lines{"status shop/  >ok"});
}
