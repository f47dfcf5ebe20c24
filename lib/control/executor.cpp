#include "control/executor.hpp"

#include "base/backoff.hpp"
#include "base/units.hpp"
#include "control/config_validation.hpp"
#include "decide/first_start.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

using model::change_kind;

constexpr backoff_policy after_failure{seconds(2), seconds(30), 0.2};
constexpr backoff_policy during_rebalance{milliseconds(250), seconds(5), 0.2};
constexpr milliseconds just_now(200);
// Of the same change once more, which went well: a worker that is behind does not show it yet.
constexpr backoff_policy after_no_effect{seconds(4), seconds(30), 0.0};
constexpr milliseconds effect_is_forgotten = seconds(60);

// What begins: nothing that runs is touched by it.
bool is_beginning(const model::change& change) {
    return change.kind == change_kind::create_connector || change.is_first_start;
}

bool is_restart(change_kind kind) {
    return kind == change_kind::restart_failed || kind == change_kind::restart_all;
}

bool concerns_topic(change_kind kind) {
    return kind == change_kind::create_topic || kind == change_kind::add_partitions ||
           kind == change_kind::alter_topic_config;
}

// It leaves its connector in a state in which it would not be planned again.
bool settles_something(change_kind kind) {
    return kind == change_kind::update_config || kind == change_kind::pause || kind == change_kind::stop ||
           kind == change_kind::resume;
}

// Nobody's failure: the cluster is busy with itself and the same call will do.
bool passes_by_itself(errc code) {
    return code == errc::rebalancing || code == errc::forwarding_failed;
}

// A write that got no answer, or a broken one, may have had its effect all the same.
bool may_have_happened(errc code) {
    return code == errc::outcome_unknown || code == errc::timeout || code == errc::bad_answer ||
           code == errc::server_error;
}

// We asked for it because we did not see it. Where somebody has just made it, or our own write had no answer,
// the next look shows it, and the problem is over.
result<void> cannot_be_seen(const std::string& topic) {
    return fail(
        errc::already_exists,
        "create the topic",
        topic,
        "it exists, but cannot be seen; grant Describe on it to Sluice's Kafka principal"
    );
}

result<void> is_not_listed(const std::string& connector) {
    return fail(
        errc::already_exists,
        "create the connector",
        connector,
        "Connect says that it exists, and does not list it; a worker is behind, or the URLs lead to workers "
        "of "
        "two clusters"
    );
}

// What a worker takes is told by its answer: versions of other builders ("7.6.0-ccs") do not say it.
asio::awaitable<result<void>> create(
    connect::connect_api& connect,
    std::string name,
    model::config_map config,
    model::target_state initial_state
) {
    auto created = co_await connect.create(name, config, initial_state);
    const bool lacks_initial_state = !created && created.error().code == errc::unsupported;
    if (!lacks_initial_state || initial_state == model::target_state::running) co_return created;
    co_return co_await connect.create(name, config, model::target_state::running);
}

asio::awaitable<result<void>> read_offsets(
    connect::connect_api& connect, std::string connector, std::vector<connect::partition_offset>& into
) {
    auto answer = co_await connect.offsets(std::move(connector));
    if (!answer) co_return std::unexpected(answer.error());
    into = std::move(*answer);
    co_return result<void>{};
}

// Not a failure: it is decided anew, on what is known and wished for by now.
asio::awaitable<result<void>> overtaken(model::change change) {
    co_return fail(
        errc::cancelled, std::string(model::to_string(change.kind)), change.subject, "it is decided anew"
    );
}

/// "drift", "file changed", "secret changed": what moved, and what is to be said of it.
std::string cause_of(const model::change& change) {
    const bool is_update = change.kind == change_kind::update_config;
    const bool only_secrets = std::ranges::all_of(change.keys, &model::key_change::is_secret);
    std::string cause;
    if (change.is_drift)
        cause = "drift";
    else if (is_update && !change.keys.empty())
        cause = only_secrets ? "secret changed" : "file changed";
    if (cause.empty() || change.because.empty()) return cause + change.because;
    return cause + "; " + change.because;
}

/// Of what exists and is changed: of a creation the file is the list.
std::string keys_of(const model::change& change) {
    const bool is_creation =
        change.kind == change_kind::create_connector || change.kind == change_kind::create_topic;
    std::string keys;
    for (const auto& k : change.keys)
        if (!is_creation) keys += (keys.empty() ? "" : ",") + k.key;
    return keys;
}

result<void> gone(const model::change& change) {
    return fail(errc::not_found, "find in the file", change.subject, "it is not desired any more");
}

} // namespace

