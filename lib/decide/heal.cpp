#include "decide/heal.hpp"

#include "base/backoff.hpp"
#include "base/digest.hpp"
#include "decide/diff.hpp"
#include "decide/first_start.hpp"
#include "decide/judgement.hpp"
#include "decide/trace.hpp"
#include "decide/workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace sluice::decide {

namespace {

using model::connector_memory;
using model::connector_state;
using model::desired_connector;
using model::observed_connector;
using model::restart_outcome;
using model::task_judgement;

constexpr backoff_policy restart_backoff{seconds(10), std::chrono::minutes(30), 0.2};

const observed_connector* find(const inputs& in, const std::string& name) {
    if (!in.observed.connectors.fresh()) return nullptr;
    const auto found = in.observed.connectors.value->find(name);
    return found == in.observed.connectors.value->end() ? nullptr : &found->second;
}

// --- what is remembered ---------------------------------------------------------------------------------

void learn_ownership(
    const inputs& in,
    const desired_connector& wanted,
    const observed_connector& found,
    connector_memory& known
) {
    if (!found.config) return;
    // What we had, however we came by it, is that instance's now.
    if (is_of_another(in, wanted, found)) {
        known.owned = false;
        known.adopted = false;
        return;
    }
    const auto mark = found.config->find(std::string(model::owner_key));
    const bool marked = mark != found.config->end() && mark->second == in.desired.instance;
    if (wanted.adopt) known.adopted = true;
    if (marked || known.adopted) {
        known.owned = true;
        known.link = wanted.link;
    }
}

void learn_settled(
    const inputs& in,
    const desired_connector& wanted,
    const observed_connector& found,
    connector_memory& known
) {
    if (!known.owned || !found.config || !found.status) return;
    const auto state = found.status->state;
    const bool in_state =
        (wanted.state == model::target_state::paused) == (state == connector_state::paused) &&
        (wanted.state == model::target_state::stopped) == (state == connector_state::stopped);
    if (in_state && config_changes(wanted, *found.config, in.secrets).empty())
        known.settled_digest = digest(wanted);
}

void learn_health(
    const inputs& in,
    const desired_connector& wanted,
    const observed_connector& found,
    connector_memory& known
) {
    const bool runs = wanted.state != model::target_state::running || is_healthy(wanted, found);
    if (runs)
        known.not_running_since.reset();
    else if (!known.not_running_since)
        known.not_running_since = in.now.mono;
}

void learn_login(const inputs& in, const desired_connector& wanted, connector_memory& known) {
    const auto login = in.observed.logins.find(wanted.name);
    const bool can_ask = login != in.observed.logins.end() &&
                         !(login->second.failure && login->second.failure->code == errc::unsupported);
    if (!can_ask) known.login_problem.clear(); // nothing that we could log in with any more
    if (!can_ask || !login->second.attempted()) return;
    known.login_worked = known.login_worked || login->second.value.has_value();
    if (const auto& failure = login->second.failure) {
        // Where we never could reach the database at all, Connect perhaps can: then our failure says nothing.
        const bool says_something = known.login_worked || failure->code == errc::unauthorized;
        if (says_something) known.login_problem = failure->message();
    } else if (!known.login_problem.empty()) {
        known.login_problem.clear();
        known.login_back_at = in.now.mono;
    }
}

void learn_kafka(const inputs& in, model::memory& memory) {
    if (in.observed.topics.failure)
        memory.kafka_away = true;
    else if (in.observed.topics.fresh() && std::exchange(memory.kafka_away, false))
        memory.kafka_back_at = in.now.mono;
}

void forget_old_restarts(const inputs& in, connector_memory& known) {
    std::erase_if(known.restarted, [&](const moment& at) { return in.now.mono - at.mono >= budget_period; });
}

// The process may have been away; the wall clock, which alone was kept, may have jumped meanwhile.
moment brought_back(moment kept, moment now) {
    constexpr auto longest = std::chrono::hours(24);
    if (kept.wall == wall_time{}) return now; // a record of an earlier version does not say when
    const auto ago = std::clamp<wall_time::duration>(now.wall - kept.wall, wall_time::duration(0), longest);
    return {now.mono - ago, now.wall - ago};
}

// --- what stands in the way -----------------------------------------------------------------------------

/// What holds for all connectors at once.
struct gates {
    std::string rebalance;
    std::string kafka;
    workers_view workers;
    std::map<std::string, std::vector<mono_time>> restarted; // within the hour, by Connect cluster, in order
};

std::string kafka_outage(const inputs& in) {
    const auto& topics = in.observed.topics;
    if (topics.failure) return "Kafka does not answer";
    if (!topics.fresh() && !in.desired.topics.empty()) return "Kafka has not been asked yet";
    return {};
}

gates look_at_gates(const inputs& in, const model::memory& memory) {
    gates g{rebalancing(in, memory), kafka_outage(in), workers_of(in, memory), {}};
    for (const auto& wanted : in.desired.connectors) {
        const auto known = memory.connectors.find(wanted.name);
        if (known == memory.connectors.end()) continue;
        for (const auto& at : known->second.restarted) g.restarted[wanted.cluster].push_back(at.mono);
    }
    for (auto& [cluster, times] : g.restarted) std::ranges::sort(times);
    return g;
}

/// One failure, and everything that counts for it.
struct question {
    const inputs& in;
    const gates& all;
    const desired_connector& wanted;
    const connector_memory& known;
    const task_judgement& judged;
    const std::string& worker;
};

// Sent, and nothing seen of what it brought.
bool is_being_restarted(const question& q) {
    return q.in.restarting.contains(q.wanted.name) || q.judged.outcome == restart_outcome::sent;
}

std::string why_given_up(const question& q, const restart_outlook& o) {
    if (q.known.one_more) return {};
    if (o.kind == failure_class::terminal) return fmt::format("no restart can help: {}", o.remedy);
    if (o.kind == failure_class::needs_change && q.judged.tried && !is_being_restarted(q))
        return fmt::format("a restart did not help: {}; then restart it, or change its config", o.remedy);
    if (!o.circuit_open) return {};
    return fmt::format(
        "it failed {} times in the same way, and is not restarted until its config changes or somebody "
        "restarts "
        "it{}",
        o.alike,
        o.needs == dependency::none ? "" : ", or what it needs was away and is back"
    );
}

// A probe from before the failure says nothing about now.
bool is_probed(const question& q, dependency needs) {
    const auto since = q.judged.failed_since.value_or(mono_time::min());
    if (needs == dependency::kafka)
        return q.in.desired.topics.empty() || q.in.observed.topics.read_at.mono >= since;
    if (needs == dependency::none) return true;
    const auto login = q.in.observed.logins.find(q.wanted.name);
    if (login == q.in.observed.logins.end()) return true; // there is nothing to log in with
    return login->second.tried_at.mono >= since;
}

std::string what_it_waits_for(const question& q, const restart_outlook& o) {
    if (q.in.changing.contains(q.wanted.name)) return "a change of it is being carried out";
    if (is_being_restarted(q)) return "it is being restarted";
    if (q.in.held.contains(q.wanted.name)) return "somebody holds it";
    if (!q.all.rebalance.empty()) return q.all.rebalance;
    if (!q.all.kafka.empty()) return q.all.kafka;
    if (is_dead(q.all.workers, q.worker)) return "its worker " + q.worker + " is gone, and Connect moves it";
    if (!q.known.login_problem.empty()) return "it is restarted when this works: " + q.known.login_problem;
    if (o.asks == dependency::database) return "a login of our own is tried first";
    if (o.asks == dependency::kafka) return "Kafka is asked first";
    return {};
}

// When a budget has room again: at once, or an hour after the restart that fills it.
std::optional<mono_time> room_at(const std::vector<mono_time>& used, std::uint32_t budget) {
    if (used.size() < budget) return mono_time::min();
    if (budget == 0) return std::nullopt;
    return used[used.size() - budget] + budget_period;
}

void apply_budgets(const question& q, restart_outlook& o) {
    std::vector<mono_time> own;
    for (const auto& at : q.known.restarted) own.push_back(at.mono);
    const auto of_cluster = q.all.restarted.find(q.wanted.cluster);
    const auto& policy = q.in.desired.restarts;
    const auto mine = room_at(own, policy.budget);
    const auto all =
        room_at(of_cluster == q.all.restarted.end() ? own : of_cluster->second, policy.cluster_budget);
    if (!mine || !all) {
        o.budget_spent = true;
        o.next.reset();
        o.waits_for = "the file allows no restarts";
        return;
    }
    const auto room = std::max(*mine, *all);
    o.budget_spent = room > q.in.now.mono;
    if (!o.budget_spent) return;
    o.next = std::max(*o.next, room);
    if (o.waits_for.empty())
        o.waits_for = *mine >= *all ? "its restarts of this hour are used up"
                                    : "the restarts of this hour are used up on this Connect cluster";
}

restart_outlook look_at(const question& q, int task, const std::string& trace) {
    const auto& t = q.judged;
    restart_outlook o;
    o.task = task;
    const auto what = classify(trace, q.wanted.role);
    o.code = what.code;
    o.kind = what.kind;
    o.needs = what.needs;
    o.remedy = what.remedy;
    o.cause = root_line(trace);
    o.attempts = t.attempts;
    o.last_attempt = t.last_attempt;
    o.failed_since = t.failed_since.value_or(q.in.now.mono);
    o.outcome = t.outcome;
    o.alike = t.alike;
    o.circuit_open = o.kind == failure_class::transient && t.alike >= q.in.desired.restarts.circuit;
    if (auto reason = why_given_up(q, o); !reason.empty()) {
        o.given_up = true;
        o.waits_for = std::move(reason);
        return o;
    }
    if (!is_probed(q, o.needs)) o.asks = o.needs;
    const bool patient = t.attempts > 0 && !t.at_once && !q.known.one_more;
    o.next = patient ? t.last_attempt.mono + restart_delay(q.wanted.name, task, t.attempts) : q.in.now.mono;
    o.waits_for = what_it_waits_for(q, o);
    apply_budgets(q, o);
    o.due = o.waits_for.empty() && o.next && *o.next <= q.in.now.mono;
    return o;
}

std::vector<restart_outlook> look_at_failures(
    const inputs& in,
    const gates& all,
    const desired_connector& wanted,
    const connector_memory& known,
    const model::connector_status& status
) {
    std::vector<restart_outlook> outlooks;
    const auto add = [&](int id, connector_state state, const std::string& worker, const std::string& trace) {
        if (state != connector_state::failed) return;
        static const task_judgement none;
        const auto judged = known.tasks.find(id);
        const auto& t = judged == known.tasks.end() ? none : judged->second;
        outlooks.push_back(look_at({in, all, wanted, known, t, worker}, id, trace));
    };
    add(connector_itself, status.state, status.worker_id, status.trace);
    for (const auto& task : status.tasks) add(task.id, task.state, task.worker_id, task.trace);
    return outlooks;
}

// --- restarts -------------------------------------------------------------------------------------------

// Before 3.2 Connect could start a task twice that was restarted with its connector (KAFKA-13719).
bool can_restart_together(const inputs& in) {
    if (!in.observed.worker.value) return false;
    int major = 0;
    int minor = 0;
    if (std::sscanf(in.observed.worker.value->version.c_str(), "%d.%d", &major, &minor) != 2) return false;
    return major > 3 || (major == 3 && minor >= 2);
}

std::string reason_of(const restart_outlook& o) {
    return fmt::format("attempt {}: {} ({})", o.attempts + 1, o.cause, o.code);
}

std::optional<model::change>
restart_of(const inputs& in, const desired_connector& wanted, const std::vector<restart_outlook>& failures) {
    model::change c;
    c.kind = model::change_kind::restart_failed;
    c.subject = wanted.name;
    c.link = wanted.link;
    c.cost = model::consequence::task_restart;
    const auto first = std::ranges::find_if(failures, &restart_outlook::due);
    if (first == failures.end()) return std::nullopt;
    c.because = reason_of(*first);
    // With a connector that failed itself nothing runs: it is restarted first, and what failed of its tasks.
    const bool itself = failures.front().task == connector_itself;
    if (itself && !failures.front().due) return std::nullopt;
    if (itself) return c;
    for (const auto& o : failures)
        if (o.due) c.tasks.push_back(o.task);
    if (c.tasks.size() == failures.size() && can_restart_together(in)) c.tasks.clear();
    return c;
}

std::uint32_t attempts_of(const connector_memory& known) {
    std::uint32_t most = 0;
    for (const auto& [task, t] : known.tasks) most = std::max(most, t.attempts);
    return most;
}

double unit_of(const std::string& connector, int task, std::uint32_t attempts) {
    constexpr std::size_t digits = 8;
    const auto hash = sha256_hex(fmt::format("{}\n{}\n{}", connector, task, attempts)).substr(0, digits);
    std::uint32_t number = 0;
    std::from_chars(hash.data(), hash.data() + hash.size(), number, 16);
    return static_cast<double>(number) / 4294967296.0;
}

} // namespace

