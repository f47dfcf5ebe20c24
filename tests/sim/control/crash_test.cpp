// Sluice is killed at every boundary of every call that it makes while it carries a change out, and started
// again a second later: the end is the same as if nothing had happened.

#include "control/memory_records.hpp"
#include "pipeline_fixture.hpp"
#include "support/sim/lifeline.hpp"
#include "troubled_run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>

using namespace sluice;
using namespace sluice::testing;
using model::connector_state;
using std::chrono::minutes;

namespace {

/// What outlives every process: the systems, and the disk.
struct surroundings {
    boost::asio::io_context context{1};
    sim_time time{context};
    model_world world{time};
    control::records disk;
};

/// One process, from its start to its kill or to the end of the test.
class process {
public:
    explicit process(surroundings& around, control::reconcile_mode mode = {})
        : around_(around)
        , line(around.context, around.time)
        , store_(around.disk, line)
        , world_(make_mortal(around.world, line))
        , log_([this](log_level, std::string_view text) { lines.emplace_back(text); })
        , people_(
              around.context.get_executor(),
              around.time,
              [this](const std::string& who, const std::string& what) { lines.push_back(who + ": " + what); }
          )
        , loop(around.context.get_executor(), around.time, *world_, store_, log_, numbers_, std::move(mode)) {
    }

    ~process() {
        line.count(0);
        line.bury();
        people_.cancel();
        auto end = [this]() -> awaitable<void> {
            co_await loop.stop(seconds(60));
            co_await people_.join(seconds(60));
        };
        run_in(around_.time, around_.context, std::move(end));
    }
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    void start(const model::declaration& declared) {
        auto run = [this, declared]() -> awaitable<void> {
            co_await loop.recall();
            loop.adopt_declaration(declared);
            loop.start_loops();
        };
        boost::asio::co_spawn(around_.context, std::move(run), boost::asio::detached);
    }

    /// By a person, who asks again until it is done.
    void ask(const control::operation_request& wish) { people_.spawn(wish.who, insist(wish)); }
    [[nodiscard]] bool has_answered() const { return has_answered_; }

    /// All is as declared, and nobody is at work.
    [[nodiscard]] bool is_settled() const {
        const auto is_well = [](const model::pipeline_verdict& v) {
            return v.in_sync &&
                   (v.status == model::link_status::ok || v.status == model::link_status::paused);
        };
        const auto& verdicts = loop.decision().verdicts;
        return !verdicts.empty() && !loop.busy() && std::ranges::all_of(verdicts, is_well);
    }

private:
    awaitable<void> insist(control::operation_request wish) {
        while (!has_answered_) {
            co_await around_.time.sleep(milliseconds(500));
            if (!loop.desired()) continue; // it has just been started
            const auto outcome = co_await loop.operate(wish);
            has_answered_ = outcome.has_value() && outcome->problems.empty() && !line.is_dead();
        }
    }

    surroundings& around_;
    bool has_answered_ = false;

public:
    lifeline line;
    std::vector<std::string> lines;

private:
    surviving_store store_;
    std::unique_ptr<control::adapters> world_;
    logger log_;
    control::telemetry numbers_;
    scope people_;

public:
    control::reconciler loop;
};

/// What is to be the same whether or not it was interrupted: the connectors, the topics, and what is known of
/// whose they are and what was accepted. Salts differ from process to process, and what is remembered of a
/// connector that is gone does no harm.
struct end_state {
    std::map<std::string, std::pair<std::map<std::string, std::string>, connector_state>> connectors;
    std::set<std::string> topics;
    std::map<std::string, std::tuple<bool, bool, model::link_id, std::string>> memory;
    std::map<std::string, model::acceptance_state> acceptances;
    std::map<std::string, model::target_state> overrides;
    std::size_t rolls = 0; // that are not over

