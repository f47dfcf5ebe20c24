#include "decide/heal.hpp"

#include "base/backoff.hpp"
#include "decide/diff.hpp"
#include "decide/trace.hpp"
#include "decide/workers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using model::connector_memory;
using model::connector_state;
using model::desired_connector;
using model::observed_connector;

constexpr backoff_policy restart_backoff{seconds(10), std::chrono::minutes(5)};
constexpr milliseconds forget_after = std::chrono::minutes(5);

const observed_connector* find(const inputs& in, const std::string& name) {
    if (!in.observed.connectors.fresh()) return nullptr;
    const auto found = in.observed.connectors.value->find(name);
    return found == in.observed.connectors.value->end() ? nullptr : &found->second;
}

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
    if (wanted.state != model::target_state::running) {
        known.not_running_since.reset();
        return;
    }
    if (!is_healthy(wanted, found)) {
        known.healthy_since.reset();
        if (!known.not_running_since) known.not_running_since = in.now.mono;
        return;
    }
    known.not_running_since.reset();
    if (!known.healthy_since) known.healthy_since = in.now.mono;
    const auto quiet = std::max(forget_after, delay_after(restart_backoff, known.restarts));
    if (in.now.mono - *known.healthy_since < quiet) return;
    known.restarts = 0;
    known.next_restart.reset();
}

// A login that works again after having failed makes the next restart due at once.
void learn_login(const inputs& in, const desired_connector& wanted, connector_memory& known) {
    const auto login = in.observed.logins.find(wanted.name);
    if (login == in.observed.logins.end())
        known.login_problem.clear(); // nothing that we could log in with any more
    if (login == in.observed.logins.end() || !login->second.attempted()) return;
    known.login_worked = known.login_worked || login->second.value.has_value();
    if (const auto& failure = login->second.failure) {
        // Where we never could reach the database at all, Connect perhaps can: then our failure says nothing.
        const bool says_something = known.login_worked || failure->code == errc::unauthorized;
        if (says_something) known.login_problem = failure->message();
    } else if (!known.login_problem.empty()) {
        known.login_problem.clear();
        known.next_restart.reset();
    }
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
    for (const auto& wanted : in.desired.connectors) {
        auto& known = memory.connectors[wanted.name];
        learn_login(in, wanted, known);
        const auto* found = find(in, wanted.name);
        if (found == nullptr) {
            const bool awaited =
                in.observed.connectors.fresh() && wanted.state == model::target_state::running;
            if (awaited && !known.not_running_since) known.not_running_since = in.now.mono;
            continue;
        }
        learn_ownership(in, wanted, *found, known);
        learn_settled(in, wanted, *found, known);
        learn_health(in, wanted, *found, known);
    }
    learn_workers(in, memory);
    return memory;
}

std::vector<model::change>
due_restarts(const inputs& in, const slice& pipeline, const model::memory& memory) {
    std::vector<model::change> due;
    for (const auto* connector : pipeline.connectors) {
        const auto& wanted = *connector;
        const auto* found = find(in, wanted.name);
        if (found == nullptr || !found->config || !found->status ||
            wanted.state != model::target_state::running)
            continue;
        if (!has_failure(*found->status) || !refusal_to_manage(in, wanted, *found).empty()) continue;
        const auto& known = memory.connectors.at(wanted.name);
        if (!known.login_problem.empty()) continue;
        if (known.next_restart && in.now.mono < *known.next_restart) continue;
        model::change c;
        c.kind = model::change_kind::restart_failed;
        c.subject = wanted.name;
        c.link = wanted.link;
        c.cost = model::consequence::task_restart;
        c.because = fmt::format("attempt {}: {}", known.restarts + 1, failure_cause(*found->status));
        due.push_back(std::move(c));
    }
    return due;
}

mono_time next_restart_after(std::uint32_t restarts, moment now) {
    return now.mono + delay_after(restart_backoff, restarts);
}

void note_restart(connector_memory& connector, moment now) {
    ++connector.restarts;
    connector.next_restart = next_restart_after(connector.restarts, now);
}

} // namespace sluice::decide
