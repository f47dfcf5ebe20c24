#include "decide/judge.hpp"

#include "decide/diff.hpp"
#include "decide/heal.hpp"
#include "decide/trace.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using model::connector_state;
using model::desired_connector;
using model::finding;
using model::link_status;
using model::link_verdict;
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

bool list_is_known(const inputs& in) {
    const auto& list = in.observed.connectors;
    return list.value && (list.fresh() || in.now.mono - list.read_at.mono <= 3 * in.interval);
}

std::string why_unknown(const inputs& in) {
    const auto& list = in.observed.connectors;
    if (list.failure) return "Kafka Connect cannot be read: " + list.failure->message();
    return "Kafka Connect has not been read yet";
}

// The change that this connector waits for and may not have, if any.
std::string blocked_reason(const model::plan& plan, const std::string& connector) {
    for (const auto& c : plan.changes)
        if (c.subject == connector && !c.blocked.empty()) return c.blocked;
    return {};
}

std::string write_problem(const inputs& in, const std::string& subject) {
    const auto found = in.write_problems.find(subject);
    return found == in.write_problems.end() ? std::string() : found->second;
}

// A topic that could not be created holds its connectors back: then that is what to tell.
std::string topic_problem(const inputs& in, const desired_connector& wanted) {
    for (const auto& topic : wanted.topics)
        if (auto problem = write_problem(in, topic); !problem.empty()) return fmt::format("topic {}: {}", topic, problem);
    return {};
}

bool takes_too_long(const inputs& in, const model::connector_memory& known) {
    return known.not_running_since && in.now.mono - *known.not_running_since > start_limit;
}

assessment assess_missing(
    const inputs& in, const desired_connector& wanted, const model::connector_memory& known, const model::plan& plan
) {
    if (auto problem = write_problem(in, wanted.name); !problem.empty()) return {link_status::failed, "it cannot be created: " + problem};
    if (auto problem = topic_problem(in, wanted); !problem.empty()) return {link_status::failed, std::move(problem)};
    const auto blocked = blocked_reason(plan, wanted.name);
    if (!blocked.empty() && !blocked.starts_with("waits for topic")) return {link_status::failed, "it is not created: " + blocked};
    if (takes_too_long(in, known)) return {link_status::failed, blocked.empty() ? "it could not be created for 5 minutes" : blocked};
    return {link_status::starting, "it is being created"};
}

assessment assess_tasks(const inputs& in, const desired_connector& wanted, const model::connector_memory& known, const link_verdict& counts) {
    const auto missing = fmt::format("{} of {} tasks run", counts.tasks_running, counts.tasks_expected);
    if (!takes_too_long(in, known)) return {link_status::starting, missing};
    auto reason = missing + " for more than 5 minutes: a task may be blocked while it starts";
    if (!known.login_problem.empty()) reason += "; " + known.login_problem;
    else if (wanted.database) reason += fmt::format("; look at {}:{}", wanted.database->host, wanted.database->port);
    return {link_status::stalled, std::move(reason)};
}

std::string failure_text(const model::connector_status& status, const model::connector_memory& known) {
    std::string who = "the connector";
    for (const auto& task : status.tasks)
        if (task.state == connector_state::failed) {
            who = fmt::format("task {}", task.id);
            break;
        }
    auto text = fmt::format("{} failed: {}", who, failure_cause(status));
    if (!known.login_problem.empty()) text += "; it is restarted when this works: " + known.login_problem;
    return text;
}

assessment assess(
    const inputs& in, const desired_connector& wanted, const model::connector_memory& known, const model::plan& plan,
    const link_verdict& counts
) {
    if (wanted.state != model::target_state::running)
        return {link_status::paused, fmt::format("declared {}", model::to_string(wanted.state))};
    if (!list_is_known(in)) return {link_status::unknown, why_unknown(in)};
    const auto* found = find(in, wanted.name);
    if (found == nullptr) return assess_missing(in, wanted, known, plan);
    if (found->config) {
        if (auto refusal = refusal_to_manage(in, wanted, *found); !refusal.empty()) return {link_status::failed, std::move(refusal)};
    }
    if (!found->status) return {link_status::starting, "Connect has no status of it yet"};
    if (has_failure(*found->status)) return {link_status::failed, failure_text(*found->status, known)};
    switch (found->status->state) {
    case connector_state::paused:
    case connector_state::stopped:
        return {link_status::stopped, fmt::format("it was {} in Connect, declared running", model::to_string(found->status->state))};
    case connector_state::running: break;
    default: return {link_status::starting, fmt::format("the connector is {}", model::to_string(found->status->state))};
    }
    if (!is_healthy(wanted, *found)) return assess_tasks(in, wanted, known, counts);
    return {};
}

int running_tasks(const observed_connector* found) {
    if (found == nullptr || !found->status) return 0;
    const auto runs = [](const model::observed_task& t) { return t.state == connector_state::running; };
    return static_cast<int>(std::ranges::count_if(found->status->tasks, runs));
}

link_verdict judge_link(const inputs& in, const desired_connector& wanted, const model::plan& plan, const model::memory& memory) {
    const auto* found = find(in, wanted.name);
    link_verdict v;
    v.link = wanted.link;
    v.connector = wanted.name;
    v.tasks_running = running_tasks(found);
    v.tasks_expected = wanted.state == model::target_state::stopped ? 0 : expected_tasks(wanted, found);
    auto a = assess(in, wanted, memory.connectors.at(wanted.name), plan, v);
    v.status = a.status;
    v.reason = std::move(a.reason);
    return v;
}

// --- findings -------------------------------------------------------------------------------------------

finding make(std::string code, model::severity level, const model::link_id& link, std::string subject, std::string message, std::string remedy) {
    return {std::move(code), level, link, std::move(subject), std::move(message), std::move(remedy)};
}

