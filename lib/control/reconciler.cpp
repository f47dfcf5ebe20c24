#include "control/reconciler.hpp"

#include "control/history_news.hpp"
#include "control/memory_records.hpp"
#include "control/news.hpp"
#include "control/view_builder.hpp"
#include "debezium/derive.hpp"
#include "decide/acceptance.hpp"
#include "decide/contested.hpp"
#include "decide/first_start.hpp"
#include "decide/heal.hpp"
#include "decide/roll.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

using model::change_kind;

constexpr milliseconds quick = milliseconds(500);    // between looks while something converges
constexpr milliseconds keep_watching = seconds(10);  // after the last change
constexpr milliseconds watch_a_start = seconds(60);  // of a connector, before the interval will do
constexpr milliseconds connect_settles = seconds(2); // a worker shows another's write a moment later
constexpr milliseconds kafka_settles = seconds(2);   // a broker shows another's, too
constexpr milliseconds sight_lasts = seconds(30);    // nothing is written on what was seen longer ago
constexpr milliseconds plugins_interval = seconds(60);
constexpr milliseconds logins_interval = seconds(60);
constexpr milliseconds logins_failing_interval = seconds(5);
constexpr milliseconds logins_awaited_interval = seconds(1); // by a failed task
constexpr milliseconds wind_down = milliseconds(300);

bool concerns_topic(change_kind kind) {
    return kind == change_kind::create_topic || kind == change_kind::add_partitions ||
           kind == change_kind::alter_topic_config;
}

bool sets_state(change_kind kind) {
    return kind == change_kind::pause || kind == change_kind::stop || kind == change_kind::resume;
}

std::vector<std::string> topic_names(const model::desired& desired) {
    std::vector<std::string> names;
    for (const auto& topic : desired.topics) names.push_back(topic.name);
    return names;
}

} // namespace

reconciler::reconciler(
    asio::any_io_executor executor,
    time_source& time,
    adapters& world,
    memory_store& store,
    const logger& log,
    telemetry& numbers,
    reconcile_mode mode
)
    : executor_handle_(executor)
    , time_(time)
    , world_(world)
    , store_(store)
    , log_(log)
    , numbers_(numbers)
    , mode_(std::move(mode))
    , started_at_(time.now())
    , history_(time, log, numbers)
    , recorder_(time, log, numbers)
    , loops_(
          executor,
          time,
          [this](const std::string& child, const std::string& what) {
              log_.error("a loop ended by an exception", {{"loop", child}, {"what", what}});
              numbers_.count_loop_failure(child, "exception");
          }
      )
    , changes_(
          executor,
          time,
          [this](const std::string& child, const std::string& what) {
              log_.error("a change ended by an exception", {{"change", child}, {"what", what}});
          }
      )
    , hashes_(world)
    , executor_(changes_, time, log, numbers, history_, hashes_, [this] { progress(); })
    , connect_(time)
    , topics_(time, numbers)
    , workers_(time, numbers)
    , logins_(time, numbers)
    , connect_wake_(time.make_alarm())
    , topics_wake_(time.make_alarm())
    , workers_wake_(time.make_alarm())
    , logins_wake_(time.make_alarm())
    , memory_wake_(time.make_alarm())
    , view_(std::make_shared<status_view>())
    , told_(view_) {
    executor_.act_for(mode_.who);
    executor_.ask_before_retries([this](const model::change& change, const model::desired& then) {
        return is_still_due(change, then);
    });
}

void reconciler::keep_history(journal& where, std::shared_ptr<const scrubber> secrets) {
    hide(secrets);
    history_.write_to(where, std::move(secrets));
}

asio::awaitable<result<void>> reconciler::recall() {
    auto loaded = co_await store_.load();
    if (!loaded) co_return std::unexpected(loaded.error());
    saved_ = std::move(*loaded);
    memory_ = from_records(saved_);
    const auto now = time_.now();
    decide::bring_back(memory_, now);
    decide::resume_counting(memory_.overrides, now);
    if (!mode_.report_only_allowed) decide::accept_failed_rolls(memory_);
    co_return result<void>{};
}

