#pragma once
// The loop: look, decide, act, tell. Owns what is desired, observed and remembered; everything on the
// io_context's thread. The daemon runs it until it is stopped; a command lets it look once, or act until
// the plan is carried out.

#include "base/log.hpp"
#include "base/scope.hpp"
#include "control/commands.hpp"
#include "control/executor.hpp"
#include "control/flight_recorder.hpp"
#include "control/history.hpp"
#include "control/memory_store.hpp"
#include "control/observers.hpp"
#include "control/operations.hpp"
#include "control/ports.hpp"
#include "control/secret_hashes.hpp"
#include "control/status_view.hpp"
#include "control/telemetry.hpp"
#include "decide/agreed.hpp"
#include "decide/decide.hpp"
#include "decide/override.hpp"
#include "decide/resting.hpp"
#include "model/declared.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace sluice::control {

/// What may be written: a command that only looks writes nothing, `apply` also corrects drift.
struct reconcile_mode {
    bool may_write = true;
    bool report_only_allowed = true; // obey `drift: report`; `apply` does not
    bool prune = false;              // besides the file's own `prune`
    bool during_freeze = false;      // a freeze of the file does not count
    std::set<model::consequence> accepted = {};
    std::optional<decide::agreed> only = {}; // no other changes than these
    bool tells_news = false;                 // logs what changes between two views, and notes it in history
    std::string who = "daemon";              // in history
};

class reconciler {
public:
    reconciler(
        boost::asio::any_io_executor executor,
        time_source& time,
        adapters& world,
        memory_store& store,
        const logger& log,
        telemetry& numbers,
        reconcile_mode mode = {}
    );
    reconciler(const reconciler&) = delete;
    reconciler& operator=(const reconciler&) = delete;

    /// What is seen and done is kept there from now on. `where` must outlive this; texts are scrubbed.
    void keep_history(journal& where, std::shared_ptr<const scrubber> secrets);

    /// Every pass is recorded there from now on. `where` must outlive this.
    void record_passes(flight_log& where) { recorder_.write_to(where); }

    /// No view shows these secrets, whatever Connect has of them in clear.
    void hide(std::shared_ptr<const scrubber> secrets) { secrets_ = std::move(secrets); }

    /// For what the loop does not know of itself: its start and end.
    void note(history_event event) { history_.note(std::move(event)); }

    /// What is remembered from earlier. Call it once, before anything else. Errors: io, bad_answer.
    boost::asio::awaitable<result<void>> recall();

    /// The file in force. The first call, or after a reload; takes effect at once.
    void adopt_declaration(model::declaration declared);

    /// Why a file must not come into force: it would delete more than half of what is owned. Empty: it may.
    [[nodiscard]] std::string objection_to(const model::declaration& declared) const;

    /// Everything is looked at once, side by side; each observer has then answered or failed.
    boost::asio::awaitable<void> look(bool logins_too = true);

    /// Decides on what is known now and starts what may be done. Returns at once.
    void act();

    /// The daemon: the observers' loops, `act` whenever something is new, memory saved. Until `stop`.
    void start_loops();

    /// No further change is begun; then waits for those in flight, at most `limit`, and ends the loops.
    /// The names of what is late.
    boost::asio::awaitable<std::vector<std::string>> stop(milliseconds limit);

    /// Writes memory down when it changed. Errors: io.
    boost::asio::awaitable<result<void>> save();

    boost::asio::awaitable<hold_id> take_hold(hold_request request);
    void release(hold_id id);

    /// What a person asks of a pipeline or connector. An override is in force, and written down, on return;
    /// a restart has been answered by Connect. Errors: not_found (the name; with the nearest one), refused,
    /// unsupported, unreachable, busy.
    boost::asio::awaitable<result<operation_outcome>> operate(operation_request request);

    /// For a command that carries out one operation: of what is planned only the state of these is written.
    void write_only_states_of(std::vector<std::string> connectors);

    /// Made anew by each `act`; never null, and empty until a declaration was adopted.
    [[nodiscard]] std::shared_ptr<const status_view> view() const { return view_; }
    [[nodiscard]] const decide::decision& decision() const { return decision_; }
    [[nodiscard]] const model::declaration& declared() const { return declared_; }
    [[nodiscard]] std::shared_ptr<const model::desired> desired() const { return desired_; }
    [[nodiscard]] const model::observed& observed() const { return observed_; }
    [[nodiscard]] bool busy() const { return executor_.busy(); }

    void allow_writes(bool allowed) { mode_.may_write = allowed; }
    [[nodiscard]] const std::optional<decide::agreed>& only() const { return mode_.only; }

