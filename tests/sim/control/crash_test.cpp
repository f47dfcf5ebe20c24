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
    explicit process(surroundings& around)
        : around_(around)
        , line(around.context, around.time)
        , store_(around.disk, line)
        , world_(make_mortal(around.world, line))
        , log_([this](log_level, std::string_view text) { lines.emplace_back(text); })
        , loop(around.context.get_executor(), around.time, *world_, store_, log_, numbers_) {}

    ~process() {
        line.count(0);
        line.bury();
        auto end = [this]() -> awaitable<void> { co_await loop.stop(seconds(60)); };
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
    surroundings& around_;

public:
    lifeline line;
    std::vector<std::string> lines;

private:
    surviving_store store_;
    std::unique_ptr<control::adapters> world_;
    logger log_;
    control::telemetry numbers_;

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
};

void nothing_before(model::declaration&, model_world&) {}
void no_change(model::declaration&, model_world&, const process&) {}

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

/// The id under which a change waits, from a Sluice that has just looked.
std::string id_of_what_waits(const model::declaration& declared, const model_world& world) {
    pipeline_fixture other;
    other.world.connect_.running = world.connect_.running;
    other.world.kafka_.existing = world.kafka_.existing;
    other.run(declared);
    other.time.run_for(seconds(20));
    for (const auto& c : other.loop.decision().plan.changes)
        if (c.held == model::obstacle::acceptance) return c.id;
    FAIL("nothing waits to be accepted");
    return {};
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
    all.push_back({"reload", nothing_before, [](auto& file, auto&, auto&) {
                       auto& shop = file.pipelines[0];
                       shop.source.tables.push_back({"public", "customers"});
                       shop.source.db.password = secret("another-password");
                       shop.sinks.insert(shop.sinks.begin(), archive_beside(shop.sinks[0]));
                   }});
    all.push_back({"accept", nothing_before, [](auto& file, auto& world, auto&) {
                       file.pipelines[0].source.slot = "another_slot";
                       file.reconcile.accept = {id_of_what_waits(file, world)};
                   }});
    return all;
}

const scenario& find_scenario(const std::vector<scenario>& all, const std::string& name) {
    return *std::ranges::find(all, name, &scenario::name);
}

/// A scenario with kills at these boundaries: the first of the process that begins the change, the next of
/// the one that comes after it, and so on.
class crashing_run {
public:
    crashing_run(const scenario& what, std::vector<std::size_t> kills) : kills_(std::move(kills)) {
        auto file = demo_declaration();
        what.prepare(file, around_.world);
        auto& first = lives_.emplace_back(around_);
        if (what.from_nothing) first.line.count(next_kill());
        first.start(file);
        if (!what.from_nothing) {
            REQUIRE(settles(minutes(2)));
            around_.time.run_for(seconds(30)); // so that the loop is at rest
            what.change(file, around_.world, first);
            first.line.count(next_kill());
            first.loop.adopt_declaration(file);
        }
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
        const auto is_over = [this] { return lives_.back().line.is_dead() || lives_.back().is_settled(); };
        return around_.time.run_while_not(is_over, limit);
    }

    /// Settled, and still so when every settling time is over; or dead.
    void live_on(const model::declaration& file) {
        for (;;) {
            around_.time.run_for(seconds(3)); // what was before the change is settled too
            has_settled_ = settles(minutes(5));
            auto& life = lives_.back();
            if (!life.line.is_dead()) around_.time.run_for(seconds(15));
            if (!life.line.is_dead()) break;
            around_.time.run_for(seconds(1));
            auto& next = lives_.emplace_back(around_);
            next.line.count(next_kill());
            next.start(file);
        }
        boundaries_ = lives_.back().line.passed();
        has_settled_ = has_settled_ && lives_.back().is_settled();
        around_.time.run_for(minutes(2));
    }

    surroundings around_;
    std::vector<std::size_t> kills_;
    std::size_t kill_ = 0;
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
    const auto all = all_scenarios();
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

TEST_CASE("killed anywhere while it creates a pipeline, Sluice ends where it would have ended") {
    kill_everywhere("create");
}

TEST_CASE("killed anywhere while it updates a connector, Sluice ends where it would have ended") {
    kill_everywhere("update");
}

TEST_CASE("killed anywhere while it deletes a connector, Sluice ends where it would have ended") {
    kill_everywhere("delete");
}

TEST_CASE("killed anywhere while it pauses a pipeline, Sluice ends where it would have ended") {
    kill_everywhere("pause");
}

TEST_CASE("killed anywhere while it resumes a pipeline, Sluice ends where it would have ended") {
    kill_everywhere("resume");
}

TEST_CASE("killed anywhere while it restarts a failed task, Sluice ends where it would have ended") {
    kill_everywhere("restart");
}

TEST_CASE("killed anywhere while it adopts connectors, Sluice ends where it would have ended") {
    kill_everywhere("adopt");
}

TEST_CASE("killed anywhere while it changes what it adopted, Sluice ends where it would have ended") {
    kill_everywhere("adopt and update");
}

TEST_CASE("killed anywhere while it follows a new file, Sluice ends where it would have ended") {
    kill_everywhere("reload");
}

TEST_CASE("killed anywhere while it carries out what the file accepts by id, Sluice does it once") {
    kill_everywhere("accept");
}

TEST_CASE("killed again and again, Sluice ends where it would have ended", "[seeds]") {
    const auto all = all_scenarios();
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
