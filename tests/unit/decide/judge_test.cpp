// One status per link, joined to one per pipeline.
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::connector_state;
using model::link_status;
using model::target_state;
using std::chrono::minutes;

namespace {

const error away{errc::unreachable, "list the connectors of", "http://localhost:8083", "connection refused"};

model::pipeline_verdict verdict(const situation& s) {
    return s.decide().verdicts.at(0);
}

model::link_verdict source(const situation& s) {
    const auto v = verdict(s);
    return *std::ranges::find(v.links, "shop-source", &model::link_verdict::connector);
}

std::vector<std::string> codes(const situation& s) {
    std::vector<std::string> all;
    for (const auto& f : verdict(s).findings) all.push_back(f.code);
    return all;
}

/// The source was never there.
situation before_its_creation() {
    situation s;
    s.observed.connectors.value->erase("shop-source");
    s.memory.connectors.erase("shop-source");
    return s;
}

} // namespace

TEST_CASE("every link is listed with its tasks, the source first") {
    const situation s;
    const auto v = verdict(s);
    REQUIRE(v.links.size() == 2);
    CHECK(v.links[0].link == model::link_id{"shop", ""});
    CHECK(v.links[0].tasks_running == 1);
    CHECK(v.links[0].tasks_expected == 1);
    CHECK(v.links[1].link == model::link_id{"shop", "warehouse"});
    CHECK(v.reason.empty());
    CHECK(v.findings.empty());
}

TEST_CASE("a link's status follows from what is observed of it") {
    struct row {
        std::string what;
        void (*happen)(situation&);
        link_status status;
        std::string reason;
    };
    const std::vector<row> rows{
        {"it runs", [](situation&) {}, link_status::ok, ""},
        {"declared paused",
         [](situation& s) { s.wanted("shop-source").state = target_state::paused; },
         link_status::paused,
         "declared paused"},
        {"declared stopped, whatever fails",
         [](situation& s) {
             s.wanted("shop-source").state = target_state::stopped;
             s.fail_task("shop-source");
         },
         link_status::paused,
         "declared stopped"},
        {"declared paused, and nothing is known",
         [](situation& s) {
             s.wanted("shop-source").state = target_state::paused;
             s.observed.connectors = {};
         },
         link_status::paused,
         "declared paused"},
        {"a task failed",
         [](situation& s) { s.fail_task("shop-source", "a.B: c"); },
         link_status::failed,
         "task 0 failed: a.B: c"},
        {"the connector failed",
         [](situation& s) {
             s.status("shop-source").state = connector_state::failed;
             s.status("shop-source").trace = "a.B: c";
         },
         link_status::failed,
         "the connector failed: a.B: c"},
        {"not asked yet",
         [](situation& s) { s.observed.connectors = {}; },
         link_status::unknown,
         "has not been read yet"},
        {"asked long ago, and no answer since",
         [](situation& s) { s.now = s.now + seconds(32); },
         link_status::unknown,
         "was last read 32s ago"},
        {"paused by hand",
         [](situation& s) { s.status("shop-source").state = connector_state::paused; },
         link_status::stopped,
         "paused in Connect, declared running"},
        {"stopped by hand",
         [](situation& s) { s.status("shop-source").state = connector_state::stopped; },
         link_status::stopped,
         "stopped in Connect"},
        {"no worker has it",
         [](situation& s) { s.status("shop-source").state = connector_state::unassigned; },
         link_status::starting,
         "unassigned"},
        {"restarting",
         [](situation& s) { s.status("shop-source").state = connector_state::restarting; },
         link_status::starting,
         "restarting"},
        {"a state of a later Connect",
         [](situation& s) { s.status("shop-source").state = connector_state::unknown; },
         link_status::unknown,
         "does not know"},
        {"no status yet",
         [](situation& s) { s.seen("shop-source").status.reset(); },
         link_status::starting,
         "no status"},
        {"no task yet",
         [](situation& s) { s.status("shop-source").tasks.clear(); },
         link_status::starting,
         "0 of 1 tasks run"},
        {"not ours",
         [](situation& s) { s.config("shop-source").erase("sluice.owner"); },
         link_status::failed,
         "adopt: true"},
        {"changed just now",
         [](situation& s) {
             s.changing.insert("shop-source");
             s.fail_task("shop-source");
         },
         link_status::starting,
         "a change of it"},
    };
    for (const auto& [what, happen, status, reason] : rows) {
        INFO(what);
        situation s;
        happen(s);
        const auto v = source(s);
        CHECK(model::to_string(v.status) == model::to_string(status));
        CHECK_THAT(v.reason, Contains(reason));
        CHECK(v.reason.empty() == (status == link_status::ok));
    }
}