void reconciler::adopt_declaration(model::declaration declared) {
    const bool new_connect = !declared_once_ || declared.connect != declared_.connect;
    const bool new_kafka = !declared_once_ || declared.kafka != declared_.kafka;
    declared_ = std::move(declared);
    if (new_connect) {
        connect_.use(world_.connect(declared_.connect));
        observed_.worker = {};
        observed_.plugins = {};
        observed_.connectors = {};
    }
    if (new_kafka) observed_.topics = {};
    if (new_connect || new_kafka) {
        workers_.use(world_.connect_groups(declared_.kafka), declared_.connect.group_id);
        observed_.group = {};
        loop_views_.erase("workers"); // while there is a group, its first look brings it back
    }
    const auto topics = new_kafka ? world_.topics(declared_.kafka) : topics_.port();
    topics_.use(topics);
    executor_.use(connect_.port(), topics);
    if (!declared_once_) logins_.use(world_.logins());
    reads_anew_ = declared_once_;
    declared_once_ = true;
    // A list of topics read for the last file does not speak of the new file's topics.
    observed_.topics.value.reset();
    secret_matches_.clear();
    executor_.forget_problems();
    const auto before = std::move(desired_);
    derive();
    if (before) note_changed_wishes(*before);
    look_again();
    act();
}

// What the file or a person has changed is no drift, even where only a secret changed, which no digest shows.
void reconciler::note_changed_wishes(const model::desired& before) {
    for (const auto& now : desired_->connectors) {
        const auto* found = model::find_connector(before, now.name);
        if (found == nullptr) continue;
        auto was = *found;
        was.state_because = now.state_because; // the end of an override moves with the wall clock
        if (was == now) continue;
        memory_.connectors[now.name].settled_digest = "changed by the file";
        decide::forget_roll_of(was, memory_);
        decide::forget_roll_of(now, memory_);
    }
}

void reconciler::derive() {
    auto desired = debezium::derive(declared_, observed_.plugins.value);
    desired.prune = desired.prune || mode_.prune;
    desired.accepted = mode_.accepted;
    decide::apply_overrides(memory_.overrides, desired);
    if (!mode_.report_only_allowed) desired.drift = model::drift_policy::correct;
    desired.by_request = !mode_.report_only_allowed;
    if (mode_.during_freeze) desired.freeze.clear();
    desired_ = std::make_shared<const model::desired>(std::move(desired));
}

std::string reconciler::objection_to(const model::declaration& declared) const {
    if (!declared.reconcile.prune || !observed_.connectors.value) return {};
    const auto next = debezium::derive(declared, observed_.plugins.value);
    std::set<model::link_id> kept;
    for (const auto& connector : next.connectors) kept.insert(connector.link);
    for (const auto& [link, reason] : next.unresolved) kept.insert(link);
    std::size_t owned = 0;
    std::size_t dropped = 0;
    for (const auto& [name, found] : *observed_.connectors.value) {
        const auto known = memory_.connectors.find(name);
        if (known == memory_.connectors.end() || !known->second.owned) continue;
        ++owned;
        if (!kept.contains(known->second.link)) ++dropped;
    }
    if (dropped <= 1 || dropped * 2 <= owned) return {};
    return fmt::format(
        "with `prune: true` this file would delete {} of {} connectors; if that is meant, run: sluice apply "
        "--accept=delete",
        dropped,
        owned
    );
}

// --- looking --------------------------------------------------------------------------------------------

asio::awaitable<void> reconciler::look_at_connect() {
    const auto begun = time_.now();
    const bool plugins_due = plugins_read_ == mono_time::min() ||
                             begun.mono - plugins_read_ >= plugins_interval || !desired_->unresolved.empty();
    const auto before = observed_.plugins.value;
    co_await connect_.look(observed_, plugins_due);
    if (plugins_due && observed_.plugins.fresh()) plugins_read_ = begun.mono;
    if (observed_.plugins.value != before) derive();
    if (observed_.connectors.fresh()) co_await compare_secrets();
    loop_done("reconcile", begun, declared_.reconcile.interval);
    if (observed_.connectors.failure)
        numbers_.count_loop_failure("reconcile", std::string(to_string(observed_.connectors.failure->code)));
}