    friend bool operator==(const end_state&, const end_state&) = default;
};

end_state state_of(const surroundings& around) {
    end_state s;
    for (const auto& [name, c] : around.world.connect_.running) {
        auto config = c.config;
        if (config.contains(std::string(model::secrets_key)))
            config[std::string(model::secrets_key)] = "some";
        s.connectors[name] = {std::move(config), c.state};
    }
    for (const auto& [name, topic] : around.world.kafka_.existing) s.topics.insert(name);
    const auto memory = control::from_records(around.disk);
    for (const auto& [name, m] : memory.connectors)
        if (s.connectors.contains(name)) s.memory[name] = {m.owned, m.adopted, m.link, m.settled_digest};
    s.acceptances = memory.acceptances;
    for (const auto& [subject, wish] : memory.overrides) s.overrides[subject.name] = wish.state;
    s.rolls = memory.rolls.size();
    return s;
}

struct scenario {
    std::string name;
    /// The file before, and the world that it is first put in force in. Converged before the change, unless
    /// there is nothing before it.
    std::function<void(model::declaration&, model_world&)> prepare;
    /// What is then changed, in the file or in the world.
    std::function<void(model::declaration&, model_world&, const process&)> change;
    bool from_nothing = false;
    control::reconcile_mode mode = {};
    /// What a person asks for, once it has changed; and what somebody had asked for before.
    std::optional<control::operation_request> asked = {};
    std::optional<control::operation_request> asked_before = {};
};

void nothing_before(model::declaration&, model_world&) {}
void no_change(model::declaration&, model_world&, const process&) {}

control::operation_request wish(control::operation what, std::optional<milliseconds> lasts = {}) {
    control::operation_request r;
    r.what = what;
    r.name = "shop";
    r.who = "anna";
    r.lasts = lasts;
    return r;
}

/// Some connectors of one kind beside the pipeline: a change to them all rolls.
void put_files(model::declaration& declared, const std::string& topic) {
    declared.connectors.clear();
    for (const std::string name : {"file-1", "file-2", "file-3"}) {
        model::plain_connector c;
        c.name = name;
        c.config = {
            {"connector.class", std::string("org.apache.kafka.connect.file.FileStreamSourceConnector")},
            {"file", std::string("/tmp/in")},
            {"topic", topic},
        };
        declared.connectors.push_back(std::move(c));
    }
}

model::sink archive_beside(const model::sink& other) {
    auto archive = other;
    archive.name = "archive";
    archive.db.name = "archive_db";
    archive.connector = debezium::sink_connector_name("shop", "archive");
    return archive;
}

/// As somebody else made them who wanted the same.
void connectors_of_somebody(model::declaration& declared, model_world& world) {
    pipeline_fixture other;
    other.run(declared);
    REQUIRE(other.becomes_ok(minutes(1)));
    world.kafka_.existing = other.world.kafka_.existing;
    for (auto [name, c] : other.world.connect_.running) {
        std::erase_if(c.config, [](const auto& entry) { return entry.first.starts_with("sluice."); });
        world.connect_.running[name] = c;
    }
    declared.reconcile.adopt = true;
    for (auto& pipeline : declared.pipelines) {
        pipeline.source.adopt = true;
        for (auto& sink : pipeline.sinks) sink.adopt = true;
    }
}

/// The ids under which changes wait, from a Sluice that has just looked.
std::vector<std::string> ids_of_what_waits(const model::declaration& declared, const model_world& world) {
    pipeline_fixture other;
    other.world.connect_.running = world.connect_.running;
    other.world.kafka_.existing = world.kafka_.existing;
    other.run(declared);
    other.time.run_for(seconds(20));
    std::vector<std::string> ids;
    for (const auto& c : other.loop.decision().plan.changes)
        if (c.held == model::obstacle::acceptance) ids.push_back(c.id);
    REQUIRE_FALSE(ids.empty());
    return ids;
}

std::vector<scenario> all_scenarios() {
    std::vector<scenario> all;
    all.push_back({"create", nothing_before, no_change, true});
    all.push_back({"update", nothing_before, [](auto& file, auto&, auto&) {
                       file.pipelines[0].source.config["max.batch.size"] = "512";
                   }});
    all.push_back(
        {"delete",
         [](auto& file, auto&) {
             file.reconcile.prune = true;
             auto& sinks = file.pipelines[0].sinks;
             sinks.insert(sinks.begin(), archive_beside(sinks[0]));
         },
         [](auto& file, auto&, auto&) { file.pipelines[0].sinks.erase(file.pipelines[0].sinks.begin()); }}
    );
    all.push_back({"pause", nothing_before, [](auto& file, auto&, auto&) {
                       file.pipelines[0].state = model::target_state::paused;
                   }});
    all.push_back(
        {"resume",
         [](auto& file, auto&) { file.pipelines[0].state = model::target_state::stopped; },
         [](auto& file, auto&, auto&) { file.pipelines[0].state = model::target_state::running; }}
    );
    all.push_back({"restart", nothing_before, [](auto&, auto& world, auto&) {
                       auto& c = world.connect_.running.at("shop-source");
                       c.failure = "java.lang.Exception: x\nCaused by: java.net.ConnectException: refused";
                       c.restart_mends = true;
                   }});
    all.push_back({"adopt", connectors_of_somebody, no_change, true});
    all.push_back({"adopt and update", connectors_of_somebody, [](auto& file, auto&, auto&) {
                       file.pipelines[0].source.config["max.batch.size"] = "512";
                   }});
    all.push_back({"adopt and mark", connectors_of_somebody, no_change, true});
    all.back().mode.accepted = {model::consequence::task_restart};
    all.push_back({"reload", nothing_before, [](auto& file, auto&, auto&) {
                       auto& shop = file.pipelines[0];
                       shop.source.tables.push_back({"public", "customers"});
                       shop.source.db.password = secret("another-password");
                       shop.sinks.insert(shop.sinks.begin(), archive_beside(shop.sinks[0]));
                   }});
    all.push_back({"accept", nothing_before, [](auto& file, auto& world, auto&) {
                       file.pipelines[0].source.slot = "another_slot";
                       file.reconcile.accept = ids_of_what_waits(file, world);
                   }});
    all.push_back(
        {"roll",
         [](auto& file, auto&) { put_files(file, "old"); },
         [](auto& file, auto&, auto&) { put_files(file, "new"); }}
    );
    return all;
}

/// What somebody asks of a pipeline that runs.
scenario asked_for(std::string name, const control::operation_request& what) {
    scenario s{std::move(name), nothing_before, no_change};
    s.asked = what;
    return s;
}

void slot_is_lost(model::declaration&, model_world& world, const process&) {
    auto& c = world.connect_.running.at("shop-source");
    c.failure = "org.postgresql.util.PSQLException: ERROR: can no longer get changes from replication slot";
    c.restart_mends = true;
}

std::vector<scenario> scenarios_of_people() {
    using control::operation;
    std::vector<scenario> all;
    all.push_back(asked_for("a person's pause", wish(operation::pause)));
    all.push_back(asked_for("a person's stop", wish(operation::stop)));
    all.push_back(asked_for("a person's pause for a while", wish(operation::pause, seconds(10))));
    all.push_back(asked_for("a person's resume", wish(operation::resume)));
    all.back().asked_before = wish(operation::stop);
    // One that Sluice itself does not restart.
    all.push_back(asked_for("a person's restart", wish(operation::restart)));
    all.back().change = slot_is_lost;
    return all;
}

std::vector<scenario> every_scenario() {
    auto all = all_scenarios();
    for (auto& s : scenarios_of_people()) all.push_back(std::move(s));
    return all;
}

const scenario& find_scenario(const std::vector<scenario>& all, const std::string& name) {
    return *std::ranges::find(all, name, &scenario::name);
}

/// A scenario with kills at these boundaries: the first of the process that begins the change, the next of
/// the one that comes after it, and so on.
class crashing_run {
public:
    crashing_run(const scenario& what, std::vector<std::size_t> kills)
        : kills_(std::move(kills))
        , mode_(what.mode) {
        auto file = demo_declaration();
        what.prepare(file, around_.world);
        auto& first = lives_.emplace_back(around_, mode_);
        if (what.from_nothing) first.line.count(next_kill());
        first.start(file);
        if (!what.from_nothing) {
            REQUIRE(settles(minutes(2)));
            if (what.asked_before) first.ask(*what.asked_before);
            around_.time.run_for(seconds(30)); // so that the loop is at rest
            REQUIRE(first.is_settled());
            what.change(file, around_.world, first);
            first.line.count(next_kill());
            if (what.asked)
                first.ask(*what.asked);
            else
                first.loop.adopt_declaration(file);
        }
        wish_ = what.asked;
        live_on(file);
    }

