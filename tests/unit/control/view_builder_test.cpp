// From what the loop knows to the view that everybody reads.
#include "control/view_builder.hpp"
#include "decide/heal.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::control;
using model::connector_state;

namespace {

/// The pipeline `shop` with a source and a sink, and the plain connector `audit`.
struct known {
    known() {
        declared.name = "demo";
        model::pipeline shop;
        shop.name = "shop";
        shop.source.slot = "demo_shop";
        shop.source.publication = "demo_shop";
        declared.pipelines = {shop};
        declared.connectors = {{"audit", model::target_state::paused, {}, {}, false}};
        desired.instance = "demo";
        desired.connectors = {
            make("audit", {"audit", ""}, model::connector_role::plain),
            make("shop-source", {"shop", ""}, model::connector_role::source),
            make("shop-warehouse", {"shop", "warehouse"}, model::connector_role::sink),
        };
        desired.connectors[0].state = model::target_state::paused;
        desired.connectors[1].database =
            model::database{"db", 5432, "source_db", "u", secret("source password")};
        desired.connectors[2].database =
            model::database{"db", 5433, "sink_db", "u", std::string("${file:/run/s:p}")};
        model::desired_topic topic;
        topic.name = "cdc.public.orders";
        topic.pipeline = "shop";
        desired.topics = {topic};
        model::connector_list list;
        for (const auto& c : desired.connectors) list[c.name] = running(c);
        observed.connectors = {list, now, {}, now};
        observed.worker = {model::connect_worker{"3.7.2", "", ""}, now, {}, now};
        observed.topics = {model::topic_list{}, now, {}, now};
        loops["logins"] = {"logins", now, seconds(60)};
    }

    static model::desired_connector
    make(const std::string& name, model::link_id link, model::connector_role role) {
        model::desired_connector c;
        c.name = name;
        c.link = std::move(link);
        c.role = role;
        c.plugin = "org.example." + name;
        c.config = {{"sluice.owner", std::string("demo")}};
        return c;
    }

    static model::observed_connector running(const model::desired_connector& wanted) {
        model::observed_connector c;
        c.name = wanted.name;
        c.config.emplace();
        (*c.config)["sluice.owner"] = "demo";
        c.status = model::connector_status{
            connector_state::running, "w", "", {{0, connector_state::running, "w", ""}}
        };
        return c;
    }

    std::shared_ptr<const status_view> view() {
        const decide::inputs in{desired, observed, memory, secrets, now, seconds(10), problems, changing};
        decision = decide::decide(in);
        const view_sources from{
            declared,
            desired,
            observed,
            decision,
            config,
            loops,
            problems,
            [this](const std::string& c) { return c == held ? std::string("apply by root") : std::string(); },
            now,
            started,
            &known_secrets
        };
        return build_view(from);
    }

    const link_view& link(const std::string& connector) {
        last = view();
        for (const auto& p : last->pipelines)
            for (const auto& l : p->links)
                if (l.connector == connector) return l;
        throw std::runtime_error("no link with the connector " + connector);
    }

    const dependency_view& dependency(const std::string& kind) {
        last = view();
        return *std::ranges::find(last->dependencies, kind, &dependency_view::kind);
    }

    model::declaration declared;
    model::desired desired;
    model::observed observed;
    model::memory memory;
    decide::secret_matches secrets;
    moment started{mono_time(seconds(100)), wall_time(seconds(1'000'000))};
    moment now = started + seconds(900);
    std::map<std::string, std::string> problems;
    std::set<std::string> changing;
    decide::decision decision;
    config_view config;
    std::map<std::string, loop_view> loops;
    std::string held;
    std::shared_ptr<const status_view> last;
    scrubber known_secrets;
};

const error refused{errc::unreachable, "reach", "there", "connection refused"};

} // namespace

TEST_CASE("a view has every pipeline by name, plain connectors among them, with what is declared of them") {
    known k;
    const auto view = k.view();
    CHECK(view->instance == "demo");
    CHECK(view->made_at == k.now);
    CHECK(view->started_at == k.started);
    REQUIRE(view->pipelines.size() == 2);
    const auto& audit = *view->pipelines[0];
    CHECK(audit.name == "audit");
    CHECK(audit.is_plain);
    CHECK(audit.target == model::target_state::paused);
    const auto& shop = *view->pipelines[1];
    CHECK_FALSE(shop.is_plain);
    CHECK(shop.slot == "demo_shop");
    CHECK(shop.publication == "demo_shop");
    CHECK(shop.topics == std::vector<std::string>{"cdc.public.orders"});
    REQUIRE(shop.links.size() == 2);
    CHECK(shop.links[0].connector == "shop-source");
    CHECK(shop.links[1].connector == "shop-warehouse");
}