TEST_CASE("a connector that is not there is being created, or it is told what is in its way") {
    auto s = before_its_creation();
    SECTION("it is being created") {
        s.changing = {"shop-source"};
        CHECK(source(s).status == link_status::starting);
        CHECK(source(s).reason == "it is being created");
    }
    SECTION("nobody has begun to create it") {
        CHECK(source(s).status == link_status::starting);
        CHECK(source(s).reason == "it is not there yet");
    }
    SECTION("it waits for a topic that is being created") {
        s.observed.topics.value->clear();
        CHECK(source(s).status == link_status::starting);
    }
    SECTION("Kafka has not been asked yet") {
        s.observed.topics = {};
        CHECK(source(s).status == link_status::starting);
    }
    SECTION("Kafka does not answer") {
        s.observed.topics = {};
        s.observed.topics.failure = error{errc::unreachable, "describe", "kafka", ""};
        CHECK(source(s).status == link_status::failed);
        CHECK_THAT(source(s).reason, Contains("Kafka has not answered"));
    }
    SECTION("its creation failed") {
        s.write_problems["shop-source"] = "validate the config of shop-source: no such plugin";
        CHECK(source(s).status == link_status::failed);
        CHECK_THAT(source(s).reason, Contains("no such plugin"));
        CHECK(codes(s) == std::vector<std::string>{"WRITE_FAILED"});
    }
    SECTION("a topic of it could not be created") {
        s.observed.topics.value->clear();
        s.write_problems["shop.public.orders"] = "create topic: policy violation";
        CHECK(source(s).status == link_status::failed);
        CHECK_THAT(source(s).reason, Contains("topic shop.public.orders: create topic: policy violation"));
    }
    SECTION("it is blocked") {
        s.observed.connectors.value->emplace(
            "theirs", stranger("theirs", {{"connector.class", postgres_class}, {"topic.prefix", "shop"}})
        );
        CHECK(source(s).status == link_status::failed);
        CHECK_THAT(source(s).reason, Contains("it is not created: connector theirs"));
        CHECK(codes(s) == std::vector<std::string>{"CHANGE_BLOCKED"});
    }
    SECTION("five minutes are over") {
        s.look();
        s.advance(minutes(5));
        CHECK(source(s).status == link_status::starting);
        s.advance(seconds(1));
        CHECK(source(s).status == link_status::failed);
        CHECK_THAT(source(s).reason, Contains("5 minutes"));
    }
}

TEST_CASE(
    "a start that takes more than five minutes has stalled, and names what the login says, or where to look"
) {
    situation s;
    s.status("shop-source").tasks.clear();
    s.look();
    s.advance(minutes(5));
    CHECK(source(s).status == link_status::starting);
    s.advance(seconds(1));
    CHECK(source(s).status == link_status::stalled);
    CHECK_THAT(source(s).reason, Contains("0 of 1 tasks run") && Contains("db:5432"));
    s.observed.logins["shop-source"] = read(true, s.now); // it worked once: then a failure says something
    s.observed.logins["shop-source"].failure =
        error{errc::timeout, "log in to", "db:5432/source_db", "no answer"};
    CHECK_THAT(source(s).reason, Contains("no answer"));
    s.let_run("shop-source"); // and all is well at once
    CHECK(source(s).status == link_status::ok);
}

TEST_CASE("a start names what the login says at once") {
    situation s;
    s.status("shop-source").tasks[0].state = connector_state::restarting;
    s.observed.logins["shop-source"] = read(true, s.now);
    s.observed.logins["shop-source"].failure =
        error{errc::unauthorized, "log in to", "db:5432/source_db", "password authentication failed"};
    s.look();
    CHECK(source(s).status == link_status::starting);
    CHECK_THAT(source(s).reason, Contains("being restarted") && Contains("password authentication failed"));
}

TEST_CASE("a list that could not be renewed is believed for three intervals, then the links are unknown") {
    situation s;
    s.observed.connectors.failure = away;
    s.now = s.now + seconds(30);
    CHECK(source(s).status == link_status::ok);
    s.now = s.now + milliseconds(1);
    CHECK(source(s).status == link_status::unknown);
    CHECK_THAT(source(s).reason, Contains("connection refused"));
    CHECK_FALSE(verdict(s).in_sync);
    s.observed.connectors.failure.reset(); // whether the last look failed or none was made
    CHECK(source(s).status == link_status::unknown);
}