int expected_tasks(const desired_connector& wanted, const observed_connector* found) {
    if (wanted.tasks) return *wanted.tasks;
    const int listed = found != nullptr && found->task_count ? *found->task_count : 0;
    return std::max(1, listed);
}

bool has_failure(const model::connector_status& status) {
    const auto failed = [](const model::observed_task& t) { return t.state == connector_state::failed; };
    return status.state == connector_state::failed || std::ranges::any_of(status.tasks, failed);
}

bool is_healthy(const desired_connector& wanted, const observed_connector& found) {
    if (!found.status || found.status->state != connector_state::running) return false;
    const auto runs = [](const model::observed_task& t) { return t.state == connector_state::running; };
    const auto& tasks = found.status->tasks;
    return std::ranges::all_of(tasks, runs) &&
           std::cmp_greater_equal(tasks.size(), expected_tasks(wanted, &found));
}

model::memory remember(const inputs& in) {
    auto memory = in.memory;
    learn_kafka(in, memory);
    for (const auto& wanted : in.desired.connectors) {
        auto& known = memory.connectors[wanted.name];
        forget_old_restarts(in, known);
        learn_login(in, wanted, known);
        const auto* found = find(in, wanted.name);
        if (found == nullptr) {
            const bool awaited =
                in.observed.connectors.fresh() && wanted.state == model::target_state::running;
            if (awaited && !known.not_running_since) known.not_running_since = in.now.mono;
            continue;
        }
        learn_ownership(in, wanted, *found, known);
        learn_first_start(*found, known);
        // What was observed before our last write may be in sync with a wish that is over.
        if (!in.changing.contains(wanted.name)) learn_settled(in, wanted, *found, known);
        learn_health(in, wanted, *found, known);
        learn_judgement(in, wanted, *found, memory, known);
    }
    learn_workers(in, memory);
    return memory;
}