asio::awaitable<void> reconciler::compare_secrets() {
    const decide::editions now{desired_, connect_.changes(), 0};
    if (compared_ == now) co_return;
    auto matches = co_await hashes_.compare(*now.desired, *observed_.connectors.value);
    secret_matches_ = std::move(matches);
    compared_ = now;
}

asio::awaitable<void> reconciler::look_at_topics() {
    const auto begun = time_.now();
    auto names = topic_names(*desired_);
    if (!names.empty()) co_await topics_.look(observed_, std::move(names));
    reads_anew_ = false;
    loop_done("topics", begun, declared_.reconcile.interval);
    if (observed_.topics.failure)
        numbers_.count_loop_failure("topics", std::string(to_string(observed_.topics.failure->code)));
}

asio::awaitable<void> reconciler::look_at_logins() {
    const auto begun = time_.now();
    co_await logins_.look(observed_, desired_);
    loop_done("logins", begun, logins_interval);
}

asio::awaitable<void> reconciler::look_at_workers() {
    const auto begun = time_.now();
    co_await workers_.look(observed_);
    if (!workers_.has_group()) co_return; // a reload took it away meanwhile
    loop_done("workers", begun, declared_.reconcile.interval);
    if (observed_.group.failure)
        numbers_.count_loop_failure("workers", std::string(to_string(observed_.group.failure->code)));
}

void reconciler::loop_done(const std::string& name, moment begun, milliseconds interval) {
    const auto now = time_.now();
    numbers_.count_loop(name, now.mono - begun.mono);
    loop_views_[name] = {name, now, interval, longest_pass(name)};
}

// As long as Connect may keep a look waiting: worker, plugins, connectors, and the states in between.
milliseconds reconciler::longest_pass(const std::string& loop) const {
    constexpr int questions = 4;
    return loop == "reconcile" ? questions * declared_.connect.read_timeout : milliseconds(0);
}

asio::awaitable<void> reconciler::look(bool logins_too) {
    const auto tell = [this](const std::string& child, const std::string& what) {
        log_.error("a look ended by an exception", {{"look", child}, {"what", what}});
    };
    scope looks(executor_handle_, time_, tell);
    looks.spawn("connect", look_at_connect());
    looks.spawn("topics", look_at_topics());
    if (workers_.has_group()) looks.spawn("workers", look_at_workers());
    if (logins_too) looks.spawn("logins", look_at_logins());
    // Each call has a deadline of its own.
    while (!looks.running().empty()) co_await looks.join(seconds(60));
}

bool reconciler::converging() const {
    const auto now = time_.now().mono;
    if (executor_.busy() ||
        (executor_.last_end() != mono_time::min() && now - executor_.last_end() < keep_watching))
        return true;
    for (const auto& verdict : decision_.verdicts) {
        if (verdict.status != model::link_status::starting) continue;
        for (const auto& link : verdict.links) {
            const auto known = memory_.connectors.find(link.connector);
            if (known == memory_.connectors.end() || !known->second.not_running_since) continue;
            if (now - *known->second.not_running_since < watch_a_start) return true;
        }
    }
    return false;
}

// When the next full look is due: after the interval, or soon when something new is to be seen.
mono_time reconciler::next_full_look(mono_time begun) const {
    auto next = begun + declared_.reconcile.interval;
    if (full_look_wanted_) next = std::min(next, begun + quick); // changes that end together share a look
    if (const auto thaw = decision_.frozen_until; thaw && *thaw != wall_time::max()) {
        const auto now = time_.now();
        next = std::min(next, std::max(begun + quick, now.mono + (*thaw - now.wall)));
    }
    for (const auto& [subject, ended] : executor_.ends()) {
        const bool unseen = begun <= ended + connect_settles && model::find_connector(*desired_, subject);
        if (unseen) next = std::min(next, ended + connect_settles + milliseconds(1));
    }
    return next;
}