    /// Those of the change, until it was settled.
    [[nodiscard]] std::size_t boundaries() const { return boundaries_; }
    [[nodiscard]] bool has_settled() const { return has_settled_; }
    [[nodiscard]] end_state state() const { return state_of(around_); }
    [[nodiscard]] const std::vector<std::string>& writes() const { return around_.world.connect_.writes; }
    [[nodiscard]] const model_connect& connect() const { return around_.world.connect_; }
    [[nodiscard]] std::string story() const {
        std::string text;
        for (const auto& life : lives_)
            text += fmt::format("killed {}\n", life.line.is_dead() ? life.line.died() : "not");
        for (const auto& call : around_.world.connect_.calls) text += call + '\n';
        for (const auto& line : lives_.back().lines) text += line + '\n';
        return text;
    }

private:
    std::size_t next_kill() { return kill_ < kills_.size() ? kills_[kill_++] : 0; }

    bool settles(std::chrono::steady_clock::duration limit) {
        const auto is_over = [this] {
            const auto& life = lives_.back();
            return life.line.is_dead() || (life.is_settled() && !(wish_ && !is_granted()));
        };
        return around_.time.run_while_not(is_over, limit);
    }

    /// Somebody has been told that it is done.
    [[nodiscard]] bool is_granted() const { return std::ranges::any_of(lives_, &process::has_answered); }

