#include "decide/judge.hpp"

#include "base/units.hpp"
#include "decide/added_tables.hpp"
#include "decide/diff.hpp"
#include "decide/first_start.hpp"
#include "decide/heal.hpp"
#include "decide/trace.hpp"
#include "decide/workers.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using model::connector_state;
using model::desired_connector;
using model::finding;
using model::link_status;
using model::link_verdict;
using changes = std::vector<model::change>;
using model::observed_connector;
using model::pipeline_verdict;

// How long a connector may take to start before that counts as a fault: Debezium alone waits minutes for
// an old transaction to end when it makes its slot.
constexpr milliseconds start_limit = std::chrono::minutes(5);

struct assessment {
    link_status status = link_status::ok;
    std::string reason;
};

const observed_connector* find(const inputs& in, const std::string& name) {
    if (!in.observed.connectors.value) return nullptr;
    const auto found = in.observed.connectors.value->find(name);
    return found == in.observed.connectors.value->end() ? nullptr : &found->second;
}

std::string why_unknown(const inputs& in) {
    const auto& list = in.observed.connectors;
    if (list.failure) return "Kafka Connect cannot be read: " + list.failure->message();
    if (!list.value) return "Kafka Connect has not been read yet";
    const auto age = std::chrono::duration_cast<seconds>(in.now.mono - list.read_at.mono);
    return fmt::format("Kafka Connect was last read {} ago", format_duration(age));
}

// The change that this connector waits for and may not have, if any.
const model::change* blocked_change(const changes& planned, const std::string& connector) {
    const auto is_it = [&](const model::change& c) { return c.subject == connector && !c.may_run(); };
    const auto found = std::ranges::find_if(planned, is_it);
    return found == planned.end() ? nullptr : &*found;
}

// Nobody stopped it past us: the file or a person lets it run again, and that is about to be written.
bool is_let_go_on(const changes& planned, const std::string& connector) {
    const auto is_it = [&](const model::change& c) {
        return c.kind == model::change_kind::resume && c.subject == connector && c.may_run() && !c.is_drift;
    };
    return std::ranges::any_of(planned, is_it);
}

std::string write_problem(const inputs& in, const std::string& subject) {
    const auto found = in.write_problems.find(subject);
    return found == in.write_problems.end() ? std::string() : found->second;
}

// A topic that could not be created holds its connectors back: then that is what to tell.
std::string topic_problem(const inputs& in, const desired_connector& wanted) {
    for (const auto& topic : wanted.topics)
        if (auto problem = write_problem(in, topic); !problem.empty())
            return fmt::format("topic {}: {}", topic, problem);
    return {};
}

bool takes_too_long(const inputs& in, const model::connector_memory& known) {
    return known.not_running_since && in.now.mono - *known.not_running_since > start_limit;
}

assessment starting_or_stalled(const inputs& in, const model::connector_memory& known, std::string reason) {
    if (!takes_too_long(in, known)) return {link_status::starting, std::move(reason)};
    return {link_status::stalled, reason + ", for more than 5 minutes"};
}

assessment assess_missing(
    const inputs& in,
    const desired_connector& wanted,
    const model::connector_memory& known,
    const changes& planned
) {
    if (auto problem = write_problem(in, wanted.name); !problem.empty())
        return {link_status::failed, "it cannot be created: " + problem};
    if (auto problem = topic_problem(in, wanted); !problem.empty())
        return {link_status::failed, std::move(problem)};
    if (!in.observed.topics.attempted() && !wanted.topics.empty())
        return {link_status::starting, "Kafka has not been asked yet"};
    const auto* blocked = blocked_change(planned, wanted.name);
    if (blocked != nullptr && blocked->is_held_back())
        return {link_status::failed, "it is not created: " + blocked->blocked};
    if (takes_too_long(in, known))
        return {
            link_status::failed,
            blocked == nullptr ? "it could not be created for 5 minutes" : blocked->blocked
        };
    const bool has_begun = in.changing.contains(wanted.name);
    return {link_status::starting, has_begun ? "it is being created" : "it is not there yet"};
}