TEST_CASE("a short interval does not make knowledge of half a minute old") {
    situation s;
    s.now = s.now + seconds(30);
    const auto d = decide::decide(
        {s.desired, s.observed, s.memory, s.secrets, s.now, seconds(1), s.write_problems, s.changing}
    );
    CHECK(d.verdicts.at(0).status == link_status::ok);
}

TEST_CASE("a pipeline is in sync only on what was read at the last look") {
    const error later{errc::timeout, "read", "", ""};
    situation s;
    CHECK(verdict(s).in_sync);
    s.observed.topics.failure = later;
    CHECK_FALSE(verdict(s).in_sync);
    s.desired.topics.clear(); // Kafka is not asked then
    CHECK(verdict(s).in_sync);
    s.observed.connectors.failure = later;
    CHECK_FALSE(verdict(s).in_sync);
}

TEST_CASE("a connector that stays unassigned, or without a status, for more than five minutes has stalled") {
    for (const bool has_status : {true, false}) {
        situation s;
        if (has_status)
            s.status("shop-source").state = connector_state::unassigned;
        else
            s.seen("shop-source").status.reset();
        s.look();
        s.advance(minutes(5));
        CHECK(source(s).status == link_status::starting);
        s.advance(seconds(1));
        CHECK(source(s).status == link_status::stalled);
    }
}

TEST_CASE("of a pipeline's links the worst tells its status, and paused ranks just above ok") {
    situation s;
    CHECK(verdict(s).status == link_status::ok);
    s.wanted("shop-warehouse").state = target_state::paused;
    s.status("shop-warehouse").state = connector_state::paused;
    CHECK(verdict(s).status == link_status::paused);
    s.status("shop-source").tasks.clear();
    CHECK(verdict(s).status == link_status::starting);
    CHECK_THAT(verdict(s).reason, Contains("shop-source: 0 of 1"));
    s.fail_task("shop-warehouse"); // it is declared paused: that comes first
    CHECK(verdict(s).status == link_status::starting);
}

TEST_CASE("the ranking of statuses is that of the contract") {
    using enum link_status;
    const std::vector<link_status> from_best{
        ok, paused, starting, lagging, stalled, stopped, rewound, unknown, failed, lost
    };
    CHECK(std::ranges::is_sorted(from_best));
    for (const auto s : from_best) CHECK(model::is_well(s) == (s == ok || s == starting || s == paused));
}

TEST_CASE("`since` moves when the status does, and only then") {
    situation s;
    const auto began = verdict(s).since;
    s.advance(minutes(10));
    CHECK(s.look().verdicts[0].since == began);
    s.fail_task("shop-source", "first");
    const auto failed = s.look().verdicts[0].since;
    CHECK(failed == s.now.wall);
    s.advance(minutes(1));
    s.fail_task("shop-source", "another reason, the same status");
    CHECK(s.look().verdicts[0].since == failed);
    s.let_run("shop-source");
    CHECK(s.look().verdicts[0].since == s.now.wall);
    s.now.wall -= std::chrono::hours(1); // the wall clock jumps back
    CHECK(s.look().verdicts[0].since == s.now.wall + std::chrono::hours(1));
}

TEST_CASE("a link that cannot be derived has failed, with the reason, and the pipeline is not in sync") {
    situation s;
    s.leave_unresolved(sink_connector("shop", "lake"), "no plugin with the class x is installed");
    const auto v = verdict(s);
    REQUIRE(v.links.size() == 3);
    CHECK(v.links[1].link.sink == "lake");
    CHECK(v.links[1].connector == "shop-lake");
    CHECK(v.links[1].status == link_status::failed);
    CHECK(v.status == link_status::failed);
    CHECK(v.reason == "shop-lake: no plugin with the class x is installed");
    CHECK_FALSE(v.in_sync);
    CHECK(codes(s) == std::vector<std::string>{"LINK_UNRESOLVED"});
    CHECK(v.findings.front().subject == "shop-lake");
}