void find_in_plan(const model::plan& plan, const std::string& pipeline, std::vector<finding>& findings) {
    for (const auto& c : plan.changes) {
        if (c.link.pipeline != pipeline || c.blocked.empty() || c.blocked.starts_with("waits for topic")) continue;
        const auto what = fmt::format("{} {} is held back", model::to_string(c.kind), c.subject);
        findings.push_back(make("CHANGE_BLOCKED", model::severity::warning, c.link, c.subject, what, c.blocked));
    }
}

void find_in_writes(const inputs& in, const std::string& pipeline, std::vector<finding>& findings) {
    for (const auto& wanted : in.desired.connectors)
        if (const auto p = write_problem(in, wanted.name); wanted.link.pipeline == pipeline && !p.empty())
            findings.push_back(make("WRITE_FAILED", model::severity::warning, wanted.link, wanted.name, p, {}));
    for (const auto& topic : in.desired.topics)
        if (const auto p = write_problem(in, topic.name); topic.pipeline == pipeline && !p.empty())
            findings.push_back(make("WRITE_FAILED", model::severity::warning, {pipeline, {}}, topic.name, p, {}));
}

void find_in_topics(const inputs& in, const std::string& pipeline, std::vector<finding>& findings) {
    if (!in.observed.topics.value) return;
    for (const auto& topic : in.desired.topics) {
        const auto found = in.observed.topics.value->find(topic.name);
        if (topic.pipeline != pipeline || found == in.observed.topics.value->end()) continue;
        const auto& is = found->second;
        const auto report = [&](std::string message, std::string remedy) {
            findings.push_back(make("TOPIC_CONFIG", model::severity::warning, {pipeline, {}}, topic.name, std::move(message), std::move(remedy)));
        };
        if (topic.written_replication_factor && *topic.written_replication_factor != is.replication_factor)
            report(fmt::format("replication factor {} instead of {}", is.replication_factor, *topic.written_replication_factor),
                   "kafka-reassign-partitions changes it; Sluice does not");
        if (topic.written_partitions && *topic.written_partitions < is.partitions)
            report(fmt::format("{} partitions instead of {}", is.partitions, *topic.written_partitions),
                   "partitions cannot be taken away: write the number that is there");
    }
}

void find_in_link(const inputs& in, const link_verdict& v, std::vector<finding>& findings) {
    if (v.status != link_status::failed) return;
    const auto* found = find(in, v.connector);
    if (found == nullptr || !found->status || !has_failure(*found->status)) return;
    findings.push_back(make("TASK_FAILED", model::severity::critical, v.link, v.connector, v.reason, {}));
}

void find_in_logins(const inputs& in, const std::string& pipeline, std::vector<finding>& findings) {
    for (const auto& wanted : in.desired.connectors) {
        const auto login = in.observed.logins.find(wanted.name);
        if (wanted.link.pipeline != pipeline || login == in.observed.logins.end() || !login->second.failure) continue;
        const auto& failure = *login->second.failure;
        const auto code = failure.code == errc::unauthorized ? "AUTH" : "DATABASE_UNREACHABLE";
        findings.push_back(make(code, model::severity::warning, wanted.link, wanted.name, failure.message(), {}));
    }
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

bool is_in_sync(const model::plan& plan, const std::string& pipeline) {
    const auto concerns = [&](const model::change& c) {
        return c.link.pipeline == pipeline && c.kind != model::change_kind::restart_failed;
    };
    return std::ranges::none_of(plan.changes, concerns);
}

link_verdict unresolved_link(const model::link_id& link, const std::string& reason) {
    link_verdict v;
    v.link = link;
    v.status = link_status::failed;
    v.reason = reason;
    return v;
}

pipeline_verdict& entry(std::map<std::string, pipeline_verdict>& verdicts, const std::string& pipeline) {
    auto& v = verdicts[pipeline];
    v.pipeline = pipeline;
    return v;
}

} // namespace

std::vector<pipeline_verdict> judge(const inputs& in, const model::plan& plan, model::memory& memory) {
    std::map<std::string, pipeline_verdict> verdicts;
    for (const auto& wanted : in.desired.connectors)
        entry(verdicts, wanted.link.pipeline).links.push_back(judge_link(in, wanted, plan, memory));
    for (const auto& [link, reason] : in.desired.unresolved) {
        auto& pipeline = entry(verdicts, link.pipeline);
        pipeline.links.push_back(unresolved_link(link, reason));
        pipeline.findings.push_back(make("PLUGIN_MISSING", model::severity::critical, link, link.pipeline, reason,
                                         "install it in the plugin.path of every Connect worker and restart them"));
    }
    std::vector<pipeline_verdict> ordered;
    for (auto& [name, pipeline] : verdicts) {
        std::ranges::sort(pipeline.links, {}, &link_verdict::link);
        join(pipeline);
        const auto is_unresolved = [&](const auto& u) { return u.first.pipeline == name; };
        pipeline.in_sync = list_is_known(in) && is_in_sync(plan, name)
            && std::ranges::none_of(in.desired.unresolved, is_unresolved);
        for (const auto& link : pipeline.links) find_in_link(in, link, pipeline.findings);
        find_in_plan(plan, name, pipeline.findings);
        find_in_writes(in, name, pipeline.findings);
        find_in_topics(in, name, pipeline.findings);
        find_in_logins(in, name, pipeline.findings);
        auto& known = memory.pipelines[name];
        if (known.since == wall_time{} || known.status != pipeline.status) known = {pipeline.status, in.now.wall};
        pipeline.since = known.since;
        ordered.push_back(std::move(pipeline));
    }
    return ordered;
}

} // namespace sluice::decide