asio::awaitable<void> reconciler::connect_loop() {
    while (!stopping_) {
        const auto begun = time_.now().mono;
        full_look_wanted_ = false;
        co_await look_at_connect();
        act();
        while (!stopping_ && time_.now().mono < next_full_look(begun)) {
            const auto soon = time_.now().mono + quick;
            const auto next = next_full_look(begun);
            const auto until = std::min(converging() ? std::min(next, soon) : next, next_override_end());
            co_await connect_wake_->wait_until(until);
            if (stopping_ || time_.now().mono >= next_full_look(begun)) break;
            if (converging()) co_await connect_.look_at_states(observed_);
            act(); // a place may be free again
        }
    }
}

asio::awaitable<void> reconciler::topics_loop() {
    while (!stopping_) {
        const auto begun = time_.now().mono;
        co_await look_at_topics();
        act();
        co_await topics_wake_->wait_until(next_look_at_topics(begun));
    }
}

// After the interval, or soon while a change may not be shown yet.
mono_time reconciler::next_look_at_topics(mono_time begun) const {
    const auto unseen = [&](const model::desired_topic& topic) { return !topic_is_seen(topic.name); };
    const bool soon = std::ranges::any_of(desired_->topics, unseen);
    return begun + (soon ? std::min(quick, declared_.reconcile.interval) : declared_.reconcile.interval);
}

asio::awaitable<void> reconciler::workers_loop() {
    while (!stopping_) {
        const auto begun = time_.now().mono;
        if (workers_.has_group()) {
            const auto before = observed_.group;
            co_await look_at_workers();
            const bool is_news =
                observed_.group.value != before.value || observed_.group.fresh() != before.fresh();
            if (is_news) act();
        }
        co_await workers_wake_->wait_until(next_look_at_workers(begun));
    }
}

// After the interval; soon while they divide the work anew.
mono_time reconciler::next_look_at_workers(mono_time begun) const {
    if (!workers_.has_group()) return mono_time::max();
    const auto& group = observed_.group;
    const bool rebalances = group.fresh() && group.value->state == model::group_state::rebalancing;
    return begun +
           (rebalances ? std::min(quick, declared_.reconcile.interval) : declared_.reconcile.interval);
}

asio::awaitable<void> reconciler::logins_loop() {
    while (!stopping_) {
        co_await look_at_logins();
        act();
        co_await logins_wake_->wait_until(time_.now().mono + pause_between_logins());
    }
}

milliseconds reconciler::pause_between_logins() const {
    const auto fails = [](const auto& login) { return login.second.failure.has_value(); };
    if (std::ranges::none_of(observed_.logins, fails)) return logins_interval;
    const auto is_awaited = [&](const auto& failures) {
        const auto login = observed_.logins.find(failures.first);
        if (login == observed_.logins.end() || !fails(*login)) return false;
        const auto soon = [&](const decide::restart_outlook& o) {
            return !o.given_up && time_.now().mono - o.failed_since < watch_a_start;
        };
        return std::ranges::any_of(failures.second, soon);
    };
    return std::ranges::any_of(decision_.restarts, is_awaited) ? logins_awaited_interval
                                                               : logins_failing_interval;
}

asio::awaitable<void> reconciler::memory_loop() {
    while (!stopping_) {
        co_await memory_wake_->wait();
        const auto saved = co_await save();
        if (!saved)
            log_.error("memory was not saved; it is tried again", {{"problem", saved.error().message()}});
        co_await time_.sleep(seconds(1));
    }
}

asio::awaitable<void> reconciler::history_loop() {
    co_await history_.run();
}

asio::awaitable<void> reconciler::recorder_loop() {
    co_await recorder_.run();
}

asio::awaitable<result<void>> reconciler::save() {
    auto now = to_records(memory_);
    if (now == saved_) co_return result<void>{};
    auto saved = co_await store_.save(now);
    if (saved) saved_ = std::move(now);
    co_return saved;
}