const model::observed_task* first_in(const model::connector_status& status, connector_state state) {
    const auto found = std::ranges::find(status.tasks, state, &model::observed_task::state);
    return found == status.tasks.end() ? nullptr : &*found;
}

// Three things that look alike: no worker has the task, a worker has it and start() has not returned yet, and
// Connect has never made one.
std::string what_keeps_tasks(const observed_connector& found, const workers_view& workers) {
    if (const auto* lost = first_in(*found.status, connector_state::unassigned); lost != nullptr)
        return fmt::format(
            "task {} has no worker (UNASSIGNED){}",
            lost->id,
            workers.because.empty() ? "" : ", and " + workers.because
        );
    if (const auto* restarting = first_in(*found.status, connector_state::restarting); restarting != nullptr)
        return fmt::format("task {} is being restarted", restarting->id);
    if (!found.status->tasks.empty() || !found.task_count) return {};
    if (*found.task_count == 0) return "Connect has made no tasks of it";
    return "a task shows only once it has started, and none has";
}

assessment
assess_first_start(const inputs& in, const desired_connector& wanted, const model::connector_memory& known) {
    if (auto problem = write_problem(in, wanted.name); !problem.empty())
        return {link_status::failed, "it was created stopped and is not started: " + problem};
    return starting_or_stalled(in, known, "created stopped, being checked");
}

assessment assess_tasks(
    const inputs& in,
    const desired_connector& wanted,
    const observed_connector& found,
    const model::connector_memory& known,
    const link_verdict& counts,
    const workers_view& workers
) {
    const auto why = what_keeps_tasks(found, workers);
    const auto tail = why.empty() ? std::string() : ": " + why;
    const auto missing = fmt::format("{} of {} tasks run", counts.tasks_running, counts.tasks_expected);
    const auto login = known.login_problem.empty() ? std::string() : "; " + known.login_problem;
    if (!takes_too_long(in, known)) return {link_status::starting, missing + tail + login};
    auto reason = missing + " for more than 5 minutes" + tail;
    const bool blocked = found.status->tasks.empty() && found.task_count.value_or(1) > 0;
    if (!blocked) return {link_status::stalled, reason + login};
    reason += ": it may be blocked while it starts, and is not restarted" + login;
    if (login.empty() && wanted.database)
        reason += fmt::format("; look at {}:{}", wanted.database->host, wanted.database->port);
    return {link_status::stalled, std::move(reason)};
}

const std::vector<restart_outlook>* failures_of(const decision& d, const std::string& connector) {
    const auto found = d.restarts.find(connector);
    return found == d.restarts.end() ? nullptr : &found->second;
}

std::string failure_text(
    const model::connector_status& status,
    const model::connector_memory& known,
    const std::vector<restart_outlook>* failures
) {
    std::string who = "the connector";
    for (const auto& task : status.tasks)
        if (task.state == connector_state::failed) {
            who = fmt::format("task {}", task.id);
            break;
        }
    auto text = fmt::format("{} failed: {}", who, failure_cause(status));
    if (failures != nullptr && !failures->front().waits_for.empty())
        text += "; " + failures->front().waits_for;
    else if (failures == nullptr && !known.login_problem.empty())
        text += "; it is restarted when this works: " + known.login_problem;
    return text;
}

// A worker that died leaves RUNNING behind until Connect gives its work to others, five minutes by default.
std::string stale_status(const workers_view& workers, const model::connector_status& status) {
    const auto text = [](const std::string& who, const std::string& worker) {
        return fmt::format(
            "{} is shown running on worker {}, which is gone; Connect gives its work to another after "
            "scheduled.rebalance.max.delay.ms",
            who,
            worker
        );
    };
    for (const auto& task : status.tasks)
        if (is_dead(workers, task.worker_id)) return text(fmt::format("task {}", task.id), task.worker_id);
    return is_dead(workers, status.worker_id) ? text("the connector", status.worker_id) : std::string();
}