    /// Settled, and still so when every settling time is over; or dead.
    void live_on(const model::declaration& file) {
        for (;;) {
            around_.time.run_for(seconds(3)); // what was before the change is settled too
            has_settled_ = settles(minutes(5));
            auto& life = lives_.back();
            if (!life.line.is_dead()) around_.time.run_for(seconds(15));
            if (!life.line.is_dead()) break;
            around_.time.run_for(seconds(1));
            auto& next = lives_.emplace_back(around_, mode_);
            next.line.count(next_kill());
            next.start(file);
            if (wish_ && !is_granted()) next.ask(*wish_);
        }
        boundaries_ = lives_.back().line.passed();
        has_settled_ = has_settled_ && lives_.back().is_settled();
        around_.time.run_for(minutes(2));
    }

    surroundings around_;
    std::vector<std::size_t> kills_;
    std::size_t kill_ = 0;
    control::reconcile_mode mode_;
    std::optional<control::operation_request> wish_; // of somebody who has begun to ask
    std::list<process> lives_;
    std::size_t boundaries_ = 0;
    bool has_settled_ = false;
};

std::map<std::string, std::size_t> count_of(const std::vector<std::string>& writes, std::string_view kind) {
    std::map<std::string, std::size_t> counts;
    for (const auto& w : writes)
        if (w.starts_with(kind)) ++counts[w];
    return counts;
}

void require_same_end(const crashing_run& crashed, const crashing_run& undisturbed) {
    INFO(crashed.story());
    REQUIRE(crashed.has_settled());
    REQUIRE(count_of(crashed.writes(), "create ") == count_of(undisturbed.writes(), "create "));
    REQUIRE(count_of(crashed.writes(), "delete ") == count_of(undisturbed.writes(), "delete "));
    REQUIRE(crashed.connect().needless_updates == 0);
    REQUIRE(crashed.connect().needless_restarts == 0);
    REQUIRE((crashed.state() == undisturbed.state()));
}

void kill_everywhere(const std::string& name) {
    const auto all = every_scenario();
    const auto& what = find_scenario(all, name);
    const crashing_run undisturbed(what, {});
    INFO(undisturbed.story());
    REQUIRE(undisturbed.has_settled());
    REQUIRE(undisturbed.boundaries() > 10);
    for (std::size_t at = 1; at <= undisturbed.boundaries(); ++at) {
        const crashing_run crashed(what, {at});
        INFO("boundary " << at << " of " << undisturbed.boundaries());
        require_same_end(crashed, undisturbed);
    }
}

} // namespace