TEST_CASE("a link says what it is, whether Connect lists it, and what it was last seen doing") {
    known k;
    CHECK(k.link("shop-source").group.empty());
    CHECK(k.link("shop-warehouse").group == "connect-shop-warehouse");
    CHECK(k.link("shop-source").plugin == "org.example.shop-source");
    CHECK(k.link("shop-source").exists);
    CHECK(k.link("shop-source").known);
    k.observed.connectors.value->erase("shop-source");
    CHECK_FALSE(k.link("shop-source").exists);
    CHECK_FALSE(k.link("shop-source").status);
    k.observed.connectors.failure = refused;
    CHECK_FALSE(k.link("shop-source").known);
    CHECK(k.link("shop-warehouse").status); // as last observed
}

TEST_CASE("a link shows its hold, its failed write and how many keys differ") {
    known k;
    k.held = "shop-source";
    k.problems["shop-warehouse"] = "no answer";
    (*k.observed.connectors.value->at("shop-source").config)["by.hand"] = "1";
    CHECK(k.link("shop-source").held_by == "apply by root");
    CHECK(k.link("shop-source").drifted_keys == 1);
    CHECK(k.link("shop-source").write_problem.empty());
    CHECK(k.link("shop-warehouse").held_by.empty());
    CHECK(k.link("shop-warehouse").drifted_keys == 0);
    CHECK(k.link("shop-warehouse").write_problem == "no answer");
}

TEST_CASE("a failed link shows what failed, the attempts and the next one by the wall clock") {
    known k;
    auto& task = k.observed.connectors.value->at("shop-source").status->tasks[0];
    task.state = connector_state::failed;
    task.trace = "a.B: x\nCaused by: java.net.ConnectException: Connection refused";
    auto& judged = k.memory.connectors["shop-source"].tasks[0];
    judged.attempts = 2;
    judged.outcome = model::restart_outcome::failed_again;
    judged.failed = true;
    judged.alike = 2;
    judged.fingerprint = decide::fingerprint(task.trace, model::connector_role::source);
    judged.last_attempt = k.now;
    const auto delay = decide::restart_delay("shop-source", 0, 2);
    const auto link = k.link("shop-source");
    CHECK(link.restart.task == 0);
    CHECK(link.restart.attempts == 2);
    CHECK(link.restart.next_at == k.now.wall + delay);
    CHECK(link.restart.cause == "java.net.ConnectException: Connection refused");
    CHECK(link.restart.code == "PG_RESTART");
    CHECK(link.restart.kind == "transient");
    CHECK(link.restart.outcome == "failed-again");
    CHECK(link.restart.last_at == k.now.wall);
    CHECK(link.restarts == std::vector{link.restart});

    k.now = k.now + seconds(60); // it is due: not in the past
    CHECK(k.link("shop-source").restart.next_at == k.now.wall);

    k.observed.logins["shop-source"] = {true, k.now, refused, k.now}; // worked, and fails: then none is due
    CHECK_FALSE(k.link("shop-source").restart.next_at);
    CHECK_THAT(k.link("shop-source").restart.waits_for, Catch::Contains("restarted when this works"));

    judged.outcome = model::restart_outcome::sent;
    task.state = connector_state::running; // what was restarted is shown until it is healthy for long
    CHECK(k.link("shop-source").restart.cause.empty());
    CHECK(k.link("shop-source").restart.outcome == "runs");
    CHECK_FALSE(k.link("shop-source").restart.next_at);
}

TEST_CASE("the workers are shown as Kafka sees them, or as not known") {
    known k;
    CHECK(k.view()->workers.state == "unknown");
    CHECK_FALSE(k.view()->workers.alive);
    k.observed.group = {
        model::connect_group{model::group_state::stable, {{"1", "/10.0.0.1", "10.0.0.1:8083"}}},
        k.now,
        {},
        k.now
    };
    CHECK(k.view()->workers.state == "settled");
    CHECK(k.view()->workers.alive == std::vector<std::string>{"10.0.0.1:8083"});
}

TEST_CASE("a dependency is up, away or not known, and never shows a password") {
    known k;
    CHECK(k.dependency("connect").up == true);
    CHECK(k.dependency("connect").version == "3.7.2");
    CHECK(k.dependency("kafka").up == true);
    CHECK_FALSE(k.dependency("source_db").up); // not asked yet
    CHECK(k.dependency("source_db").name == "shop");
    CHECK(k.dependency("source_db").database == "source_db");
    CHECK(k.dependency("source_db").server == "db:5432");
    k.observed.logins["shop-source"] = {true, k.now, {}, k.now};
    CHECK(k.dependency("source_db").up == true);
    k.observed.logins["shop-source"].failure = refused;
    CHECK(k.dependency("source_db").up == false);
    CHECK(k.dependency("source_db").problem == "reach there: connection refused");
    CHECK_FALSE(k.dependency("sink_db").up); // a password that only Connect has
    CHECK(k.dependency("sink_db").name == "shop-warehouse");
    CHECK(k.dependency("sink_db").problem == "the password is a reference that only Connect can resolve");
    k.observed.connectors.failure = refused;
    CHECK(k.dependency("connect").up == false);
    k.observed.topics.value.reset(); // what was read for the file before a reload
    CHECK(k.dependency("kafka").up == true);
    k.observed.topics = {};
    CHECK_FALSE(k.dependency("kafka").up);
}