restart_outlooks judge_restarts(const inputs& in, const model::memory& memory) {
    restart_outlooks outlooks;
    std::optional<gates> all; // seldom needed
    for (const auto& wanted : in.desired.connectors) {
        const auto* found = find(in, wanted.name);
        if (found == nullptr || !found->config || !found->status ||
            wanted.state != model::target_state::running || in.desired.unresolved.contains(wanted.link))
            continue;
        if (!has_failure(*found->status) || !refusal_to_manage(in, wanted, *found).empty()) continue;
        if (!all) all = look_at_gates(in, memory);
        outlooks.emplace(
            wanted.name, look_at_failures(in, *all, wanted, memory.connectors.at(wanted.name), *found->status)
        );
    }
    return outlooks;
}

std::vector<model::change>
due_restarts(const inputs& in, const slice& pipeline, const restart_outlooks& outlooks) {
    std::vector<model::change> due;
    for (const auto* wanted : pipeline.connectors) {
        const auto failures = outlooks.find(wanted->name);
        if (failures == outlooks.end()) continue;
        if (auto restart = restart_of(in, *wanted, failures->second)) due.push_back(std::move(*restart));
    }
    return due;
}

void keep_to_cluster_budget(
    const inputs& in, const model::memory& memory, std::vector<model::change>& planned
) {
    std::map<std::string, std::size_t> used;
    std::vector<const model::change*> restarts;
    for (const auto& c : planned)
        if (c.kind == model::change_kind::restart_failed) restarts.push_back(&c);
    if (restarts.empty()) return;
    for (const auto& wanted : in.desired.connectors)
        used[wanted.cluster] += memory.connectors.at(wanted.name).restarted.size();
    // Where not all can be restarted, what was tried often does not keep back what was not tried yet.
    const auto tried = [&](const model::change* c) { return attempts_of(memory.connectors.at(c->subject)); };
    std::ranges::stable_sort(restarts, {}, tried);
    std::set<std::string> too_many;
    for (const auto* c : restarts) {
        const auto& cluster = model::find_connector(in.desired, c->subject)->cluster;
        if (++used[cluster] > in.desired.restarts.cluster_budget) too_many.insert(c->subject);
    }
    std::erase_if(planned, [&](const model::change& c) {
        return c.kind == model::change_kind::restart_failed && too_many.contains(c.subject);
    });
}

