#include "troubled_run.hpp"

#include "restart_policy.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

namespace sluice::testing {

using model::connector_state;
using std::chrono::hours;
using std::chrono::minutes;

namespace {

const std::map<std::string, std::map<std::string, std::string>> strangers{
    {"theirs", {{"connector.class", "org.example.Any"}, {"name", "theirs"}}},
    {"others", {{"connector.class", "org.example.Any"}, {"name", "others"}, {"sluice.owner", "other"}}},
    {"marked", {{"connector.class", "org.example.Any"}, {"name", "marked"}, {"sluice.owner", "demo"}}
    }, // not remembered
};

/// In some runs somebody else has a connector under a name that the file declares at times.
const std::map<std::string, std::string> strangers_archive{{"connector.class", "org.example.Any"}};

constexpr std::string_view lasting_trouble =
    "java.lang.Exception: x\nCaused by: java.net.ConnectException: refused";

} // namespace

std::uint32_t setting(const char* name, std::uint32_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

troubled_run::troubled_run(std::uint32_t seed, trouble_settings settings)
    : random_(seed)
    , settings_(settings)
    , sluice_(seed) {
    auto& connect = sluice_.world.connect_;
    for (const auto& [name, config] : strangers) connect.running[name].config = config;
    archive_is_theirs_ = chance(0.2);
    if (archive_is_theirs_) connect.running["shop-archive"].config = strangers_archive;
    connect.masks_secrets = chance(0.5);
    connect.version = chance(0.5) ? "3.7.2" : "3.6.1"; // with and without initial_state
    connect.workers.be(settings_.workers);
    declared_ = demo_declaration();
    declared_.reconcile.prune = chance(0.3);
    reload("start");
    if (settings_.only_stale_views) draw_stale_views();
}

void troubled_run::trouble() {
    const auto longest = static_cast<int>(settings_.longest_pause.count());
    for (int i = 0; i < settings_.events; ++i) {
        happen();
        sluice_.time.run_for(milliseconds(number(200, longest)));
        check_others();
    }
}

void troubled_run::make_peace() {
    note("peace");
    auto& world = sluice_.world;
    world.connect_.faults = {};
    world.connect_.rebalances_until = {};
    world.connect_.hide_what_happens(milliseconds(0));
    world.connect_.is_away = world.kafka_.is_away = false;
    world.kafka_.faults = {};
    world.connect_.refuses_configs.clear();
    world.databases_.problem.reset();
    for (std::size_t i = 0; i < world.connect_.workers.size(); ++i) world.connect_.workers.start(i);
    for (auto& [name, c] : world.connect_.running) {
        c.failure.clear();
        c.fails_after.reset();
    }
    declared_.pipelines[0].state = model::target_state::running;
    if (archive_is_theirs_) drop_archive();
    // Those that are spent accept nothing any more while they stand there.
    declared_.reconcile.accept.clear();
    sluice_.run(declared_);
    sluice_.time.run_for(minutes(1));
    correct_what_was_taken_back();
    accept_what_waits();
}

/// The first of a roll failed with its new config and went back: all of them wait for another file.
void troubled_run::correct_what_was_taken_back() {
    const auto is_over = [](const auto& roll) {
        return roll.second.phase == model::roll_phase::reverting ||
               roll.second.phase == model::roll_phase::failed;
    };
    if (std::ranges::none_of(sluice_.loop.decision().memory.rolls, is_over)) return;
    for (auto& sink : declared_.pipelines[0].sinks) sink.config["batch.size"] = std::string("400");
    reload("the sinks, whose roll failed, corrected");
}

void troubled_run::check_convergence(std::chrono::steady_clock::duration quiet) {
    // What was seen too late may look like somebody who changes it again and again: left to them for an hour.
    const bool is_ok = sluice_.becomes_ok(minutes(75));
    for (const auto& verdict : sluice_.loop.decision().verdicts) UNSCOPED_INFO(verdict.reason);
    for (const auto& change : sluice_.loop.decision().plan.changes)
        UNSCOPED_INFO(model::to_string(change.kind) << ' ' << change.subject << ": " << change.blocked);
    REQUIRE(is_ok);
    sluice_.time.run_for(minutes(2)); // what a late answer still brings
    REQUIRE(sluice_.is_ok());
    check_others();
    check_creations();
    check_restarts();
    const auto& running = sluice_.world.connect_.running;
    REQUIRE(
        running.at("shop-source").config.at("database.password") ==
        model::reveal(declared_.pipelines[0].source.db.password)
    );
    REQUIRE(running.contains("shop-archive") >= has_archive());

    const auto before = sluice_.writes();
    sluice_.time.run_for(quiet);
    REQUIRE(sluice_.writes() == before);
    REQUIRE(sluice_.is_ok());
    for (const auto& c : sluice_.loop.decision().plan.changes) REQUIRE_FALSE(c.blocked.empty());
    REQUIRE(sluice_.loop.decision().plan.empty());
}

std::string troubled_run::story() const {
    auto told = events_;
    const auto& calls = sluice_.world.connect_.calls;
    told.insert(told.end(), calls.begin(), calls.end());
    std::ranges::stable_sort(told, {}, [](const std::string& line) { return line.substr(0, 9); });
    std::string text;
    for (const auto& line : told) text += line + '\n';
    return text + sluice_.log();
}

void troubled_run::happen() {
    static constexpr std::array<event, 22> all{
        &troubled_run::draw_faults,         &troubled_run::draw_faults,
        &troubled_run::draw_broker_faults,  &troubled_run::something_is_hidden,
        &troubled_run::storm_of_rebalances, &troubled_run::connect_goes_or_comes,
        &troubled_run::kafka_goes_or_comes, &troubled_run::databases_go_or_come,
        &troubled_run::validation_turns,    &troubled_run::worker_goes_or_comes,
        &troubled_run::worker_bounces,      &troubled_run::task_fails_or_heals,
        &troubled_run::task_flaps,          &troubled_run::hand_edits,
        &troubled_run::hand_pauses,         &troubled_run::hand_deletes,
        &troubled_run::tables_change,       &troubled_run::options_change,
        &troubled_run::sinks_change,        &troubled_run::wall_jumps,
        &troubled_run::machine_sleeps,      &troubled_run::accept_what_waits,
    };
    static constexpr std::array<event, 11> unseen{
        &troubled_run::draw_stale_views,
        &troubled_run::something_is_hidden,
        &troubled_run::worker_bounces,
        &troubled_run::task_fails_or_heals,
        &troubled_run::task_flaps,
        &troubled_run::hand_edits,
        &troubled_run::hand_pauses,
        &troubled_run::hand_deletes,
        &troubled_run::options_change,
        &troubled_run::sinks_change,
        &troubled_run::tables_change,
    };
    const auto events =
        settings_.only_stale_views ? std::span<const event>(unseen) : std::span<const event>(all);
    const auto last = static_cast<int>(events.size()) - 1;
    (this->*events[static_cast<std::size_t>(number(0, last))])();
}

void troubled_run::draw_faults() {
    const auto rate = [&] { return chance(0.5) ? 0.0 : number(0, 30) / 100.0; };
    auto& f = sluice_.world.connect_.faults;
    f.unreachable = rate();
    f.reply_lost = rate();
    f.rebalancing = rate();
    f.stale_list = rate();
    f.half_shown = rate();
    f.lag = milliseconds(chance(0.5) ? 0 : number(1, 1500));
    note(fmt::format(
        "faults: unreachable {}, replies lost {}, 409 {}, stale {}, by halves {}, lag {} ms",
        f.unreachable,
        f.reply_lost,
        f.rebalancing,
        f.stale_list,
        f.half_shown,
        f.lag.count()
    ));
}

void troubled_run::draw_stale_views() {
    auto& f = sluice_.world.connect_.faults;
    f = {};
    f.stale_list = number(1, 9) / 10.0;
    f.half_shown = chance(0.5) ? 0.0 : 0.5;
    note(fmt::format("views: stale {}, by halves {}", f.stale_list, f.half_shown));
}

void troubled_run::draw_broker_faults() {
    auto& f = sluice_.world.kafka_.faults;
    f.unreachable = chance(0.5) ? 0.0 : 0.2;
    f.reply_lost = chance(0.5) ? 0.0 : 0.3;
    note(fmt::format("brokers: unreachable {}, replies lost {}", f.unreachable, f.reply_lost));
}

void troubled_run::something_is_hidden() {
    const auto how_long = milliseconds(number(1000, 30'000));
    sluice_.world.connect_.hide_what_happens(how_long);
    note(fmt::format("what happens is hidden for {} ms", how_long.count()));
}

void troubled_run::storm_of_rebalances() {
    const auto how_long = seconds(number(1, 150)); // a write gives up after 120
    sluice_.world.connect_.rebalances_until = sluice_.time.now().mono + how_long;
    note(fmt::format("a storm of 409 for {} s", how_long.count()));
}

void troubled_run::connect_goes_or_comes() {
    toggle("Connect", sluice_.world.connect_.is_away);
}
void troubled_run::kafka_goes_or_comes() {
    toggle("Kafka", sluice_.world.kafka_.is_away);
}

void troubled_run::toggle(std::string_view what, bool& is_away) {
    is_away = !is_away;
    note(fmt::format("{} {}", what, is_away ? "goes" : "comes"));
}

void troubled_run::databases_go_or_come() {
    auto& problem = sluice_.world.databases_.problem;
    if (problem)
        problem.reset();
    else
        problem = error{chance(0.5) ? errc::unauthorized : errc::unreachable, "log in to", "db", "no"};
    note(problem ? "databases go" : "databases come");
}

void troubled_run::validation_turns() {
    auto& complaint = sluice_.world.connect_.refuses_configs;
    complaint = complaint.empty() ? "FATAL: the database system is starting up" : "";
    note(complaint.empty() ? "configs are valid" : "configs are refused");
}

void troubled_run::worker_goes_or_comes() {
    auto& workers = sluice_.world.connect_.workers;
    const auto which = static_cast<std::size_t>(number(0, static_cast<int>(workers.size()) - 1));
    const bool goes = workers.is_alive(which);
    if (goes)
        workers.kill(which);
    else
        workers.start(which);
    note(fmt::format("worker {} {}", which + 1, goes ? "is killed" : "is back"));
}

/// Back before it was missed: its work passes through UNASSIGNED.
void troubled_run::worker_bounces() {
    auto& workers = sluice_.world.connect_.workers;
    const auto which = static_cast<std::size_t>(number(0, static_cast<int>(workers.size()) - 1));
    workers.kill(which);
    sluice_.time.run_for(milliseconds(number(100, 9000)));
    workers.start(which);
    note(fmt::format("worker {} bounced", which + 1));
}

void troubled_run::task_fails_or_heals() {
    if (auto* c = any_of_ours()) {
        c->failure = c->failure.empty() ? std::string(lasting_trouble) : std::string();
        note(c->failure.empty() ? "a task heals" : "a task fails");
    }
}

/// Each restart helps for a while.
void troubled_run::task_flaps() {
    if (auto* c = any_of_ours()) {
        if (c->fails_after)
            c->fails_after.reset();
        else
            c->fails_after = seconds(number(1, 120));
        note(c->fails_after ? "a task flaps" : "a task flaps no more");
    }
}

void troubled_run::hand_edits() {
    if (auto* c = any_of_ours()) {
        c->config["max.batch.size"] = std::to_string(number(1, 9));
        note("an edit by hand");
    }
}

void troubled_run::hand_pauses() {
    if (auto* c = any_of_ours()) {
        c->state = chance(0.5) ? connector_state::paused : connector_state::stopped;
        note("a pause by hand");
    }
}

void troubled_run::hand_deletes() {
    const auto name = any_name();
    if (sluice_.world.connect_.running.erase(name) == 0) return;
    ++deleted_[name];
    note("deleted by hand: " + name);
}

void troubled_run::tables_change() {
    auto& tables = declared_.pipelines[0].source.tables;
    const model::table_name customers{"public", "customers"};
    const auto there = std::ranges::find(tables, customers);
    if (there == tables.end())
        tables.push_back(customers);
    else
        tables.erase(there);
    reload(fmt::format("{} tables", tables.size()));
}

void troubled_run::options_change() {
    auto& source = declared_.pipelines[0].source;
    if (chance(0.3))
        source.db.password = secret(fmt::format("password-{}", number(1, 3)));
    else if (chance(0.3))
        declared_.pipelines[0].state =
            chance(0.5) ? model::target_state::paused : model::target_state::running;
    else
        source.config["max.queue.size"] = std::to_string(number(1, 3));
    reload(fmt::format("options, {}", model::to_string(declared_.pipelines[0].state)));
}

void troubled_run::sinks_change() {
    auto& sinks = declared_.pipelines[0].sinks;
    if (has_archive()) {
        drop_archive();
    } else {
        auto archive = sinks.back();
        archive.name = "archive";
        archive.db.name = "archive_db";
        archive.connector = debezium::sink_connector_name("shop", "archive");
        sinks.insert(sinks.begin(), archive);
    }
    reload(fmt::format("{} sinks", sinks.size()));
}

void troubled_run::drop_archive() {
    std::erase_if(declared_.pipelines[0].sinks, [](const model::sink& s) { return s.name == "archive"; });
}

/// The ids of what waits at present go into the file; those of before stay in it.
// An id that is spent counts again only when the file has been without it.
void troubled_run::accept_what_waits() {
    std::vector<std::string> ids;
    for (const auto& c : sluice_.loop.decision().plan.changes)
        if (c.held == model::obstacle::acceptance) ids.push_back(c.id);
    auto& accepted = declared_.reconcile.accept;
    const auto is_spent = [&](const std::string& id) { return std::ranges::find(ids, id) != ids.end(); };
    if (std::erase_if(accepted, is_spent) > 0) reload("spent ids taken out");
    accepted.insert(accepted.end(), ids.begin(), ids.end());
    reload(fmt::format("{} ids accepted", declared_.reconcile.accept.size()));
}

void troubled_run::wall_jumps() {
    sluice_.time.jump_wall(hours(number(-48, 48)));
    note("the wall clock jumps");
}

void troubled_run::machine_sleeps() {
    const auto how_long = minutes(number(1, 600));
    sluice_.time.sleep_through(how_long);
    note(fmt::format("the machine has slept for {} min", how_long.count()));
}

bool troubled_run::has_archive() const {
    return std::ranges::count(declared_.pipelines[0].sinks, "archive", &model::sink::name) > 0;
}

void troubled_run::reload(const std::string& what) {
    note("reload: " + what);
    sluice_.run(declared_);
}

/// Never a connector of others, whatever happened and whatever the file says; never a deletion unasked for.
void troubled_run::check_others() {
    for (const auto& [name, config] : strangers) {
        const auto found = sluice_.world.connect_.running.find(name);
        REQUIRE(found != sluice_.world.connect_.running.end());
        REQUIRE(found->second.config == config);
    }
    if (archive_is_theirs_)
        REQUIRE(sluice_.world.connect_.running.at("shop-archive").config == strangers_archive);
    for (const auto& write : sluice_.world.connect_.writes) {
        const auto subject = write.substr(write.rfind(' ') + 1);
        REQUIRE_FALSE(strangers.contains(subject));
        REQUIRE_FALSE((archive_is_theirs_ && subject == "shop-archive"));
        if (write.starts_with("delete ")) {
            REQUIRE(declared_.reconcile.prune);
            REQUIRE(subject == "shop-archive"); // the only one that the file ever drops
        }
    }
}

/// One creation, and one more for each time that the connector went.
void troubled_run::check_creations() {
    std::map<std::string, int> created;
    auto gone = deleted_;
    for (const auto& write : sluice_.world.connect_.writes) {
        const auto subject = write.substr(write.rfind(' ') + 1);
        if (write.starts_with("create ")) ++created[subject];
        if (write.starts_with("delete ")) ++gone[subject];
    }
    for (const auto& [name, times] : created) {
        INFO(name);
        REQUIRE(times <= 1 + gone[name]);
    }
    REQUIRE(std::ranges::count_if(sluice_.world.kafka_.writes, [](const auto& w) {
                return w.starts_with("create ");
            }) <= 4);
}

/// What counts is when the restarts had their effect, and a storm of rebalances puts that off by two minutes.
void troubled_run::check_restarts() {
    require_budgets(sluice_.world.connect_, {"shop-source", "shop-warehouse", "shop-archive"}, seconds(130));
}

bool troubled_run::chance(double probability) {
    return std::uniform_real_distribution<>(0, 1)(random_) < probability;
}

int troubled_run::number(int from, int to) {
    return std::uniform_int_distribution<>(from, to)(random_);
}

std::string troubled_run::any_name() {
    const std::array<std::string, 3> names{"shop-source", "shop-warehouse", "shop-archive"};
    return names[static_cast<std::size_t>(number(0, archive_is_theirs_ ? 1 : 2))];
}

model_connector* troubled_run::any_of_ours() {
    const auto found = sluice_.world.connect_.running.find(any_name());
    return found == sluice_.world.connect_.running.end() ? nullptr : &found->second;
}

void troubled_run::note(const std::string& what) {
    const auto at = std::chrono::duration<double>(sluice_.time.now().mono.time_since_epoch()).count();
    events_.push_back(fmt::format("{:9.1f}  {}", at, what));
}

void run_seeds(
    std::uint32_t seeds,
    std::uint32_t part,
    std::uint32_t parts,
    const trouble_settings& settings,
    std::chrono::steady_clock::duration quiet
) {
    const auto first = setting("SLUICE_SIM_FIRST_SEED", 1);
    const auto count = setting("SLUICE_SIM_SEEDS", seeds);
    for (auto seed = first + part; seed < first + count; seed += parts) {
        troubled_run run(seed, settings);
        INFO("SLUICE_SIM_FIRST_SEED=" << seed << " SLUICE_SIM_SEEDS=1");
        try {
            run.trouble();
            run.make_peace();
            run.check_convergence(quiet);
        } catch (const Catch::TestFailureException&) {
            WARN(run.story());
            throw;
        }
    }
}

} // namespace sluice::testing