executor::executor(
    scope& children,
    time_source& time,
    const logger& log,
    telemetry& numbers,
    history& told,
    secret_hashes& hashes,
    std::function<void()> on_progress,
    executor_limits limits
)
    : children_(children)
    , time_(time)
    , log_(log)
    , numbers_(numbers)
    , history_(told)
    , hashes_(hashes)
    , on_progress_(std::move(on_progress))
    , limits_(limits)
    , free_for_creations_(limits.creations)
    , free_for_others_(limits.others)
    , free_for_topics_(limits.topics) {}

void executor::use(
    std::shared_ptr<connect::connect_api> connect, std::shared_ptr<kafka::topic_admin> topics
) {
    connect_ = std::move(connect);
    topics_ = std::move(topics);
}

bool executor::start(
    const model::change& change,
    const std::shared_ptr<const model::desired>& desired,
    model::target_state initial_state,
    attempt first
) {
    if (in_flight_.contains(change.subject)) return false;
    const auto waits = backing_off_.find(change.subject);
    if (waits != backing_off_.end() && time_.now().mono < waits->second.second) return false;
    if (waits_to_be_seen(change)) return false;
    if (free_places(change) == 0) return false;
    --free_places(change);
    in_flight_.insert(change.subject);
    last_kind_[change.subject] = change.kind;
    auto name = fmt::format("{} {}", model::to_string(change.kind), change.subject);
    job work{change, desired, connect_, topics_, initial_state, std::move(first), time_.now().mono};
    children_.spawn(std::move(name), run(std::move(work)));
    return true;
}

// Each such write restarts the tasks, whatever is there already.
bool executor::waits_to_be_seen(const model::change& change) const {
    const auto last = done_.find(change.subject);
    if (last == done_.end() || last->second.kind != change.kind || last->second.keys != change.keys)
        return false;
    const auto pause = delay_after(after_no_effect, last->second.times - 1);
    return time_.now().mono < last->second.at + pause;
}

void executor::note_done(const model::change& change) {
    if (!settles_something(change.kind)) return;
    const auto now = time_.now().mono;
    auto& last = done_[change.subject];
    const bool again =
        last.kind == change.kind && last.keys == change.keys && now - last.at < effect_is_forgotten;
    last = {change.kind, change.keys, again ? last.times + 1 : 1, now};
}

std::size_t& executor::free_places(const model::change& change) {
    if (concerns_topic(change.kind)) return free_for_topics_;
    return is_beginning(change) ? free_for_creations_ : free_for_others_;
}

asio::awaitable<void> executor::run(job work) {
    const auto begun = time_.now().mono;
    result<void> outcome;
    try {
        outcome = co_await carry_out(work);
    } catch (const boost::system::system_error& e) {
        const auto code = e.code() == asio::error::operation_aborted ? errc::cancelled : errc::server_error;
        outcome = fail(code, std::string(model::to_string(work.change.kind)), work.change.subject, e.what());
    } catch (const std::exception& e) {
        outcome = fail(
            errc::server_error, std::string(model::to_string(work.change.kind)), work.change.subject, e.what()
        );
    }
    ended(work, outcome, begun);
}

asio::awaitable<result<void>> executor::carry_out(const job& work) {
    if (work.first) {
        auto ready = co_await work.first();
        if (!ready) co_return ready;
    }
    if (!concerns_topic(work.change.kind)) co_return co_await change_connector(work);
    const auto begun = time_.now().mono;
    auto outcome = co_await change_topic(work);
    const std::string word(outcome ? "ok" : to_string(outcome.error().code));
    numbers_.count_request(
        "kafka", std::string(model::to_string(work.change.kind)), word, time_.now().mono - begun
    );
    co_return outcome;
}

asio::awaitable<result<void>> executor::change_topic(const job& work) {
    const auto* topic = model::find_topic(*work.desired, work.change.subject);
    if (topic == nullptr) co_return gone(work.change);
    if (work.change.kind == change_kind::add_partitions)
        co_return co_await work.topics->add_partitions(
            topic->name, topic->written_partitions.value_or(topic->partitions)
        );
    if (work.change.kind == change_kind::alter_topic_config) {
        std::map<std::string, std::string> changes;
        for (const auto& key : work.change.keys) changes[key.key] = key.after.value_or("");
        co_return co_await work.topics->alter_config(topic->name, std::move(changes));
    }
    auto created = co_await work.topics->create(*topic);
    if (!created && created.error().code == errc::already_exists) co_return cannot_be_seen(topic->name);
    co_return created;
}