// A pass that throws is an error of ours: it is told, and the loop goes on.
asio::awaitable<void> reconciler::keep_going(std::string name, std::function<asio::awaitable<void>()> loop) {
    while (!stopping_) {
        std::string what;
        try {
            co_await loop();
        } catch (const boost::system::system_error& e) {
            if (e.code() == asio::error::operation_aborted) throw;
            what = e.what();
        } catch (const std::exception& e) {
            what = e.what();
        }
        if (stopping_) co_return;
        log_.error("a pass ended by an exception", {{"loop", name}, {"what", what}});
        numbers_.count_loop_failure(name, "exception");
        co_await time_.sleep(seconds(1));
    }
}

void reconciler::start_loops() {
    const auto start = [this](const std::string& name, milliseconds interval, auto member) {
        if (interval.count() > 0) loop_views_[name] = {name, {}, interval, longest_pass(name)};
        auto loop = [this, member] { return (this->*member)(); };
        loops_.spawn(name, keep_going(name, std::move(loop)));
    };
    const auto interval = declared_.reconcile.interval;
    start("reconcile", interval, &reconciler::connect_loop);
    start("topics", interval, &reconciler::topics_loop);
    start("workers", milliseconds(0), &reconciler::workers_loop);
    start("logins", logins_interval, &reconciler::logins_loop);
    start("memory", milliseconds(0), &reconciler::memory_loop);
    start("history", milliseconds(0), &reconciler::history_loop);
    start("recorder", milliseconds(0), &reconciler::recorder_loop);
}

// --- deciding and acting --------------------------------------------------------------------------------

decide::inputs reconciler::inputs(const std::set<std::string>& changing) const {
    return {
        *desired_,
        observed_,
        memory_,
        secret_matches_,
        time_.now(),
        declared_.reconcile.interval,
        executor_.problems(),
        changing,
        connectors_restarting(),
        connectors_held()
    };
}

void reconciler::act() {
    end_overrides();
    forget_what_is_seen();
    const auto changing = connectors_changing();
    observed_.conflict_at = executor_.conflict_at();
    const auto in = inputs(changing);
    const bool at_rest = decide_unless_at_rest(in);
    recorder_.record(in, desired_, declared_, decision_, at_rest);
    if (!at_rest) memory_ = decision_.memory;
    forget_what_is_over();
    if (mode_.may_write && !stopping_) start_changes();
    ask_what_restarts_wait_for();
    note_what_is_in_sync();
    make_view(at_rest);
    ask_for_saving(at_rest);
}

decide::editions reconciler::editions() const {
    return {desired_, connect_.changes(), topics_.changes()};
}

bool reconciler::decide_unless_at_rest(const decide::inputs& in) {
    const auto now = editions();
    if (rest_.is_unmoved(in, now, decision_)) return true;
    decision_ = decide::decide(in);
    rest_.note(in, now, decision_);
    return false;
}

void reconciler::note_what_is_in_sync() {
    std::vector<std::string_view> names;
    for (const auto& verdict : decision_.verdicts)
        if (verdict.in_sync) names.push_back(verdict.pipeline);
    numbers_.note_in_sync(names, time_.now().wall);
}

// To make records of a large memory takes longer than to see that nothing moved in it.
void reconciler::ask_for_saving(bool at_rest) {
    if (at_rest && all_is_saved_ && memory_ == decision_.memory) return;
    all_is_saved_ = to_records(memory_) == saved_;
    if (!all_is_saved_) memory_wake_->ring();
}

// A restart waits for a probe that is younger than the failure.
void reconciler::ask_what_restarts_wait_for() {
    const auto asks = [&](decide::dependency what) {
        const auto of_it = [&](const decide::restart_outlook& o) { return o.asks == what; };
        const auto any = [&](const auto& failures) { return std::ranges::any_of(failures.second, of_it); };
        return std::ranges::any_of(decision_.restarts, any);
    };
    if (asks(decide::dependency::database)) logins_wake_->ring();
    if (asks(decide::dependency::kafka)) topics_wake_->ring();
}