assessment assess(
    const inputs& in,
    const desired_connector& wanted,
    const changes& planned,
    const link_verdict& counts,
    const decision& so_far
) {
    const auto& known = so_far.memory.connectors.at(wanted.name);
    if (const auto why = in.desired.unresolved.find(wanted.link); why != in.desired.unresolved.end())
        return {link_status::failed, why->second};
    if (wanted.state != model::target_state::running)
        return {
            link_status::paused,
            wanted.state_because.empty() ? fmt::format("declared {}", model::to_string(wanted.state))
                                         : wanted.state_because
        };
    if (!list_is_known(in)) return {link_status::unknown, why_unknown(in)};
    const auto* found = find(in, wanted.name);
    if (found != nullptr && awaits_first_start(wanted, &known)) return assess_first_start(in, wanted, known);
    if (found != nullptr && in.changing.contains(wanted.name))
        return {link_status::starting, "a change of it is being carried out"};
    if (found == nullptr) return assess_missing(in, wanted, known, planned);
    if (found->config) {
        if (auto refusal = refusal_to_manage(in, wanted, *found); !refusal.empty())
            return {link_status::failed, std::move(refusal)};
    }
    if (!found->status) return starting_or_stalled(in, known, "Connect has no status of it yet");
    if (has_failure(*found->status))
        return {link_status::failed, failure_text(*found->status, known, failures_of(so_far, wanted.name))};
    if (auto stale = stale_status(so_far.workers, *found->status); !stale.empty())
        return {link_status::stalled, std::move(stale)};
    switch (found->status->state) {
    case connector_state::paused:
    case connector_state::stopped:
        if (is_let_go_on(planned, wanted.name)) return starting_or_stalled(in, known, "it is being resumed");
        return {
            link_status::stopped,
            fmt::format("it was {} in Connect, declared running", model::to_string(found->status->state))
        };
    case connector_state::running: break;
    case connector_state::unknown:
        return {link_status::unknown, "Connect says a state that Sluice does not know"};
    default:
        return starting_or_stalled(
            in, known, fmt::format("the connector is {}", model::to_string(found->status->state))
        );
    }
    if (!is_healthy(wanted, *found)) return assess_tasks(in, wanted, *found, known, counts, so_far.workers);
    return {};
}

int running_tasks(const observed_connector* found) {
    if (found == nullptr || !found->status) return 0;
    const auto runs = [](const model::observed_task& t) { return t.state == connector_state::running; };
    return static_cast<int>(std::ranges::count_if(found->status->tasks, runs));
}

link_verdict judge_link(
    const inputs& in, const desired_connector& wanted, const changes& planned, const decision& so_far
) {
    const auto* found = find(in, wanted.name);
    link_verdict v;
    v.link = wanted.link;
    v.connector = wanted.name;
    v.tasks_running = running_tasks(found);
    // None of one that is held back: nobody is to be woken because they do not run.
    v.tasks_expected = wanted.state == model::target_state::running ? expected_tasks(wanted, found) : 0;
    auto a = assess(in, wanted, planned, v, so_far);
    v.status = a.status;
    v.reason = std::move(a.reason);
    return v;
}

// --- findings -------------------------------------------------------------------------------------------

finding make(
    std::string code,
    model::severity level,
    const model::link_id& link,
    std::string subject,
    std::string message,
    std::string remedy
) {
    return {std::move(code), level, link, std::move(subject), std::move(message), std::move(remedy)};
}

struct condition {
    std::string_view code;
    model::severity level;
    std::string_view clause;
};

