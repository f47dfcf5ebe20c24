#include "http/pipeline_metrics.hpp"

#include "control/status_json.hpp"
#include "decide/trace.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace sluice::http {

namespace {

using control::link_view;
using control::pipeline_view;
using control::status_view;
using control::telemetry;
using model::consequence;
using model::link_status;

constexpr std::array statuses{
    link_status::ok,
    link_status::starting,
    link_status::paused,
    link_status::lagging,
    link_status::stalled,
    link_status::stopped,
    link_status::rewound,
    link_status::failed,
    link_status::lost,
    link_status::unknown,
};
constexpr std::array consequences{
    consequence::none,
    consequence::task_restart,
    consequence::event_shape,
    consequence::gap_risk,
    consequence::topic_rename,
    consequence::new_slot,
    consequence::resnapshot,
    consequence::data_loss,
    consequence::remove,
};
constexpr std::array<std::string_view, 8> connector_states{
    "running",
    "paused",
    "stopped",
    "failed",
    "unassigned",
    "restarting",
    "missing",
    "unknown",
};
constexpr std::array<std::string_view, 6> task_states{
    "running",
    "paused",
    "failed",
    "unassigned",
    "restarting",
    "unknown",
};
constexpr std::array<std::string_view, 7> actions{
    "create", "update", "delete", "restart", "pause", "resume", "stop"
};
constexpr std::array<std::string_view, 2> restart_outcomes{"ok", "failed"};

const label_names of_connector{"pipeline", "sink", "connect_cluster", "connector"};
const label_names of_connector_state{
    "pipeline",
    "sink",
    "connect_cluster",
    "connector",
    "state",
};

label_values labels_of(const link_view& link) {
    return {link.link.pipeline, link.link.sink, link.connect_cluster, link.connector};
}

label_values with(label_values labels, std::string_view value) {
    labels.emplace_back(value);
    return labels;
}

std::string cluster_of(const pipeline_view& pipeline) {
    return pipeline.links.empty() ? "default" : pipeline.links.front().connect_cluster;
}

template <class Visit>
void for_each_link(const status_view& view, Visit visit) {
    for (const auto& pipeline : view.pipelines) {
        for (const auto& link : pipeline->links) visit(link);
    }
}

void add_identities(exposition& out, const status_view& view) {
    auto pipelines = out.gauge(
        "sluice_pipeline_info",
        "What a pipeline is made of; the value is 1.",
        {"pipeline", "connect_cluster", "source_connector", "slot", "publication"}
    );
    auto sinks = out.gauge(
        "sluice_sink_info",
        "What a sink is made of; the value is 1.",
        {"pipeline", "sink", "connector", "group"}
    );
    for (const auto& pipeline : view.pipelines) {
        const auto source =
            std::ranges::find(pipeline->links, model::connector_role::source, &link_view::role);
        const auto connector = source == pipeline->links.end() ? std::string() : source->connector;
        pipelines.add(
            {pipeline->name, cluster_of(*pipeline), connector, pipeline->slot, pipeline->publication}, 1
        );
    }
    for_each_link(view, [&](const link_view& link) {
        if (link.role != model::connector_role::sink) return;
        sinks.add({link.link.pipeline, link.link.sink, link.connector, link.group}, 1);
    });
}

void add_statuses(exposition& out, const status_view& view) {
    auto status = out.gauge(
        "sluice_pipeline_status",
        "1 for the pipeline's present status, 0 for the others.",
        {"pipeline", "status"}
    );
    auto since = out.gauge(
        "sluice_pipeline_status_since_timestamp_seconds",
        "When the present status began, as a Unix time.",
        {"pipeline"}
    );
    auto paused = out.gauge(
        "sluice_pipeline_paused",
        "1 if the pipeline is paused or stopped, by its declaration or by somebody's override.",
        {"pipeline"}
    );
    auto in_sync =
        out.gauge("sluice_pipeline_in_sync", "1 if nothing is planned for the pipeline.", {"pipeline"});
    for (const auto& pipeline : view.pipelines) {
        const auto& verdict = pipeline->verdict;
        for (const auto s : statuses) {
            status.add({pipeline->name, std::string(to_string(s))}, s == verdict.status ? 1 : 0);
        }
        if (verdict.since != wall_time{}) since.add({pipeline->name}, timestamp(verdict.since));
        paused.add({pipeline->name}, pipeline->target == model::target_state::running ? 0 : 1);
        in_sync.add({pipeline->name}, verdict.in_sync ? 1 : 0);
    }
}

void add_findings(exposition& out, const status_view& view) {
    auto findings = out.gauge("sluice_findings", "Open findings.", {"pipeline", "code", "severity"});
    for (const auto& pipeline : view.pipelines) {
        std::map<std::pair<std::string, model::severity>, int> open;
        for (const auto& finding : pipeline->verdict.findings) ++open[{finding.code, finding.level}];
        for (const auto& [key, count] : open) {
            findings.add({pipeline->name, key.first, std::string(to_string(key.second))}, count);
        }
    }
}

/// What counters may still be about: the pipelines of the file, and what belongs to none.
std::set<std::string> current_names(const status_view& view) {
    std::set<std::string> names{""};
    for (const auto& pipeline : view.pipelines) names.insert(pipeline->name);
    return names;
}

void add_actions(exposition& out, const status_view& view, const telemetry& numbers) {
    const auto current = current_names(view);
    std::map<telemetry::action_key, std::uint64_t> counts;
    for (const auto& pipeline : view.pipelines) {
        for (const auto action : actions) {
            counts[{pipeline->name, cluster_of(*pipeline), std::string(action), "ok"}] = 0;
        }
    }
    for (const auto& [key, count] : numbers.actions) {
        if (current.contains(key.pipeline)) counts[key] = count;
    }
    auto total = out.counter(
        "sluice_reconcile_actions_total",
        "Changes carried out, by what came of them.",
        {"pipeline", "connect_cluster", "action", "outcome"}
    );
    for (const auto& [key, count] : counts) {
        total.add({key.pipeline, key.connect_cluster, key.action, key.outcome}, static_cast<double>(count));
    }
}

void add_convergence(exposition& out, const status_view& view, const telemetry& numbers) {
    auto success = out.gauge(
        "sluice_reconcile_last_success_timestamp_seconds",
        "When a pass last found the pipeline as declared, as a Unix time.",
        {"pipeline"}
    );
    const auto current = current_names(view);
    for (const auto& [pipeline, at] : numbers.in_sync_at) {
        if (current.contains(pipeline)) success.add({pipeline}, timestamp(at));
    }
}

void add_states(exposition& out, const status_view& view) {
    auto state = out.gauge(
        "sluice_connector_state",
        "1 for the connector's present state in Connect, 0 for the others.",
        of_connector_state
    );
    auto tasks =
        out.gauge("sluice_connector_tasks", "Tasks of the connector in this state.", of_connector_state);
    auto expected =
        out.gauge("sluice_connector_tasks_expected", "Tasks that the connector should have.", of_connector);
    auto drifted = out.gauge(
        "sluice_connector_drifted_keys",
        "Keys of the connector's config that differ from the declaration.",
        of_connector
    );
    for_each_link(view, [&](const link_view& link) {
        const auto labels = labels_of(link);
        state.add_states(labels, connector_states, control::state_word(link));
        expected.add(labels, link.verdict.tasks_expected);
        drifted.add(labels, link.drifted_keys);
        if (!link.known) return; // what was seen before it became unreadable is no count of today
        std::map<std::string_view, int> counted;
        if (link.status) {
            for (const auto& task : link.status->tasks) ++counted[to_string(task.state)];
        }
        for (const auto s : task_states) tasks.add(with(labels, s), counted[s]);
    });
}

/// A short word from a foreign text: a class name of ordinary length, or "other".
std::string error_label(const std::string& trace) {
    constexpr std::size_t longest = 64;
    auto name = decide::root_class(trace);
    return name.empty() || name.size() > longest ? "other" : name;
}

void add_failures(exposition& out, const status_view& view) {
    auto failures = out.gauge(
        "sluice_task_failure_info",
        "The root exception's class of a failed task; the value is 1.",
        {"pipeline", "sink", "connect_cluster", "connector", "task", "error"}
    );
    for_each_link(view, [&](const link_view& link) {
        if (!link.known || !link.status) return;
        for (const auto& task : link.status->tasks) {
            if (task.state != model::connector_state::failed) continue;
            failures.add(with(with(labels_of(link), std::to_string(task.id)), error_label(task.trace)), 1);
        }
    });
}

void add_restarts(exposition& out, const status_view& view, const telemetry& numbers, wall_time now) {
    auto total = out.counter(
        "sluice_task_restarts_total",
        "Restarts of failed tasks that Sluice asked for.",
        {"pipeline", "sink", "connect_cluster", "connector", "outcome"}
    );
    auto remaining = out.gauge(
        "sluice_restart_backoff_remaining_seconds",
        "Time to the next attempt to restart; 0 if none is due.",
        of_connector
    );
    auto exhausted = out.gauge(
        "sluice_restart_budget_exhausted",
        "1 if a failed task waits because the restarts of this hour are used up.",
        of_connector
    );
    auto circuit = out.gauge(
        "sluice_restart_circuit_open",
        "1 if a task failed so often in the same way that it is not restarted any more.",
        of_connector
    );
    auto given_up = out.gauge(
        "sluice_restart_given_up",
        "Failed tasks that are not restarted until somebody changes something.",
        of_connector
    );
    for_each_link(view, [&](const link_view& link) {
        const auto labels = labels_of(link);
        const auto count = [&](auto member) {
            return static_cast<double>(std::ranges::count(link.restarts, true, member));
        };
        exhausted.add(labels, count(&control::restart_view::budget_exhausted) > 0 ? 1 : 0);
        circuit.add(labels, count(&control::restart_view::circuit_open) > 0 ? 1 : 0);
        given_up.add(labels, count(&control::restart_view::given_up));
        for (const auto outcome : restart_outcomes) {
            const auto counted = numbers.restarts.find(
                {link.link.pipeline,
                 link.link.sink,
                 link.connect_cluster,
                 link.connector,
                 std::string(outcome)}
            );
            total.add(
                with(labels, outcome),
                counted == numbers.restarts.end() ? 0 : static_cast<double>(counted->second)
            );
        }
        const std::chrono::duration<double> left = link.restart.next_at.value_or(now) - now;
        remaining.add(labels, std::max(left.count(), 0.0));
    });
}

std::set<std::string> workers_in_statuses(const status_view& view, const std::string& cluster) {
    std::set<std::string> seen;
    for_each_link(view, [&](const link_view& link) {
        if (!link.status || link.connect_cluster != cluster) return;
        seen.insert(link.status->worker_id);
        for (const auto& task : link.status->tasks) seen.insert(task.worker_id);
    });
    seen.erase("");
    return seen;
}

void add_workers(exposition& out, const status_view& view) {
    auto workers = out.gauge(
        "sluice_connect_workers",
        "Workers alive by Kafka's view of their group, else those that the connectors' statuses name.",
        {"connect_cluster"}
    );
    auto rebalances = out.counter(
        "sluice_connect_rebalances_total", "Rebalances that were seen to begin.", {"connect_cluster"}
    );
    for (const auto& dependency : view.dependencies) {
        if (dependency.kind != "connect" || !dependency.up.value_or(false)) continue;
        const auto& alive = view.workers.alive;
        const auto count = alive ? alive->size() : workers_in_statuses(view, dependency.name).size();
        workers.add({dependency.name}, static_cast<double>(count));
        rebalances.add({dependency.name}, static_cast<double>(view.workers.rebalances));
    }
}

void add_unmanaged(exposition& out, const status_view& view) {
    auto unmanaged = out.gauge(
        "sluice_unmanaged_connectors",
        "Connectors on the cluster that the file does not declare.",
        {"connect_cluster"}
    );
    const auto connect = std::ranges::find(view.dependencies, "connect", &control::dependency_view::kind);
    if (connect == view.dependencies.end() || !connect->up.value_or(false)) return;
    unmanaged.add({connect->name}, static_cast<double>(view.undeclared.size()));
}

} // namespace