asio::awaitable<result<void>> executor::change_connector(const job& work) {
    const auto& name = work.change.subject;
    auto& connect = *work.connect;
    attempt write;
    switch (work.change.kind) {
    case change_kind::create_connector:
    case change_kind::update_config: {
        const auto* wanted = model::find_connector(*work.desired, name);
        if (wanted == nullptr) co_return gone(work.change);
        co_return co_await write_config(work, *wanted);
    }
    case change_kind::resume:
        if (work.change.is_first_start) {
            auto looked_at = co_await look_before_first_start(work);
            if (!looked_at) co_return looked_at;
        }
        write = [&] { return connect.resume(name); };
        break;
    case change_kind::pause: write = [&] { return connect.pause(name); }; break;
    case change_kind::stop: write = [&] { return connect.stop(name); }; break;
    case change_kind::restart_failed: co_return co_await restart(work);
    case change_kind::restart_all: write = [&] { return connect.restart(name, false); }; break;
    case change_kind::delete_connector: write = [&] { return connect.remove(name); }; break;
    default: co_return gone(work.change);
    }
    const auto give_up = time_.now().mono + limits_.rebalance_budget;
    auto guarded = while_due(work, std::move(write));
    auto outcome = co_await through_rebalances(std::move(guarded), give_up);
    const bool is_gone = !outcome && outcome.error().code == errc::not_found;
    if (is_gone && work.change.kind == change_kind::delete_connector) co_return result<void>{};
    co_return outcome;
}

// By one call where all that failed is to be restarted: then Connect shows it as RESTARTING until it runs.
asio::awaitable<result<void>> executor::restart(const job& work) {
    const auto& name = work.change.subject;
    auto& connect = *work.connect;
    const auto give_up = time_.now().mono + limits_.rebalance_budget; // for all of them
    if (work.change.tasks.empty()) {
        auto all = while_due(work, [&] { return connect.restart(name, true); });
        co_return co_await through_rebalances(std::move(all), give_up);
    }
    for (const int task : work.change.tasks) {
        auto one = while_due(work, [&, task] { return connect.restart_task(name, task); });
        auto outcome = co_await through_rebalances(std::move(one), give_up);
        if (!outcome) co_return outcome;
    }
    co_return result<void>{};
}

asio::awaitable<result<void>>
executor::write_config(const job& work, const model::desired_connector& wanted) {
    auto config = wanted.config;
    auto record = co_await hashes_.record_for(config);
    if (!record.empty()) config[std::string(model::secrets_key)] = std::move(record);
    const auto give_up = time_.now().mono + limits_.rebalance_budget; // for both calls
    const attempt validate = [&] { return validate_config(*work.connect, wanted); };
    auto valid_if_due = while_due(work, validate);
    auto valid = co_await through_rebalances(std::move(valid_if_due), give_up);
    if (!valid) co_return valid;
    attempt write;
    if (work.change.kind == change_kind::update_config) {
        write = [&] { return work.connect->put_config(wanted.name, config); };
    } else {
        write = [&] { return create(*work.connect, wanted.name, config, work.initial_state); };
    }
    auto write_if_due = while_due(work, std::move(write));
    auto outcome = co_await through_rebalances(std::move(write_if_due), give_up);
    const bool is_there = !outcome && outcome.error().code == errc::already_exists;
    if (is_there && work.change.kind == change_kind::create_connector) co_return is_not_listed(wanted.name);
    co_return outcome;
}

// What the next pass saw is as declared; here, that its offsets can be read, and whether they are new.
// Offsets outlive their connector: one of the same name goes on from them.
asio::awaitable<result<void>> executor::look_before_first_start(const job& work) {
    const auto& name = work.change.subject;
    std::vector<connect::partition_offset> stored;
    const attempt read = [&] { return read_offsets(*work.connect, name, stored); };
    const auto give_up = time_.now().mono + limits_.rebalance_budget;
    auto outcome = co_await through_rebalances(read, give_up);
    if (!outcome || stored.empty()) co_return outcome;
    const auto position = fmt::format("{} {}", stored.front().partition, stored.front().offset);
    log_.info(
        "a new connector goes on from offsets that an earlier one of its name stored",
        {{"connector", name}, {"offsets", position}}
    );
    history_event e;
    e.kind = history_kind::action;
    e.pipeline = work.change.link.pipeline;
    e.subject = name;
    e.what = "check";
    e.why = "it goes on from offsets that an earlier connector of its name stored: " + position;
    e.answer = "ok";
    e.who = who_;
    history_.note(std::move(e));
    co_return outcome;
}

executor::attempt executor::while_due(const job& work, attempt call) {
    return [this, &work, call = std::move(call)] {
        const bool is_old = time_.now().mono - work.decided > just_now;
        if (is_old && is_due_ && !is_due_(work.change, *work.desired)) return overtaken(work.change);
        return call();
    };
}