milliseconds restart_delay(const std::string& connector, int task, std::uint32_t attempts) {
    const auto delay = delay_after(restart_backoff, attempts, unit_of(connector, task, attempts));
    return std::min(delay, restart_backoff.cap);
}

void note_restart(connector_memory& connector, const model::change& restart, moment now) {
    connector.restarted.push_back(now);
    connector.one_more = false;
    for (auto& [task, t] : connector.tasks) {
        const bool is_meant =
            restart.tasks.empty() ? t.failed : std::ranges::find(restart.tasks, task) != restart.tasks.end();
        if (!is_meant) continue;
        ++t.attempts;
        t.last_attempt = now;
        t.outcome = restart_outcome::sent;
        t.start_is_hidden = !restart.tasks.empty();
        t.tried = true;
        t.at_once = false;
    }
}

void note_refusal(connector_memory& connector) {
    for (auto& [task, t] : connector.tasks)
        if (t.outcome == restart_outcome::sent) t.outcome = restart_outcome::refused;
}

void forget_judgement(connector_memory& connector) {
    connector.tasks.clear();
    connector.judged_config.clear();
    connector.one_more = true;
}

void bring_back(model::memory& memory, moment now) {
    for (auto& [name, known] : memory.connectors) {
        for (auto& [task, t] : known.tasks)
            if (t.attempts > 0) t.last_attempt = brought_back(t.last_attempt, now);
        for (auto& at : known.restarted) at = brought_back(at, now);
    }
}

} // namespace sluice::decide