    /// The part of the view that the loop does not know: the file's reloads.
    void tell_config(config_view config);

private:
    boost::asio::awaitable<void> connect_loop();
    boost::asio::awaitable<void> topics_loop();
    boost::asio::awaitable<void> logins_loop();
    boost::asio::awaitable<void> workers_loop();
    boost::asio::awaitable<void> memory_loop();
    boost::asio::awaitable<void> history_loop();
    boost::asio::awaitable<void> recorder_loop();
    boost::asio::awaitable<void> look_at_connect();
    boost::asio::awaitable<void> look_at_topics();
    boost::asio::awaitable<void> look_at_logins();
    boost::asio::awaitable<void> look_at_workers();
    boost::asio::awaitable<void>
    keep_going(std::string name, std::function<boost::asio::awaitable<void>()> loop);
    boost::asio::awaitable<void> settle(std::vector<std::string> connectors); // all, when empty
    boost::asio::awaitable<result<operation_outcome>>
    restart(operation_request request, decide::named_subject about);
    result<operation_outcome>
    put_override(const operation_request& request, const decide::named_subject& about);
    result<operation_outcome>
    lift_overrides(const operation_request& request, const decide::named_subject& about);
    bool tell_what_differs(
        const decide::named_subject& about, model::target_state wished, operation_outcome& outcome
    );
    [[nodiscard]] std::string stays_because(const model::desired_connector& c) const;
    void follow_overrides();
    void end_overrides();
    [[nodiscard]] mono_time next_override_end() const;
    void ask_for_restart(
        const operation_request& request, const model::desired_connector& c, operation_outcome& outcome
    );
    void start_asked_restarts();
    boost::asio::awaitable<void> settle_restarts(std::vector<std::string> connectors);
    [[nodiscard]] std::string why_no_restart(const model::desired_connector& c) const;
    [[nodiscard]] std::string why_not_ours(const model::desired_connector& c) const;
    [[nodiscard]] const model::observed_connector* observed_connector(const std::string& name) const;
    [[nodiscard]] bool has_failed(const std::string& name) const;
    [[nodiscard]] bool has_failed_itself(const std::string& name) const;
    [[nodiscard]] decide::inputs inputs(const std::set<std::string>& changing) const;
    [[nodiscard]] decide::editions editions() const;
    [[nodiscard]] bool decide_unless_at_rest(const decide::inputs& in);
    void ask_for_saving(bool at_rest);
    void note_what_is_in_sync();
    boost::asio::awaitable<void> compare_secrets();
    void derive();
    void note_changed_wishes(const model::desired& before);
    void look_again();
    [[nodiscard]] mono_time next_full_look(mono_time begun) const;
    [[nodiscard]] mono_time next_look_at_topics(mono_time begun) const;
    [[nodiscard]] mono_time next_look_at_workers(mono_time begun) const;
    [[nodiscard]] std::string hold_on_topics_of(const std::string& pipeline) const;
    void loop_done(const std::string& name, moment begun, milliseconds interval);
    [[nodiscard]] milliseconds longest_pass(const std::string& loop) const;
    void start_changes();
    [[nodiscard]] bool may_start(const model::change& change) const;
    [[nodiscard]] bool was_seen_long_ago(const model::change& change) const;
    [[nodiscard]] executor::attempt
    to_be_kept_first(const model::change& change, model::target_state initial_state);
    [[nodiscard]] bool is_still_due(const model::change& change, const model::desired& then) const;
    [[nodiscard]] std::shared_ptr<const model::desired> to_be_written(const model::change& change) const;
    [[nodiscard]] bool is_seen(const std::string& connector) const; // its last change, by a look since
    [[nodiscard]] bool topic_is_seen(const std::string& topic) const;
    template <class Which>
    [[nodiscard]] std::set<std::string> connectors_unsettled(Which which) const;
    [[nodiscard]] std::set<std::string> connectors_changing() const;
    [[nodiscard]] std::set<std::string> connectors_restarting() const;
    [[nodiscard]] std::set<std::string> connectors_held() const;
    void ask_what_restarts_wait_for();
    [[nodiscard]] milliseconds pause_between_logins() const;
    [[nodiscard]] bool converging() const;
    [[nodiscard]] std::string hold_on(const std::string& connector) const;
    [[nodiscard]] model::target_state state_at_creation(const model::change& change) const;
    void forget_what_is_over();
    void forget_what_is_seen();
    void forget_deleted();
    void make_view(bool at_rest = false); // as when the last one was made, but for times
    void note_hold(const hold_request& hold, std::string_view what);
    void progress();

    boost::asio::any_io_executor executor_handle_;
    time_source& time_;
    adapters& world_;
    memory_store& store_;
    const logger& log_;
    telemetry& numbers_;
    reconcile_mode mode_;
    moment started_at_;

    history history_;
    flight_recorder recorder_;
    std::shared_ptr<const scrubber> secrets_;
    scope loops_;
    scope changes_;
    secret_hashes hashes_;
    executor executor_;
    connect_observer connect_;
    topics_observer topics_;
    group_observer workers_;
    login_observer logins_;
    std::unique_ptr<alarm> connect_wake_;
    std::unique_ptr<alarm> topics_wake_;
    std::unique_ptr<alarm> workers_wake_;
    std::unique_ptr<alarm> logins_wake_;
    std::unique_ptr<alarm> memory_wake_;

    model::declaration declared_;
    std::shared_ptr<const model::desired> desired_;
    model::observed observed_;
    model::memory memory_;
    records saved_;
    bool all_is_saved_ = false; // of memory, when it was last looked at
    decide::secret_matches secret_matches_;
    decide::editions compared_; // of what secret_matches_ was worked out
    decide::decision decision_;
    decide::resting rest_; // of that decision
    config_view config_;
    std::map<std::string, loop_view> loop_views_;
    std::set<std::string> deleted_; // by us, and not looked at since
    std::map<hold_id, hold_request> holds_;
    hold_id last_hold_ = 0;
    std::vector<model::change> asked_restarts_;           // that wait for their turn
    std::optional<std::set<std::string>> only_states_of_; // absent: everything planned may be written
    std::vector<std::weak_ptr<alarm>> waiting_for_quiet_;
    std::shared_ptr<const status_view> view_;
    std::shared_ptr<const status_view> told_; // by log and history: the news are what differs from it
    bool reads_anew_ = false;                 // after a reload: what is not read yet is no news
    bool view_shows_holds_ = false;
    mono_time look_needed_since_ = mono_time::min(); // nothing is written on what was seen before
    bool every_observer_answered_ = false;
    mono_time plugins_read_ = mono_time::min();
    bool declared_once_ = false;
    bool full_look_wanted_ = false; // a change ended: its effect is to be seen
    bool stopping_ = false;
};

} // namespace sluice::control