TEST_CASE("that rows of an added table are not copied is told while it is added, and is no fault") {
    situation s;
    s.wanted("shop-source").config["table.include.list"] = std::string(R"(public\.orders)");
    s.realise();
    s.look();
    s.wanted("shop-source").config["table.include.list"] = std::string(R"(public\.orders,public\.items)");
    const auto v = verdict(s);
    CHECK(v.status == link_status::ok);
    REQUIRE(v.findings.size() == 1);
    CHECK(v.findings[0].code == "NEW_TABLE_NOT_SNAPSHOTTED");
    CHECK(v.findings[0].level == model::severity::info);
    CHECK_THAT(v.findings[0].message, Contains("read of public.items") && !Contains("orders"));
    s.realise();
    CHECK(verdict(s).findings.empty());
}

TEST_CASE("what a restart mends is no difference, all else in the plan is") {
    situation s;
    s.fail_task("shop-source");
    CHECK(verdict(s).in_sync);
    CHECK(codes(s) == std::vector<std::string>{"TASK_FAILED_FATAL"});
    s.config("shop-source")["max.batch.size"] = "1";
    CHECK_FALSE(verdict(s).in_sync);
}

TEST_CASE("a login that fails is a finding of its own, by what failed") {
    for (const auto& [code, finding] : std::vector<std::pair<errc, std::string>>{
             {errc::unauthorized, "AUTH"},
             {errc::refused, "AUTH"},
             {errc::unreachable, "DATABASE_UNREACHABLE"},
             {errc::timeout, "DATABASE_UNREACHABLE"}
         }) {
        situation s;
        s.observed.logins["shop-source"].failure = error{code, "log in to", "db:5432/source_db", "no"};
        CHECK(codes(s) == std::vector<std::string>{finding});
        CHECK(verdict(s).findings[0].subject == "shop-source");
        CHECK(verdict(s).status == link_status::ok); // the connector runs
    }
}

TEST_CASE("a pipeline has its own verdict, whatever happens to another") {
    situation s;
    s.desired.connectors.push_back(plain_connector("audit"));
    std::ranges::sort(s.desired.connectors, {}, &model::desired_connector::name);
    s.realise();
    s.fail_task("audit");
    const auto d = s.decide();
    REQUIRE(d.verdicts.size() == 2);
    CHECK(d.verdicts[0].pipeline == "audit");
    CHECK(d.verdicts[0].status == link_status::failed);
    CHECK(d.verdicts[1].status == link_status::ok);
    CHECK(d.verdicts[1].findings.empty());
}

TEST_CASE("no worker, a start that is blocked, tasks that were never made, and a dead worker's RUNNING are "
          "told apart") {
    situation s;
    SECTION("no worker has it") {
        s.status("shop-source").tasks[0].state = model::connector_state::unassigned;
        CHECK(source(s).status == link_status::starting);
        CHECK_THAT(source(s).reason, Contains("UNASSIGNED"));
    }
    SECTION("a start that is blocked") {
        s.status("shop-source").tasks.clear();
        CHECK(source(s).status == link_status::starting);
        CHECK_THAT(source(s).reason, Contains("shows only once it has started"));
        s.look();
        s.advance(minutes(6));
        CHECK(source(s).status == link_status::stalled);
        CHECK_THAT(source(s).reason, Contains("blocked while it starts, and is not restarted"));
    }
    SECTION("never made") {
        s.status("shop-source").tasks.clear();
        s.seen("shop-source").task_count = 0;
        CHECK_THAT(source(s).reason, Contains("Connect has made no tasks of it"));
    }
    SECTION("a dead worker") {
        s.observed.group = read(
            model::connect_group{model::group_state::stable, {{"1", "/10.0.0.1", "another:8083"}}}, s.now
        );
        CHECK(source(s).status == link_status::stalled);
        CHECK_THAT(source(s).reason, Contains("worker worker, which is gone"));
        CHECK(codes(s) == std::vector<std::string>{"WORKER_DEAD_STATUS_STALE", "WORKER_DEAD_STATUS_STALE"});
        s.observed.group.value->members[0].worker = "worker";
        CHECK(source(s).status == link_status::ok);
    }
    CHECK(s.changes().empty()); // and nothing is done about any of them
}

TEST_CASE("a failure's finding has the code of what failed, and what to do about it") {
    situation s;
    s.fail_task(
        "shop-warehouse", "org.postgresql.util.PSQLException: ERROR: permission denied for table orders"
    );
    const auto v = verdict(s);
    REQUIRE(v.findings.size() == 1);
    CHECK(v.findings[0].code == "SINK_PERMISSION");
    CHECK_THAT(v.findings[0].remedy, Contains("grant"));
}
