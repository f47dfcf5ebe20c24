// How changes are carried out: how many at once, how often again, and what is told of failures.
#include "control/executor.hpp"
#include "counting_connect.hpp"
#include "support/sim/model_world.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using std::chrono::minutes;

namespace {

const error rebalancing{errc::rebalancing, "write", "connect", "rebalance in progress"};
const error refused{errc::refused, "create", "x", "unknown key"};

struct bench {
    bench() {
        connect = std::make_shared<counting_connect>(time);
        work.use(connect, world.topics({}));
    }

    void declare(int connectors) {
        auto d = std::make_shared<model::desired>();
        for (int i = 0; i < connectors; ++i) {
            model::desired_connector c;
            c.name = "c" + std::to_string(i);
            c.link = {"shop", c.name};
            c.plugin = "org.example.Any";
            c.config = {{"connector.class", c.plugin}};
            d->connectors.push_back(c);
        }
        std::ranges::sort(d->connectors, {}, &model::desired_connector::name);
        desired = d;
    }

    bool start(
        change_kind kind,
        const std::string& subject,
        model::target_state initial_state = model::target_state::running,
        bool is_first_start = false
    ) {
        model::change c;
        c.is_first_start = is_first_start;
        c.kind = kind;
        c.subject = subject;
        c.link.pipeline = "shop";
        return work.start(c, desired, initial_state);
    }

    /// Offers one kind of change to many, as the loop does: again whenever a change ended, until all were
    /// taken.
    std::chrono::steady_clock::duration offer(change_kind kind, std::vector<std::string> subjects) {
        const auto begun = time.now().mono;
        while (!subjects.empty()) {
            std::erase_if(subjects, [&](const std::string& s) { return start(kind, s); });
            const int before = progress;
            time.run_while_not([&] { return progress > before; }, std::chrono::hours(1));
        }
        settle();
        return time.now().mono - begun;
    }

    /// Until nothing is in flight; the virtual time that it took.
    std::chrono::steady_clock::duration settle() {
        const auto begun = time.now().mono;
        time.run_while_not([this] { return !work.busy(); }, std::chrono::hours(1));
        return time.now().mono - begun;
    }

    boost::asio::io_context context{1};
    sim_time time{context};
    model_world world{time};
    std::shared_ptr<counting_connect> connect;
    std::vector<std::string> lines;
    logger log{[this](log_level, std::string_view line) { lines.emplace_back(line); }};
    control::telemetry numbers;
    control::secret_hashes hashes{world};
    scope children{context.get_executor(), time, [](const std::string&, const std::string&) {}};
    int progress = 0;
    control::history told{time, log, numbers};
    control::executor work{children, time, log, numbers, told, hashes, [this] { ++progress; }};
    std::shared_ptr<const model::desired> desired;
};

} // namespace

TEST_CASE("at most sixteen connectors are created at a time, and all of them are") {
    bench b;
    b.declare(40);
    std::vector<std::string> names;
    for (const auto& c : b.desired->connectors) names.push_back(c.name);
    CHECK(b.offer(change_kind::create_connector, names) == seconds(3)); // 16, 16 and 8
    CHECK(b.connect->most_under_way == 16);
    CHECK(b.connect->writes().size() == 40);
    CHECK(b.progress == 40);
    CHECK(b.work.take_finished().size() == 40);
    CHECK(b.work.take_finished().empty());
}

TEST_CASE("what runs is changed one connector at a time; what finds no place is not taken") {
    bench b;
    b.declare(6);
    REQUIRE(b.start(change_kind::update_config, "c0"));
    CHECK_FALSE(b.start(change_kind::restart_failed, "c1"));
    CHECK_FALSE(b.work.busy_with("c1"));
    b.settle();
    b.offer(change_kind::restart_failed, {"c1"});
    b.offer(change_kind::pause, {"c2"});
    b.offer(change_kind::resume, {"c3"});
    b.offer(change_kind::stop, {"c4"});
    b.offer(change_kind::delete_connector, {"c5"});
    CHECK(b.connect->most_under_way == 1);
    CHECK(
        b.connect->writes() ==
        std::vector<std::string>{
            "update c0", "restart failed c1", "pause c2", "resume c3", "stop c4", "delete c5"
        }
    );
}

