#include "decide/judgement.hpp"

#include "base/digest.hpp"
#include "decide/diff.hpp"
#include "decide/failures.hpp"
#include "decide/heal.hpp"

#include <algorithm>

namespace sluice::decide {

namespace {

using model::connector_state;
using model::restart_outcome;
using model::task_judgement;

constexpr milliseconds forget_after = std::chrono::minutes(5);
// A single task that is restarted shows its old failure until it has started, and a sink may take half a
// minute.
constexpr milliseconds hidden_start = seconds(60);

/// One task, or the connector itself, as it is seen now.
struct sight {
    const inputs& in;
    const model::desired_connector& wanted;
    int id;
    connector_state state;
    const std::string& worker;
    const std::string& trace;
};

bool still_starts(const sight& seen, const task_judgement& t, const std::string& print) {
    return t.outcome == restart_outcome::sent && t.start_is_hidden && print == t.fingerprint &&
           seen.in.now.mono - t.last_attempt.mono < hidden_start;
}

void count_failure(const sight& seen, task_judgement& t, const std::string& print) {
    if (t.outcome == restart_outcome::sent || t.outcome == restart_outcome::runs)
        t.outcome = restart_outcome::failed_again;
    t.alike = print == t.fingerprint ? t.alike + 1 : 1;
    t.fingerprint = print;
    t.failed = true;
    t.failed_since = seen.in.now.mono;
    t.worker = seen.worker;
}

bool came_back(const std::optional<mono_time>& at, const task_judgement& t) {
    return at && t.failed_since && *at > *t.failed_since;
}

// What it depends on was away, and is there again: that deserves a restart at once, whatever came before.
void credit_recovery(
    const failure& what, const model::connector_memory& known, const model::memory& all, task_judgement& t
) {
    const bool recovered = (what.needs == dependency::database && came_back(known.login_back_at, t)) ||
                           (what.needs == dependency::kafka && came_back(all.kafka_back_at, t));
    if (!recovered) return;
    t.at_once = true;
    t.alike = 0;
    t.tried = false;
}

void see_failure(
    const sight& seen, const model::connector_memory& known, const model::memory& all, task_judgement& t
) {
    const auto print = fingerprint(seen.trace, seen.wanted.role);
    t.healthy_since.reset();
    if (!t.failed_since) t.failed_since = seen.in.now.mono; // Sluice has just started, or it has just failed
    if (still_starts(seen, t, print)) return;
    const bool ours = t.outcome == restart_outcome::sent;
    // It failed anew although we did nothing: somebody else restarted it, and that deserves a new judgement.
    if (t.failed && !ours && print != t.fingerprint) t = {};
    if (!t.failed || ours) count_failure(seen, t, print);
    credit_recovery(classify(seen.trace, seen.wanted.role), known, all, t);
}

milliseconds last_delay(const sight& seen, const task_judgement& t) {
    return t.attempts == 0 ? milliseconds(0) : restart_delay(seen.wanted.name, seen.id, t.attempts);
}

void see_running(const sight& seen, task_judgement& t) {
    const bool ours = t.outcome == restart_outcome::sent;
    // On another worker it was moved; on the same, or while Sluice was away, somebody restarted it.
    const bool moved = !t.worker.empty() && t.worker != seen.worker;
    if (t.failed && !ours && !moved) t = {};
    if (t.failed && ours) t.outcome = restart_outcome::runs;
    t.failed = false;
    t.failed_since.reset();
    t.at_once = false;
    if (!t.healthy_since) t.healthy_since = seen.in.now.mono;
    if (seen.in.now.mono - *t.healthy_since >= std::max(forget_after, last_delay(seen, t))) t = {};
}

// Somebody's restart is under way; ours is judged by what comes of it.
void see_restarting(task_judgement& t) {
    t.healthy_since.reset();
    if (t.failed && t.outcome != restart_outcome::sent) t = {};
}

void see(const sight& seen, const model::memory& all, model::connector_memory& known) {
    const bool fails = seen.state == connector_state::failed;
    if (!fails && !known.tasks.contains(seen.id)) return;
    auto& t = known.tasks[seen.id];
    if (fails)
        see_failure(seen, known, all, t);
    else if (seen.state == connector_state::running)
        see_running(seen, t);
    else if (seen.state == connector_state::restarting)
        see_restarting(t);
    else
        t.healthy_since.reset();
    if (t == task_judgement{}) known.tasks.erase(seen.id);
}

// Without secrets: their hash would be a hint. Where one changes it is we who write it, and who know.
std::string digest_of(const std::map<std::string, std::string>& config) {
    std::string text;
    for (const auto& [key, value] : config)
        if (!is_secret_key(key) && !key.starts_with(model::own_key_prefix)) text += key + '\n' + value + '\n';
    return sha256_hex(text).substr(0, 16);
}

// Another config is another connector: what was thought of it does not count any more.
void learn_config(const model::observed_connector& found, model::connector_memory& known) {
    if (known.tasks.empty()) {
        known.judged_config.clear();
        return;
    }
    if (!found.config) return;
    auto now = digest_of(*found.config);
    if (!known.judged_config.empty() && known.judged_config != now) forget_judgement(known);
    known.judged_config = std::move(now);
}

} // namespace

void learn_judgement(
    const inputs& in,
    const model::desired_connector& wanted,
    const model::observed_connector& found,
    const model::memory& all,
    model::connector_memory& known
) {
    // A change, or a restart, that no look has shown yet: what is seen is from before.
    if (in.changing.contains(wanted.name) || in.restarting.contains(wanted.name)) return;
    if (!found.status) return;
    learn_config(found, known);
    const auto& s = *found.status;
    see({in, wanted, connector_itself, s.state, s.worker_id, s.trace}, all, known);
    for (const auto& task : s.tasks)
        see({in, wanted, task.id, task.state, task.worker_id, task.trace}, all, known);
    const bool fails = has_failure(s);
    if (!fails && is_healthy(wanted, found)) known.one_more = false;
    if (known.judged_config.empty()) learn_config(found, known);
}

} // namespace sluice::decide