condition condition_of(model::obstacle held) {
    switch (held) {
    case model::obstacle::acceptance:
        return {"CHANGE_AWAITS_ACCEPTANCE", model::severity::info, "awaits acceptance"};
    case model::obstacle::freeze:
        return {"CHANGE_FROZEN", model::severity::info, "waits for the end of a freeze"};
    case model::obstacle::contest: return {"CONTESTED", model::severity::warning, "is contested"};
    case model::obstacle::roll:
        return {"ROLL_FAILED", model::severity::warning, "is held back: what went ahead of it failed"};
    default: return {"CHANGE_BLOCKED", model::severity::warning, "is held back"};
    }
}

void find_in_plan(const slice& pipeline, const changes& planned, std::vector<finding>& findings) {
    for (const auto& c : planned) {
        const bool has_no_config = c.held == model::obstacle::refusal && c.keys.empty() &&
                                   pipeline.unresolved.contains(c.link); // told apart
        if (!c.is_held_back() || has_no_config) continue;
        const auto [code, level, clause] = condition_of(c.held);
        const auto what = fmt::format("{} {} {}", model::to_string(c.kind), c.subject, clause);
        findings.push_back(make(std::string(code), level, c.link, c.subject, what, c.blocked));
    }
}

void find_added_tables(const inputs& in, const changes& planned, std::vector<finding>& findings) {
    for (const auto& c : planned) {
        const auto* wanted = model::find_connector(in.desired, c.subject);
        const bool is_update = c.kind == model::change_kind::update_config && wanted != nullptr;
        if (!is_update) continue;
        auto told = what_is_not_copied(tables_not_copied(*wanted, c.keys));
        if (!told.empty())
            findings.push_back(make(
                "NEW_TABLE_NOT_SNAPSHOTTED", model::severity::info, c.link, c.subject, std::move(told), {}
            ));
    }
}

void find_in_writes(const inputs& in, const slice& pipeline, std::vector<finding>& findings) {
    const auto add = [&](const model::link_id& link, const std::string& subject) {
        if (auto problem = write_problem(in, subject); !problem.empty())
            findings.push_back(
                make("WRITE_FAILED", model::severity::warning, link, subject, std::move(problem), {})
            );
    };
    for (const auto* wanted : pipeline.connectors) add(wanted->link, wanted->name);
    for (const auto* topic : pipeline.topics) add({pipeline.pipeline, {}}, topic->name);
}

void find_in_topic(
    const model::desired_topic& topic, const model::observed_topic& is, std::vector<finding>& findings
) {
    const auto report = [&](std::string message, std::string remedy) {
        findings.push_back(make(
            "TOPIC_CONFIG",
            model::severity::warning,
            {topic.pipeline, {}},
            topic.name,
            std::move(message),
            std::move(remedy)
        ));
    };
    if (topic.written_replication_factor && *topic.written_replication_factor != is.replication_factor)
        report(
            fmt::format(
                "replication factor {} instead of {}",
                is.replication_factor,
                *topic.written_replication_factor
            ),
            "kafka-reassign-partitions changes it; Sluice does not"
        );
    if (topic.written_partitions && *topic.written_partitions < is.partitions)
        report(
            fmt::format("{} partitions instead of {}", is.partitions, *topic.written_partitions),
            "partitions cannot be taken away: write the number that is there"
        );
}

void find_in_topics(const inputs& in, const slice& pipeline, std::vector<finding>& findings) {
    if (!in.observed.topics.value) return;
    for (const auto* topic : pipeline.topics)
        if (const auto found = in.observed.topics.value->find(topic->name);
            found != in.observed.topics.value->end())
            find_in_topic(*topic, found->second, findings);
}

void find_in_link(
    const inputs& in, const link_verdict& v, const decision& so_far, std::vector<finding>& findings
) {
    const auto* found = find(in, v.connector);
    if (found == nullptr || !found->status) return;
    if (v.status == link_status::stalled && !stale_status(so_far.workers, *found->status).empty())
        findings.push_back(
            make("WORKER_DEAD_STATUS_STALE", model::severity::warning, v.link, v.connector, v.reason, {})
        );
    if (v.status != link_status::failed || !has_failure(*found->status)) return;
    const auto* failures = failures_of(so_far, v.connector);
    const bool judged = failures != nullptr;
    findings.push_back(make(
        judged ? failures->front().code : "TASK_FAILED",
        model::severity::critical,
        v.link,
        v.connector,
        v.reason,
        judged ? failures->front().remedy : std::string()
    ));
}