TEST_CASE("every observer has answered once each did, or failed; without topics Kafka is not asked") {
    known k;
    CHECK(k.view()->every_observer_answered);
    k.observed.topics = {};
    CHECK_FALSE(k.view()->every_observer_answered);
    k.observed.topics.failure = refused;
    CHECK(k.view()->every_observer_answered);
    k.observed.connectors = {};
    CHECK_FALSE(k.view()->every_observer_answered);
    k.observed.connectors.failure = refused;
    k.observed.topics = {};
    k.desired.topics.clear();
    CHECK(k.view()->every_observer_answered);
    CHECK(std::ranges::count(k.view()->dependencies, "kafka", &dependency_view::kind) == 0);
    k.loops["logins"].last_success = {};
    CHECK_FALSE(k.view()->every_observer_answered);
}

TEST_CASE("a link that cannot be derived has a view under its connector's name") {
    known k;
    k.desired.unresolved[{"shop", "warehouse"}] = "its plugin is not installed";
    const auto view = k.view();
    REQUIRE(view->pipelines[1]->links.size() == 2);
    const auto& link = view->pipelines[1]->links[1];
    CHECK(link.link == model::link_id{"shop", "warehouse"});
    CHECK(link.connector == "shop-warehouse");
    CHECK(link.role == model::connector_role::sink);
    CHECK(view->pipelines[1]->verdict.reason == "shop-warehouse: its plugin is not installed");
    CHECK(link.verdict.reason == "its plugin is not installed");
}

TEST_CASE("what nobody declares is in the view, and the loops and the file's reloads as they were told") {
    known k;
    k.observed.connectors.value->emplace(
        "theirs", model::observed_connector{"theirs", "", std::map<std::string, std::string>{}, {}, {}}
    );
    k.loops["reconcile"] = {"reconcile", k.now, seconds(10)};
    k.config.problems = {"a problem"};
    const auto view = k.view();
    CHECK(view->undeclared == std::vector<std::string>{"theirs"});
    CHECK(view->orphaned.empty());
    REQUIRE(view->loops.size() == 2);
    CHECK(view->loops[1] == loop_view{"reconcile", k.now, seconds(10)});
    CHECK(view->config == k.config);
}

TEST_CASE("a known secret is not in the plan that is shown, under whatever key Connect has it") {
    known k;
    k.known_secrets.learn(secret("topsecretvalue9"));
    auto& config = *k.observed.connectors.value->at("shop-source").config;
    config["by.hand"] = "x topsecretvalue9";
    k.desired.connectors[1].config["note"] = std::string("topsecretvalue9!");
    const auto view = k.view();
    const auto update =
        std::ranges::find(view->plan.changes, model::change_kind::update_config, &model::change::kind);
    REQUIRE(update != view->plan.changes.end());
    const auto& keys = update->keys;
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].before == "x ********");
    CHECK(keys[1].after == "********!");
}

TEST_CASE("a database that cannot be asked from here is neither up nor down, and the reason is told") {
    known k;
    k.observed.logins["shop-source"].failure =
        error{errc::unsupported, "log in to", "the database", "/ca.pem cannot be read on this machine"};
    const auto& d = k.dependency("source_db");
    CHECK_FALSE(d.up);
    CHECK_THAT(d.problem, Catch::Contains("/ca.pem"));
}

TEST_CASE("an override is shown on each link that it concerns, and on the pipeline when it is about all of it"
) {
    known k;
    model::state_override wish;
    wish.who = "anna";
    k.memory.overrides[{model::override_scope::connector, "shop-warehouse"}] = wish;
    auto shop = k.view()->pipelines.at(1);
    CHECK_FALSE(shop->override_on);
    CHECK_FALSE(shop->links.at(0).override_on);
    REQUIRE(shop->links.at(1).override_on);
    CHECK(shop->links.at(1).override_on->wish.who == "anna");
    CHECK(shop->target == model::target_state::running);
    wish.state = model::target_state::stopped;
    k.memory.overrides[{model::override_scope::pipeline, "shop"}] = wish;
    shop = k.view()->pipelines.at(1);
    REQUIRE(shop->override_on);
    CHECK(shop->target == model::target_state::stopped);
}