asio::awaitable<result<void>> executor::through_rebalances(attempt call, mono_time give_up) {
    for (std::uint32_t failures = 1;; ++failures) {
        auto outcome = co_await call();
        if (outcome || !passes_by_itself(outcome.error().code)) co_return outcome;
        if (outcome.error().code == errc::rebalancing) conflict_at_ = time_.now().mono;
        const double chance = std::uniform_real_distribution<>(0, 1)(random_);
        const auto pause = delay_after(during_rebalance, failures, chance);
        if (time_.now().mono + pause > give_up) co_return outcome;
        co_await time_.sleep(pause);
    }
}

// A failure that comes again and again is told the first time, the second, the fourth, the eighth …: one that
// lasts for days must not drive everything else out of history.
void executor::note(const model::change& change, const result<void>& outcome, milliseconds took) {
    const auto answer = outcome ? std::string("ok") : outcome.error().message();
    auto& [last, times] = failures_[change.subject];
    const auto what = fmt::format("{} {}", model::to_string(change.kind), answer);
    times = !outcome && last == what ? times + 1 : 1;
    last = what;
    if (!std::has_single_bit(times)) return;
    history_event e;
    e.kind = history_kind::action;
    e.pipeline = change.link.pipeline;
    e.subject = change.subject;
    e.what = model::to_string(change.kind);
    e.keys = change.keys;
    e.why = change.because;
    e.answer = answer;
    e.who = who_;
    e.times = times;
    e.took = took;
    history_.note(std::move(e));
}

void executor::ended(const job& work, const result<void>& outcome, mono_time begun) {
    const auto& change = work.change;
    const auto now = time_.now().mono;
    const auto took = std::chrono::duration_cast<milliseconds>(now - begun);
    note(change, outcome, took);
    in_flight_.erase(change.subject);
    ++free_places(change);
    if (outcome && !concerns_topic(change.kind)) conflict_at_.reset(); // Connect takes writes again
    const bool had_effect = outcome || may_have_happened(outcome.error().code);
    if (had_effect) {
        ended_[change.subject] = now;
        last_end_ = now;
    } else if (change.kind == change_kind::restart_failed) {
        refused_restarts_.push_back(change.subject);
    }
    const std::string action(model::to_string(change.kind));
    numbers_.count_action(
        {change.link.pipeline,
         "default",
         action,
         outcome ? "ok" : std::string(to_string(outcome.error().code))}
    );
    if (control::is_restart(change.kind))
        numbers_.count_restart(
            {change.link.pipeline, change.link.sink, "default", change.subject, outcome ? "ok" : "failed"}
        );
    if (outcome) {
        forget_problem(change.subject);
        note_done(change);
        finished_.emplace_back(change.subject, change.kind);
        log_.info(
            "change carried out",
            {{"action", action},
             {"subject", change.subject},
             {"pipeline", change.link.pipeline},
             {"because", cause_of(change)},
             {"keys", keys_of(change)}}
        );
    } else if (outcome.error().code != errc::cancelled) {
        auto& [failures, not_before] = backing_off_[change.subject];
        ++failures;
        const double chance = std::uniform_real_distribution<>(0, 1)(random_);
        const auto pause = delay_after(after_failure, failures, chance);
        not_before = now + pause;
        auto problem = outcome.error().message();
        const bool is_new = problems_[change.subject] != problem;
        problems_[change.subject] = std::move(problem);
        // The same failure again is news only at the debug level: the status shows it all the while.
        const auto& text = problems_[change.subject];
        if (is_new)
            log_.warning(
                "change failed",
                {{"action", action},
                 {"subject", change.subject},
                 {"problem", text},
                 {"next_try_in", format_duration(pause)}}
            );
        else
            log_.debug(
                "change failed again",
                {{"action", action}, {"subject", change.subject}, {"next_try_in", format_duration(pause)}}
            );
    }
    on_progress_();
}

bool executor::is_restart(const std::string& subject) const {
    const auto found = last_kind_.find(subject);
    return found != last_kind_.end() && control::is_restart(found->second);
}

mono_time executor::ended_at(const std::string& subject) const {
    const auto found = ended_.find(subject);
    return found == ended_.end() ? mono_time::min() : found->second;
}

void executor::forget_end(const std::string& subject) {
    ended_.erase(subject);
    if (!busy_with(subject) && !problems_.contains(subject)) last_kind_.erase(subject);
}

bool executor::has_problem_with(const model::change& change) const {
    const auto last = last_kind_.find(change.subject);
    return problems_.contains(change.subject) && last != last_kind_.end() && last->second == change.kind;
}

void executor::forget_problem(const std::string& subject) {
    problems_.erase(subject);
    backing_off_.erase(subject);
}

void executor::forget_problems() {
    problems_.clear();
    backing_off_.clear();
}

std::vector<std::pair<std::string, change_kind>> executor::take_finished() {
    return std::exchange(finished_, {});
}

std::vector<std::string> executor::take_refused_restarts() {
    return std::exchange(refused_restarts_, {});
}

} // namespace sluice::control