void reconciler::forget_what_is_over() {
    for (const auto& connector : executor_.take_refused_restarts())
        decide::note_refusal(memory_.connectors[connector]);
    for (const auto& [subject, kind] : executor_.take_finished()) {
        if (kind == change_kind::delete_connector) deleted_.insert(subject);
        if (kind == change_kind::update_config) decide::forget_judgement(memory_.connectors[subject]);
        if (const auto known = memory_.connectors.find(subject); known != memory_.connectors.end())
            decide::note_put_back(known->second, kind);
    }
    forget_deleted();
    if (!observed_.connectors.fresh() || !observed_.topics.fresh()) return;
    std::set<std::string> over;
    for (const auto& [subject, problem] : executor_.problems())
        if (!executor_.busy_with(subject)) over.insert(subject);
    for (const auto& change : decision_.plan.changes)
        if (executor_.has_problem_with(change)) over.erase(change.subject);
    for (const auto& subject : over) executor_.forget_problem(subject);
}

// Ownership ends when the connector is seen to be gone: an answer alone may have come from a gateway.
void reconciler::forget_deleted() {
    if (!observed_.connectors.fresh()) return;
    std::erase_if(deleted_, [&](const std::string& name) {
        if (!is_seen(name)) return false;
        if (!observed_.connectors.value->contains(name)) memory_.connectors.erase(name);
        return true;
    });
}

bool reconciler::is_seen(const std::string& connector) const {
    const auto ended = executor_.ended_at(connector);
    return ended == mono_time::min() || connect_.begun() > ended + connect_settles;
}

bool reconciler::topic_is_seen(const std::string& topic) const {
    const auto ended = executor_.ended_at(topic);
    return ended == mono_time::min() || topics_.begun() > ended + kafka_settles;
}

void reconciler::forget_what_is_seen() {
    std::vector<std::string> seen;
    for (const auto& [subject, ended] : executor_.ends()) {
        const bool may_be_a_topic = model::find_topic(*desired_, subject) != nullptr;
        if (is_seen(subject) && (!may_be_a_topic || topic_is_seen(subject))) seen.push_back(subject);
    }
    for (const auto& subject : seen) executor_.forget_end(subject);
}

// With a change in flight, or done and not looked at since.
template <class Which>
std::set<std::string> reconciler::connectors_unsettled(Which which) const {
    std::set<std::string> names;
    const auto add = [&](const std::string& subject) {
        if (which(subject) && model::find_connector(*desired_, subject) != nullptr) names.insert(subject);
    };
    for (const auto& subject : executor_.in_flight()) add(subject);
    for (const auto& [subject, ended] : executor_.ends())
        if (!is_seen(subject)) add(subject);
    return names;
}

std::set<std::string> reconciler::connectors_changing() const {
    return connectors_unsettled([this](const auto& subject) { return !executor_.is_restart(subject); });
}

std::set<std::string> reconciler::connectors_restarting() const {
    return connectors_unsettled([this](const auto& subject) { return executor_.is_restart(subject); });
}

std::set<std::string> reconciler::connectors_held() const {
    std::set<std::string> names;
    if (holds_.empty()) return names;
    for (const auto& c : desired_->connectors)
        if (!hold_on(c.name).empty()) names.insert(c.name);
    return names;
}

bool reconciler::may_start(const model::change& change) const {
    const bool on_topic = concerns_topic(change.kind);
    const bool seen = on_topic ? topic_is_seen(change.subject) : is_seen(change.subject);
    const auto looked_at = on_topic ? topics_.begun() : connect_.begun();
    if (mode_.only && !mode_.only->covers(change)) return false;
    if (!change.may_run() || !seen || looked_at < look_needed_since_) return false;
    if (only_states_of_ && !(sets_state(change.kind) && only_states_of_->contains(change.subject)))
        return false;
    return (on_topic ? hold_on_topics_of(change.link.pipeline) : hold_on(change.subject)).empty();
}