void add_pipeline_metrics(exposition& out, const status_view& view, const telemetry& numbers) {
    add_identities(out, view);
    add_statuses(out, view);
    add_findings(out, view);
    add_actions(out, view, numbers);
    add_convergence(out, view, numbers);
}

void add_connector_metrics(
    exposition& out, const status_view& view, const telemetry& numbers, wall_time now
) {
    add_states(out, view);
    add_failures(out, view);
    add_restarts(out, view, numbers, now);
    add_workers(out, view);
    add_unmanaged(out, view);
}

void add_plan_metrics(exposition& out, const status_view& view) {
    std::map<std::pair<std::string, consequence>, int> waiting;
    for (const auto& pipeline : view.pipelines) {
        for (const auto c : consequences) waiting[{pipeline->name, c}] = 0;
    }
    for (const auto& change : view.plan.changes) {
        if (change.held == model::obstacle::acceptance) ++waiting[{change.link.pipeline, change.cost}];
    }
    auto changes = out.gauge(
        "sluice_changes_awaiting_acceptance",
        "Planned changes that wait until somebody accepts what they cost.",
        {"pipeline", "consequence"}
    );
    for (const auto& [key, count] : waiting)
        changes.add({key.first, std::string(to_string(key.second))}, count);
}

} // namespace sluice::http