TEST_CASE("creations do not wait for changes to what runs, nor the other way") {
    bench b;
    b.declare(2);
    b.start(change_kind::update_config, "c0");
    b.start(change_kind::create_connector, "c1");
    CHECK(b.settle() == seconds(1));
    CHECK(b.connect->most_under_way == 2);
}

TEST_CASE("a connector has one change in flight, and takes the next when that ended") {
    bench b;
    b.declare(1);
    CHECK(b.work.ended_at("c0") == mono_time::min());
    REQUIRE(b.start(change_kind::create_connector, "c0"));
    CHECK_FALSE(b.start(change_kind::pause, "c0"));
    CHECK(b.work.busy_with("c0"));
    b.settle();
    CHECK_FALSE(b.work.busy_with("c0"));
    CHECK(b.work.ended_at("c0") == b.time.now().mono);
    CHECK(b.start(change_kind::pause, "c0"));
    b.settle();
}

TEST_CASE("a rebalance is nobody's failure: the write is tried again until it goes through") {
    for (const auto code : {errc::rebalancing, errc::forwarding_failed}) {
        bench b;
        b.declare(1);
        b.connect->answer_takes = milliseconds(10);
        for (int i = 0; i < 8; ++i) b.connect->failures.push_back({code, "write", "connect", "later"});
        b.start(change_kind::create_connector, "c0");
        const auto took = b.settle();
        CHECK(b.connect->writes().size() == 9);
        CHECK(b.work.problems().empty());
        // 0.25, 0.5, 1, 2, 4, 5, 5, 5 s, each give or take a fifth
        CHECK(took > milliseconds(18'000));
        CHECK(took < milliseconds(28'000));
        CHECK(std::ranges::count_if(b.lines, [](const auto& l) {
                  return l.starts_with("change failed");
              }) == 0);
    }
}

TEST_CASE("a rebalance that does not end within two minutes is told, and the change is tried again later") {
    bench b;
    b.declare(1);
    b.connect->always = rebalancing;
    b.start(change_kind::update_config, "c0");
    const auto took = b.settle();
    CHECK(took <= minutes(2) + seconds(1));
    CHECK(took >= minutes(2) - seconds(7));
    CHECK_THAT(b.work.problems().at("c0"), Contains("rebalance in progress"));
    CHECK_FALSE(b.start(change_kind::update_config, "c0"));
    b.connect->always.reset();
    b.time.run_for(seconds(3));
    CHECK(b.start(change_kind::update_config, "c0"));
    b.settle();
    CHECK(b.work.problems().empty());
}

TEST_CASE("a rebalance during the validation is nobody's failure either, and has one budget with the write") {
    for (const auto code : {errc::rebalancing, errc::forwarding_failed}) {
        bench b;
        b.declare(1);
        b.connect->validation_fails = error{code, "validate", "connect", "later"};
        REQUIRE(b.start(change_kind::create_connector, "c0"));
        b.time.run_for(seconds(90));
        CHECK(b.work.busy_with("c0"));
        CHECK(b.connect->writes().empty());
        b.connect->validation_fails.reset();
        b.connect->always = rebalancing;
        const auto took = seconds(90) + b.settle();
        CHECK(took <= minutes(2) + seconds(1));
        CHECK_FALSE(b.connect->writes().empty());
        CHECK_THAT(b.work.problems().at("c0"), Contains("rebalance in progress"));
    }
    bench b;
    b.declare(1);
    b.connect->validation_fails = rebalancing;
    REQUIRE(b.start(change_kind::update_config, "c0"));
    b.time.run_for(seconds(1));
    b.connect->validation_fails.reset();
    b.settle();
    CHECK(b.connect->writes() == std::vector<std::string>{"update c0"});
    CHECK(b.work.problems().empty());
}

TEST_CASE("another failure is not tried again at once: it backs off, longer each time, up to half a minute") {
    bench b;
    b.declare(1);
    b.connect->always = refused;
    std::vector<double> pauses;
    for (int i = 0; i < 7; ++i) {
        REQUIRE(b.start(change_kind::create_connector, "c0"));
        b.settle();
        const auto ended = b.time.now().mono;
        while (!b.start(change_kind::create_connector, "c0")) b.time.run_for(milliseconds(50));
        pauses.push_back(std::chrono::duration<double>(b.time.now().mono - ended).count());
        b.settle(); // this was a try too
        b.time.run_for(minutes(1));
    }
    CHECK(b.connect->writes().size() == 14);
    CHECK(pauses.front() >= 1.6);
    CHECK(pauses.front() <= 2.45);
    CHECK(pauses.back() >= 24);
    CHECK(pauses.back() <= 36.05);
}

TEST_CASE("a problem stands until a change of that subject succeeds, and the same again is said once") {
    bench b;
    b.declare(2);
    b.connect->failures = {refused, refused, {errc::outcome_unknown, "create", "c0", "no answer"}};
    const auto warnings = [&] {
        return std::ranges::count_if(b.lines, [](const auto& l) {
            return l.starts_with("change failed action=");
        });
    };
    const auto try_it = [&] {
        REQUIRE(b.start(change_kind::create_connector, "c0"));
        b.settle();
        b.time.run_for(minutes(1));
    };
    try_it();
    CHECK(b.work.problems().at("c0") == "create x: unknown key");
    CHECK(warnings() == 1);
    try_it();
    CHECK(warnings() == 1);
    try_it();
    CHECK(b.work.problems().at("c0") == "create c0: no answer");
    CHECK(warnings() == 2);
    b.start(change_kind::create_connector, "c1");
    b.settle();
    CHECK(b.work.problems().contains("c0")); // that was another one
    try_it();
    CHECK(b.work.problems().empty());
    CHECK(b.numbers.actions.at({"shop", "default", "create", "refused"}) == 2);
    CHECK(b.numbers.actions.at({"shop", "default", "create", "outcome_unknown"}) == 1);
    CHECK(b.numbers.actions.at({"shop", "default", "create", "ok"}) == 2);
}

TEST_CASE("only a change that may have had an effect makes older observations out of date") {
    for (const auto& [code, counts] : std::vector<std::pair<errc, bool>>{
             {errc::outcome_unknown, true},
             {errc::bad_answer, true},
             {errc::server_error, true},
             {errc::refused, false},
             {errc::unreachable, false},
             {errc::unauthorized, false},
         }) {
        INFO(to_string(code));
        bench b;
        b.declare(1);
        b.connect->failures = {{code, "create", "c0", ""}};
        b.start(change_kind::create_connector, "c0");
        b.settle();
        CHECK((b.work.ended_at("c0") == b.time.now().mono) == counts);
    }
}

TEST_CASE("tasks that are named are restarted one by one, up to the first that Connect refuses") {
    bench b;
    b.declare(1);
    model::change c;
    c.kind = change_kind::restart_failed;
    c.subject = "c0";
    c.tasks = {1, 3, 4};
    REQUIRE(b.work.start(c, b.desired, model::target_state::running));
    b.settle();
    CHECK(
        b.connect->writes() ==
        std::vector<std::string>{"restart task c0/1", "restart task c0/3", "restart task c0/4"}
    );
    CHECK(b.work.take_refused_restarts().empty());

    b.connect->calls.clear();
    b.connect->failures = {rebalancing, refused};
    REQUIRE(b.work.start(c, b.desired, model::target_state::running));
    b.settle();
    CHECK(b.connect->writes() == std::vector<std::string>{"restart task c0/1", "restart task c0/1"});
    CHECK(b.work.take_refused_restarts() == std::vector<std::string>{"c0"});
    CHECK(b.work.take_refused_restarts().empty());
    CHECK(b.work.conflict_at().has_value()); // the first answer was a rebalance
}

TEST_CASE("a restart is told from a change of config or state") {
    bench b;
    b.declare(1);
    CHECK_FALSE(b.work.is_restart("c0"));
    b.offer(change_kind::restart_failed, {"c0"});
    CHECK(b.work.is_restart("c0"));
    b.offer(change_kind::update_config, {"c0"});
    CHECK_FALSE(b.work.is_restart("c0"));
}

TEST_CASE("a new file makes every problem forgotten, and its change due") {
    bench b;
    b.declare(1);
    b.connect->failures = {refused};
    b.start(change_kind::create_connector, "c0");
    b.settle();
    REQUIRE_FALSE(b.start(change_kind::create_connector, "c0"));
    b.work.forget_problems();
    CHECK(b.work.problems().empty());
    CHECK(b.start(change_kind::create_connector, "c0"));
    b.settle();
}

TEST_CASE("a connector to delete that is gone is as wanted") {
    bench b;
    b.declare(2);
    b.connect->failures = {{errc::not_found, "delete", "c1", ""}};
    b.start(change_kind::delete_connector, "c1");
    b.settle();
    CHECK(b.work.problems().empty());
}

TEST_CASE(
    "a connector that we did not see and that exists all the same is no success, and is not asked for again "
    "and again"
) {
    bench b;
    b.declare(1);
    b.connect->always = error{errc::already_exists, "create", "c0", "Connector c0 already exists"};
    b.start(change_kind::create_connector, "c0");
    b.settle();
    CHECK_THAT(b.work.problems().at("c0"), Contains("exists") && Contains("does not list it"));
    CHECK_FALSE(b.start(change_kind::create_connector, "c0")); // it backs off like any failure
    CHECK(b.connect->writes().size() == 1);
}

TEST_CASE("a topic that we did not see and that exists all the same is a problem of our rights, told as such"
) {
    bench b;
    b.declare(0);
    auto d = *b.desired;
    model::desired_topic topic;
    topic.name = "t";
    d.topics = {topic};
    b.desired = std::make_shared<const model::desired>(d);
    b.world.kafka_.existing["t"].name = "t";
    b.start(change_kind::create_topic, "t");
    b.settle();
    CHECK(
        b.work.problems().at("t") ==
        "create the topic t: it exists, but cannot be seen; grant Describe on it to Sluice's Kafka principal"
    );
    CHECK_FALSE(b.start(change_kind::create_topic, "t")); // it backs off like any failure
    model::change failed;
    failed.kind = change_kind::create_topic;
    failed.subject = "t";
    CHECK(b.work.has_problem_with(failed));
    failed.kind = change_kind::alter_topic_config;
    CHECK_FALSE(b.work.has_problem_with(failed));
    failed.subject = "another";
    CHECK_FALSE(b.work.has_problem_with(failed));
}

TEST_CASE("another change of a connector that is gone is a failure") {
    bench b;
    b.declare(1);
    b.connect->failures = {{errc::not_found, "pause", "c0", "no such connector"}};
    b.start(change_kind::pause, "c0");
    b.settle();
    CHECK_THAT(b.work.problems().at("c0"), Contains("no such connector"));
}

TEST_CASE("a creation carries the state in which it is to begin") {
    bench b;
    b.declare(2);
    b.start(change_kind::create_connector, "c0", model::target_state::stopped);
    b.settle();
    CHECK(b.connect->initial_state == model::target_state::stopped);
    b.start(change_kind::create_connector, "c1", model::target_state::running);
    b.settle();
    CHECK(b.connect->initial_state == model::target_state::running);
}

TEST_CASE("a worker that knows no initial state gets the creation without it") {
    bench b;
    b.declare(1);
    auto d = *b.desired;
    d.connectors[0].state = model::target_state::paused;
    b.desired = std::make_shared<const model::desired>(d);
    b.connect->failures = {{errc::unsupported, "create", "c0", "needs Connect 3.7 or newer"}};
    b.start(change_kind::create_connector, "c0", model::target_state::paused);
    b.settle();
    CHECK(b.connect->initial_state == model::target_state::running);
    CHECK(b.connect->writes() == std::vector<std::string>{"create c0", "create c0"});
    CHECK(b.work.problems().empty());
}

TEST_CASE("before its first start a connector's offsets are read, and what an earlier one stored is told") {
    bench b;
    b.declare(1);
    b.connect->stored_offsets = {{R"({"server":"cdc"})", R"({"lsn":30977224})"}};
    b.start(change_kind::resume, "c0", {}, true);
    b.settle();
    CHECK(b.connect->writes() == std::vector<std::string>{"resume c0"});
    const auto tells = [](const std::string& line) { return line.find("30977224") != std::string::npos; };
    CHECK(std::ranges::any_of(b.lines, tells));
}

TEST_CASE("a connector whose offsets cannot be read is not started") {
    bench b;
    b.declare(1);
    b.connect->offsets_failure = error{errc::timeout, "read the offsets of connector c0 at", "connect", ""};
    b.start(change_kind::resume, "c0", {}, true);
    b.settle();
    CHECK(b.connect->writes().empty());
    CHECK_THAT(b.work.problems().at("c0"), Contains("read the offsets"));
    b.connect->offsets_failure.reset();
    b.time.run_for(std::chrono::minutes(1)); // the back-off is over
    b.start(change_kind::resume, "c0", {}, true);
    b.settle();
    CHECK(b.connect->writes() == std::vector<std::string>{"resume c0"});
}

TEST_CASE("what Connect's validation refuses is not written, and the refusal is the problem") {
    bench b;
    b.declare(1);
    b.connect->complaints = {{"max.batch.size", {"must be a number"}}};
    b.start(change_kind::create_connector, "c0");
    b.settle();
    CHECK(b.connect->writes().empty());
    CHECK_THAT(b.work.problems().at("c0"), Contains("max.batch.size: must be a number"));
}

TEST_CASE("a write carries the hashes of its secrets, and a config without secrets none") {
    bench b;
    b.declare(2);
    auto d = *b.desired;
    d.connectors[0].config["database.password"] = secret("the password");
    b.desired = std::make_shared<const model::desired>(d);
    b.start(change_kind::create_connector, "c0");
    b.start(change_kind::create_connector, "c1");
    b.settle();
    const auto& with = b.connect->configs.at("c0");
    CHECK(model::reveal(with.at("database.password")) == "the password");
    REQUIRE(with.contains("sluice.secrets"));
    CHECK_THAT(
        model::reveal(with.at("sluice.secrets")),
        Contains("salt") && Contains("database.password") && !Contains("the password")
    );
    CHECK_FALSE(b.connect->configs.at("c1").contains("sluice.secrets"));
    for (const auto& line : b.lines) CHECK_THAT(line, !Contains("the password"));
}

TEST_CASE("a change that the file no longer asks for is not carried out") {
    bench b;
    b.declare(1);
    b.start(change_kind::create_connector, "not-declared");
    b.settle();
    CHECK(b.connect->writes().empty());
    CHECK_THAT(b.work.problems().at("not-declared"), Contains("not desired any more"));
}

TEST_CASE("a change in flight goes on with the Connect it began with") {
    bench b;
    b.declare(1);
    b.connect->failures = {rebalancing};
    b.start(change_kind::update_config, "c0");
    b.time.run_for(milliseconds(500));
    const auto other = std::make_shared<counting_connect>(b.time);
    b.work.use(other, b.world.topics({}));
    b.settle();
    CHECK(b.connect->writes().size() == 2);
    CHECK(other->writes().empty());
    b.start(change_kind::update_config, "c0");
    b.settle();
    CHECK(other->writes().size() == 1);
}

TEST_CASE("a change that went well and does not show is carried out again less and less often") {
    bench b;
    b.declare(1);
    int carried_out = 0;
    for (int i = 0; i < 60; ++i) { // half a minute of looks that do not show it
        if (b.start(change_kind::update_config, "c0")) ++carried_out;
        b.settle();
        b.time.run_for(milliseconds(500));
    }
    CHECK(carried_out == 5);                  // at 0, 0.5, 4.5, 12.5 and 28.5 s
    CHECK(b.start(change_kind::pause, "c0")); // another change is another matter
}