std::string reconciler::hold_on_topics_of(const std::string& pipeline) const {
    for (const auto& [id, hold] : holds_) {
        const auto covers = [&](const model::desired_connector& c) {
            return c.link.pipeline == pipeline &&
                   std::ranges::find(hold.connectors, c.name) != hold.connectors.end();
        };
        if (hold.connectors.empty() || std::ranges::any_of(desired_->connectors, covers)) return hold.reason;
    }
    return {};
}

void reconciler::write_only_states_of(std::vector<std::string> connectors) {
    only_states_of_.emplace(connectors.begin(), connectors.end());
}

// What is desired, but for the first of a roll that goes back.
std::shared_ptr<const model::desired> reconciler::to_be_written(const model::change& change) const {
    auto config = decide::way_back(memory_, change);
    if (!config) return desired_;
    auto before = *desired_;
    for (auto& connector : before.connectors)
        if (connector.name == change.subject) connector.config = std::move(*config);
    return std::make_shared<const model::desired>(std::move(before));
}

// A write that waits for a rebalance to end is one of the plan as it is then, or none.
bool reconciler::is_still_due(const model::change& change, const model::desired& then) const {
    if (stopping_ || !mode_.may_write || !hold_on(change.subject).empty()) return false;
    const auto* was = model::find_connector(then, change.subject);
    const auto* now = model::find_connector(*desired_, change.subject);
    if (change.kind == change_kind::restart_failed || change.kind == change_kind::restart_all)
        return now != nullptr && now->state == model::target_state::running; // noted, and so in no plan
    const bool is_wanted_so = was == nullptr || now == nullptr || *was == *now;
    if (!is_wanted_so && !decide::way_back(memory_, change)) return false;
    return std::ranges::any_of(decision_.plan.changes, [&](const model::change& c) {
        const bool is_it = c.kind == change.kind && c.subject == change.subject && c.id == change.id;
        return is_it && !c.is_held_back();
    });
}

// Where the interval is long, much may have happened since the last look.
bool reconciler::was_seen_long_ago(const model::change& change) const {
    const auto looked_at = concerns_topic(change.kind) ? topics_.begun() : connect_.begun();
    return time_.now().mono - looked_at > sight_lasts + longest_pass("reconcile");
}

void reconciler::start_changes() {
    start_asked_restarts();
    for (const auto& change : decision_.plan.changes) {
        if (!may_start(change)) continue;
        if (was_seen_long_ago(change)) {
            look_again();
            return;
        }
        const auto initial_state = state_at_creation(change);
        auto first = to_be_kept_first(change, initial_state);
        if (!executor_.start(change, to_be_written(change), initial_state, std::move(first))) continue;
        if (change.kind == change_kind::restart_failed)
            decide::note_restart(memory_.connectors[change.subject], change, time_.now());
    }
}

// What is accepted by its id is carried out once, and so it must be known for good that it was begun: a
// Sluice that is killed before it hears of the effect would find the acceptance unused. So must it be known
// of a connector that it was created stopped to be started later, and not stopped by somebody.
executor::attempt
reconciler::to_be_kept_first(const model::change& change, model::target_state initial_state) {
    const bool is_accepted = desired_->accepted_plans.contains(change.id);
    const bool starts_later = decide::is_started_later(*desired_, change, initial_state);
    if (!is_accepted && !starts_later) return {};
    return [this, change, starts_later, desired = desired_] {
        decide::note_begun(*desired, change, memory_);
        if (starts_later) memory_.connectors[change.subject].created_stopped = true;
        return save();
    };
}

model::target_state reconciler::state_at_creation(const model::change& change) const {
    const auto* wanted = model::find_connector(*desired_, change.subject);
    return wanted == nullptr ? model::target_state::running
                             : decide::state_at_creation(*wanted, observed_.worker.value);
}

void reconciler::progress() {
    full_look_wanted_ = true;
    connect_wake_->ring();
    topics_wake_->ring();
    for (const auto& waiting : waiting_for_quiet_)
        if (const auto alive = waiting.lock()) alive->ring();
    std::erase_if(waiting_for_quiet_, [](const auto& waiting) { return waiting.expired(); });
}