TEST_CASE("killed anywhere while it creates a pipeline, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("create");
}

TEST_CASE("killed anywhere while it updates a connector, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("update");
}

TEST_CASE("killed anywhere while it deletes a connector, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("delete");
}

TEST_CASE("killed anywhere while it pauses a pipeline, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("pause");
}

TEST_CASE("killed anywhere while it resumes a pipeline, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("resume");
}

TEST_CASE(
    "killed anywhere while it restarts a failed task, Sluice ends where it would have ended", "[long]"
) {
    kill_everywhere("restart");
}

TEST_CASE("killed anywhere while it adopts connectors, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("adopt");
}

TEST_CASE(
    "killed anywhere while it changes what it adopted, Sluice ends where it would have ended", "[long]"
) {
    kill_everywhere("adopt and update");
}

TEST_CASE("killed anywhere while it follows a new file, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("reload");
}

TEST_CASE("killed anywhere while it carries out what the file accepts by id, Sluice does it once", "[long]") {
    kill_everywhere("accept");
}

TEST_CASE("killed anywhere while it writes its mark where that is accepted, Sluice does it once", "[long]") {
    kill_everywhere("adopt and mark");
}

TEST_CASE("killed anywhere while a change rolls, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("roll");
}

TEST_CASE("killed anywhere while it is asked to pause, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("a person's pause");
}

TEST_CASE("killed anywhere while it is asked to stop, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("a person's stop");
}

TEST_CASE("killed anywhere in a pause that ends by itself, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("a person's pause for a while");
}

TEST_CASE("killed anywhere while it is asked to resume, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("a person's resume");
}

TEST_CASE("killed anywhere while it is asked to restart, Sluice ends where it would have ended", "[long]") {
    kill_everywhere("a person's restart");
}

TEST_CASE("killed again and again, Sluice ends where it would have ended", "[seeds]") {
    const auto all = every_scenario();
    const auto first = setting("SLUICE_SIM_FIRST_SEED", 1);
    const auto seeds = setting("SLUICE_SIM_SEEDS", 50);
    std::map<std::string, std::unique_ptr<crashing_run>> undisturbed;
    for (auto seed = first; seed < first + seeds; ++seed) {
        std::minstd_rand random(seed);
        const auto& what = all[seed % all.size()];
        auto& calm = undisturbed[what.name];
        if (!calm) calm = std::make_unique<crashing_run>(what, std::vector<std::size_t>{});
        std::uniform_int_distribution<std::size_t> any(1, calm->boundaries());
        std::vector<std::size_t> kills;
        for (int i = 0; i < 5; ++i) kills.push_back(any(random));
        const crashing_run crashed(what, kills);
        INFO("SLUICE_SIM_FIRST_SEED=" << seed << " SLUICE_SIM_SEEDS=1, " << what.name);
        require_same_end(crashed, *calm);
    }
}