void find_in_logins(const inputs& in, const slice& pipeline, std::vector<finding>& findings) {
    for (const auto* wanted : pipeline.connectors) {
        const auto login = in.observed.logins.find(wanted->name);
        if (login == in.observed.logins.end() || !login->second.failure) continue;
        const auto& failure = *login->second.failure;
        if (failure.code == errc::unsupported) continue; // nothing was asked
        const bool is_refusal = failure.code == errc::unauthorized || failure.code == errc::refused;
        const auto code = is_refusal ? "AUTH" : "DATABASE_UNREACHABLE";
        findings.push_back(
            make(code, model::severity::warning, wanted->link, wanted->name, failure.message(), {})
        );
    }
}

void find_unresolved(const slice& pipeline, std::vector<finding>& findings) {
    for (const auto* wanted : pipeline.connectors)
        if (const auto why = pipeline.unresolved.find(wanted->link); why != pipeline.unresolved.end())
            findings.push_back(make(
                "LINK_UNRESOLVED", model::severity::critical, wanted->link, wanted->name, why->second, {}
            ));
}

// --- pipelines ------------------------------------------------------------------------------------------

void join(pipeline_verdict& pipeline) {
    pipeline.status = link_status::ok;
    for (const auto& link : pipeline.links) {
        if (link.status <= pipeline.status) continue;
        pipeline.status = link.status;
        pipeline.reason = fmt::format("{}: {}", link.connector, link.reason);
    }
}

bool is_in_sync(const inputs& in, const slice& pipeline, const changes& planned) {
    const auto is_difference = [](const model::change& c) {
        return c.kind != model::change_kind::restart_failed;
    };
    const bool known =
        in.observed.connectors.fresh() && (pipeline.topics.empty() || in.observed.topics.fresh());
    return known && pipeline.unresolved.empty() && std::ranges::none_of(planned, is_difference);
}

std::vector<finding> find(
    const inputs& in,
    const slice& pipeline,
    const changes& planned,
    const std::vector<link_verdict>& links,
    const decision& so_far
) {
    std::vector<finding> findings;
    find_unresolved(pipeline, findings);
    for (const auto& link : links) find_in_link(in, link, so_far, findings);
    find_in_plan(pipeline, planned, findings);
    find_added_tables(in, planned, findings);
    find_in_writes(in, pipeline, findings);
    find_in_topics(in, pipeline, findings);
    find_in_logins(in, pipeline, findings);
    return findings;
}

wall_time since_when(model::pipeline_memory& known, link_status status, moment now) {
    if (known.since == wall_time{} || known.status != status) known = {status, now.wall};
    return known.since;
}

} // namespace

bool list_is_known(const inputs& in) {
    const auto& list = in.observed.connectors;
    constexpr milliseconds least = seconds(30);
    return list.value && in.now.mono - list.read_at.mono <= std::max(3 * in.interval, least);
}

pipeline_verdict judge(const inputs& in, const slice& pipeline, const changes& planned, decision& so_far) {
    pipeline_verdict v;
    v.pipeline = pipeline.pipeline;
    for (const auto* wanted : pipeline.connectors)
        v.links.push_back(judge_link(in, *wanted, planned, so_far));
    std::ranges::sort(v.links, {}, &link_verdict::link);
    join(v);
    v.in_sync = is_in_sync(in, pipeline, planned);
    v.findings = find(in, pipeline, planned, v.links, so_far);
    v.since = since_when(so_far.memory.pipelines[pipeline.pipeline], v.status, in.now);
    return v;
}

} // namespace sluice::decide