void reconciler::make_view(bool at_rest) {
    // A hold shows in the view and moves no decision.
    const bool held_before = std::exchange(view_shows_holds_, !holds_.empty());
    const bool is_as_before = at_rest && !held_before && !view_shows_holds_;
    const view_sources from{
        declared_,
        *desired_,
        observed_,
        decision_,
        config_,
        loop_views_,
        executor_.problems(),
        [this](const std::string& connector) { return hold_on(connector); },
        time_.now(),
        started_at_,
        secrets_.get(),
        is_as_before ? view_.get() : nullptr,
    };
    auto next = build_view(from);
    every_observer_answered_ = every_observer_answered_ || next->every_observer_answered;
    next->every_observer_answered = every_observer_answered_;
    view_ = std::move(next);
    if (!mode_.tells_news || reads_anew_) return;
    log_news(log_, told_.get(), *view_);
    history_.note(changes_seen(told_.get(), *view_));
    told_ = view_;
}

void reconciler::tell_config(config_view config) {
    config_ = std::move(config);
    if (declared_once_) make_view();
}

// --- holds and the end ----------------------------------------------------------------------------------

std::string reconciler::hold_on(const std::string& connector) const {
    for (const auto& [id, hold] : holds_)
        if (hold.connectors.empty() || std::ranges::find(hold.connectors, connector) != hold.connectors.end())
            return hold.reason;
    return {};
}

void reconciler::note_hold(const hold_request& hold, std::string_view what) {
    history_event e;
    e.kind = history_kind::hold;
    e.what = what;
    for (const auto& connector : hold.connectors) e.subject += (e.subject.empty() ? "" : ", ") + connector;
    e.who = hold.reason;
    history_.note(std::move(e));
}

asio::awaitable<hold_id> reconciler::take_hold(hold_request request) {
    const auto id = ++last_hold_;
    const auto connectors = request.connectors;
    log_.info("hold taken", {{"hold", id}, {"reason", request.reason}});
    note_hold(request, "taken");
    holds_[id] = std::move(request);
    make_view();
    co_await settle(connectors);
    co_return id;
}

void reconciler::release(hold_id id) {
    const auto hold = holds_.find(id);
    if (hold == holds_.end()) return;
    note_hold(hold->second, "released");
    holds_.erase(hold);
    log_.info("hold released", {{"hold", id}});
    make_view();
    look_again();
}

// What is known is from before something that changed the world or the wish: nothing is written on it.
void reconciler::look_again() {
    look_needed_since_ = time_.now().mono;
    full_look_wanted_ = true;
    connect_wake_->ring();
    topics_wake_->ring();
    workers_wake_->ring();
    logins_wake_->ring();
}

asio::awaitable<void> reconciler::settle(std::vector<std::string> connectors) {
    const std::shared_ptr<alarm> quiet = time_.make_alarm();
    waiting_for_quiet_.push_back(quiet);
    const auto busy_with = [this](const std::string& name) { return executor_.busy_with(name); };
    const auto is_busy = [&] {
        return connectors.empty() ? executor_.busy() : std::ranges::any_of(connectors, busy_with);
    };
    while (is_busy()) co_await quiet->wait();
}

asio::awaitable<std::vector<std::string>> reconciler::stop(milliseconds limit) {
    stopping_ = true;
    connect_wake_->ring();
    topics_wake_->ring();
    workers_wake_->ring();
    logins_wake_->ring();
    memory_wake_->ring();
    co_await changes_.join(limit);
    changes_.cancel();
    loops_.cancel();
    co_await changes_.join(wind_down);
    co_await loops_.join(wind_down);
    auto late = changes_.running();
    for (auto& name : loops_.running()) late.push_back("loop " + name);
    const auto saved = co_await save();
    if (!saved) log_.error("memory was not saved", {{"problem", saved.error().message()}});
    changes_.spawn("the end of history", history_.write());
    changes_.spawn("the last passes' record", recorder_.write());
    if (!co_await changes_.join(wind_down))
        for (auto& name : changes_.running()) late.push_back(std::move(name));
    co_return late;
}

} // namespace sluice::control
