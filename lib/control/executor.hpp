#pragma once
// Carries changes out: one in flight per connector or topic, creations sixteen at a time, everything else one
// at a time. Decides nothing. What failed is kept as a sentence until it succeeds, and not tried again before
// its back-off is over. The loop learns what came of a change only by looking.

#include "base/log.hpp"
#include "base/scope.hpp"
#include "base/time.hpp"
#include "connect/api.hpp"
#include "control/history.hpp"
#include "control/secret_hashes.hpp"
#include "control/telemetry.hpp"
#include "kafka/topic_admin.hpp"
#include "model/desired.hpp"
#include "model/plan.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace sluice::control {

struct executor_limits {
    std::size_t creations = 16; // Connect's own limit: more at once are no faster
    std::size_t others = 1;     // changes to connectors that exist
    std::size_t topics = 1;     // calls to Kafka, which a Connect that hangs does not hold up
    milliseconds rebalance_budget = seconds(120);
};

class executor {
public:
    /// `on_progress` is called whenever a change ended, so that the loop looks again.
    executor(
        scope& children,
        time_source& time,
        const logger& log,
        telemetry& numbers,
        history& told,
        secret_hashes& hashes,
        std::function<void()> on_progress,
        executor_limits limits = {}
    );

    /// The adapters in force. A change in flight keeps those that it began with.
    void use(std::shared_ptr<connect::connect_api> connect, std::shared_ptr<kafka::topic_admin> topics);

    /// On whose behalf, as history tells it: "apply by root". The daemon's, unless told.
    void act_for(std::string who) { who_ = std::move(who); }

    using attempt = std::function<boost::asio::awaitable<result<void>>()>;

    /// Asked before a write that Connect refused is tried again: whether it is still to be done.
    using due = std::function<bool(const model::change&, const model::desired&)>;
    void ask_before_retries(due is_due) { is_due_ = std::move(is_due); }

    /// Starts a change unless its subject is busy or backing off, or as many as may are in flight: what waits
    /// is not queued here but decided anew, on what is known then. True: it was started. `first`, if given,
    /// must have gone well before anything is sent.
    bool start(
        const model::change& change,
        const std::shared_ptr<const model::desired>& desired,
        model::target_state initial_state, // of a connector that is created
        attempt first = {}
    );

    [[nodiscard]] bool busy() const { return !in_flight_.empty(); }
    [[nodiscard]] bool busy_with(const std::string& subject) const { return in_flight_.contains(subject); }
    [[nodiscard]] const std::set<std::string>& in_flight() const { return in_flight_; }
    /// Whether that last change, or the one in flight, is a restart: it alters no config and no state.
    [[nodiscard]] bool is_restart(const std::string& subject) const;
    /// When the last change to this subject ended that may have had an effect; an older observation does not
    /// show it.
    [[nodiscard]] mono_time ended_at(const std::string& subject) const;
    [[nodiscard]] const std::map<std::string, mono_time>& ends() const { return ended_; }
    /// An observation has shown what came of it.
    void forget_end(const std::string& subject);
    [[nodiscard]] mono_time last_end() const { return last_end_; }
    /// When Connect last refused a call because it rebalances.
    [[nodiscard]] std::optional<mono_time> conflict_at() const { return conflict_at_; }

    /// The last failure by subject, while it stands.
    [[nodiscard]] const std::map<std::string, std::string>& problems() const { return problems_; }
    /// Whether it is this change that failed, and not another of its subject.
    [[nodiscard]] bool has_problem_with(const model::change& change) const;
    /// A problem that an observation shows to be over.
    void forget_problem(const std::string& subject);
    /// A new file: every change deserves a fresh try.
    void forget_problems();

    /// Subjects whose change ended well since the last call, with its kind: deletions above all.
    std::vector<std::pair<std::string, model::change_kind>> take_finished();

    /// Connectors whose restart surely had no effect, since the last call.
    std::vector<std::string> take_refused_restarts();

private:
    struct job {
        model::change change;
        std::shared_ptr<const model::desired> desired;
        std::shared_ptr<connect::connect_api> connect;
        std::shared_ptr<kafka::topic_admin> topics;
        model::target_state initial_state;
        attempt first;
        mono_time decided{};
    };

    boost::asio::awaitable<void> run(job work);
    boost::asio::awaitable<result<void>> carry_out(const job& work);
    boost::asio::awaitable<result<void>> change_topic(const job& work);
    boost::asio::awaitable<result<void>> change_connector(const job& work);
    boost::asio::awaitable<result<void>> restart(const job& work);
    boost::asio::awaitable<result<void>>
    write_config(const job& work, const model::desired_connector& wanted);
    boost::asio::awaitable<result<void>> look_before_first_start(const job& work);
    /// The call, unless the change was decided a while ago and is not to be done any more.
    attempt while_due(const job& work, attempt call);
    /// Calls again until it goes through, or until a pause would end after `give_up`.
    boost::asio::awaitable<result<void>> through_rebalances(attempt call, mono_time give_up);
    void ended(const job& work, const result<void>& outcome, mono_time begun);
    void note(const model::change& change, const result<void>& outcome, milliseconds took);
    [[nodiscard]] bool waits_to_be_seen(const model::change& change) const;
    void note_done(const model::change& change);
    std::size_t& free_places(const model::change& change);

    scope& children_;
    time_source& time_;
    const logger& log_;
    telemetry& numbers_;
    history& history_;
    std::string who_ = "daemon";
    secret_hashes& hashes_;
    std::function<void()> on_progress_;
    due is_due_;
    executor_limits limits_;
    std::shared_ptr<connect::connect_api> connect_;
    std::shared_ptr<kafka::topic_admin> topics_;
    std::size_t free_for_creations_;
    std::size_t free_for_others_;
    std::size_t free_for_topics_;
    std::set<std::string> in_flight_;
    std::map<std::string, mono_time> ended_;
    std::map<std::string, model::change_kind> last_kind_;

    /// A change that went well.
    struct done {
        model::change_kind kind{};
        std::vector<model::key_change> keys;
        std::uint32_t times = 0; // in a row
        mono_time at{};          // the last
    };
    std::map<std::string, done> done_; // by connector: its last update or change of state
    std::map<std::string, std::string> problems_;
    std::map<std::string, std::pair<std::uint32_t, mono_time>> backing_off_; // failures in a row, not before
    std::map<std::string, std::pair<std::string, std::uint32_t>>
        failures_; // the last, and how often in a row
    std::vector<std::pair<std::string, model::change_kind>> finished_;
    std::vector<std::string> refused_restarts_;
    mono_time last_end_ = mono_time::min();
    std::optional<mono_time> conflict_at_;
    std::minstd_rand random_{1};
};

} // namespace sluice::control
