#include "control/status_json.hpp"

#include "decide/trace.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <string_view>

namespace sluice::control {

namespace json = boost::json;

namespace {

/// Absent in the view is null in JSON, so that a reader always finds the key.
json::value time_or_null(wall_time t) {
    if (t == wall_time{}) return nullptr;
    return json::value(to_iso8601(t));
}

json::value time_or_null(const std::optional<wall_time>& t) {
    return time_or_null(t.value_or(wall_time{}));
}

template <class Text>
json::value text_or_null(const std::optional<Text>& text) {
    if (!text) return nullptr;
    return json::value(*text);
}

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

template <class Range, class Render>
json::array objects(const Range& range, Render render) {
    json::array list;
    for (const auto& item : range) list.emplace_back(render(item));
    return list;
}

constexpr auto as_json = [](const auto& item) { return control::to_json(item); };

std::string_view to_string(model::connector_role role) {
    switch (role) {
    case model::connector_role::source: return "source";
    case model::connector_role::sink: return "sink";
    case model::connector_role::plain: return "plain";
    }
    return "plain";
}

/// Evidence that no verdict rests on yet: whether events flow, how the slot stands, how far the sinks are.
json::array not_judged(const pipeline_view& pipeline) {
    if (pipeline.is_plain) return {"stream"};
    return {"stream", "slot", "sink"};
}

json::object task_json(const model::observed_task& task) {
    return {
        {"id", task.id},
        {"state", to_string(task.state)},
        {"worker", task.worker_id},
        {"cause", decide::root_line(task.trace)},
        {"trace", task.trace},
    };
}

json::object restart_json(const restart_view& restart) {
    return {
        {"task", restart.task < 0 ? json::value(nullptr) : json::value(restart.task)},
        {"attempts", restart.attempts},
        {"last_at", time_or_null(restart.last_at)},
        {"outcome", restart.outcome},
        {"cause", restart.cause},
        {"code", restart.code},
        {"class", restart.kind},
        {"remedy", restart.remedy},
        {"equal_failures", restart.alike},
        {"next_at", time_or_null(restart.next_at)},
        {"waits_for", restart.waits_for},
        {"circuit_open", restart.circuit_open},
        {"given_up", restart.given_up},
        {"budget_exhausted", restart.budget_exhausted},
    };
}

json::value override_json(const std::optional<override_view>& in_force) {
    if (!in_force) return nullptr;
    const auto& [subject, wish] = *in_force;
    const bool is_pipeline = subject.scope == model::override_scope::pipeline;
    json::object out{
        {"scope", is_pipeline ? "pipeline" : "connector"},
        {"name", subject.name},
        {"state", model::to_string(wish.state)},
        {"who", wish.who},
        {"reason", wish.reason},
        {"since", time_or_null(wish.since)},
    };
    out["until"] = wish.lasts ? time_or_null(wish.ends_at) : json::value(nullptr);
    return out;
}

json::object key_json(const model::key_change& key) {
    json::object out{
        {"key", key.key}, {"secret", key.is_secret}, {"consequence", model::to_string(key.cost)}
    };
    if (key.is_secret) return out; // that it differs is all that may be said
    out["before"] = text_or_null(key.before);
    out["after"] = text_or_null(key.after);
    return out;
}

json::object freeze_json(const std::optional<wall_time>& until) {
    const bool has_end = until && *until != wall_time::max();
    return {{"active", until.has_value()}, {"until", has_end ? time_or_null(*until) : json::value(nullptr)}};
}

json::array words(const std::set<model::consequence>& costs) {
    json::array list;
    for (const auto cost : costs) list.emplace_back(model::to_string(cost));
    return list;
}

json::object change_json(const model::change& change) {
    return {
        {"kind", model::to_string(change.kind)},
        {"subject", change.subject},
        {"pipeline", change.link.pipeline},
        {"sink", change.link.sink},
        {"consequence", model::to_string(change.cost)},
        {"keys", objects(change.keys, key_json)},
        {"tasks", json::array(change.tasks.begin(), change.tasks.end())},
        {"drift", change.is_drift},
        {"because", change.because},
        {"id", change.id},
        {"held", model::to_string(change.held)},
        {"to_accept", words(change.to_accept)},
        {"blocked", change.blocked},
    };
}

} // namespace

std::string_view state_word(const link_view& link) {
    if (!link.known) return "unknown";
    if (!link.exists) return "missing";
    return link.status ? to_string(link.status->state) : "unknown";
}

json::object to_json(const config_view& config) {
    return {
        {"file", config.file},
        {"last_reload_successful", config.last_reload_successful},
        {"last_reload_at", time_or_null(config.last_reload_at)},
        {"last_success_at", time_or_null(config.last_success_at)},
        {"problems", texts(config.problems)},
        {"secret_problems", texts(config.secret_problems)},
    };
}

json::object to_json(const dependency_view& dependency) {
    json::object out{{"kind", dependency.kind}, {"name", dependency.name}};
    out["up"] = dependency.up ? json::value(*dependency.up) : json::value(nullptr);
    out["problem"] = dependency.problem;
    out["server_version"] = dependency.version;
    out["asked_at"] = time_or_null(dependency.asked_at);
    return out;
}

json::object to_json(const link_view& link) {
    json::object out{
        {"role", to_string(link.role)},
        {"sink", link.link.sink},
        {"connector", link.connector},
        {"connect_cluster", link.connect_cluster},
        {"plugin", link.plugin},
        {"group", link.group},
        {"target", model::to_string(link.target)},
        {"status", model::to_string(link.verdict.status)},
        {"reason", link.verdict.reason},
        {"state", state_word(link)},
    };
    const bool has_status = link.status.has_value();
    out["worker"] = has_status ? link.status->worker_id : std::string();
    out["cause"] = has_status ? decide::root_line(link.status->trace) : std::string();
    out["trace"] = has_status ? link.status->trace : std::string();
    out["tasks"] = has_status ? objects(link.status->tasks, task_json) : json::array();
    out["tasks_running"] = link.verdict.tasks_running;
    out["tasks_expected"] = link.verdict.tasks_expected;
    out["restart"] = restart_json(link.restart);
    out["restarts"] = objects(link.restarts, restart_json);
    out["override"] = override_json(link.override_on);
    out["held_by"] = link.held_by;
    out["write_problem"] = link.write_problem;
    out["drifted_keys"] = link.drifted_keys;
    return out;
}

json::object to_json(const model::finding& finding) {
    return {
        {"code", finding.code},
        {"severity", model::to_string(finding.level)},
        {"pipeline", finding.link.pipeline},
        {"sink", finding.link.sink},
        {"subject", finding.subject},
        {"message", finding.message},
        {"remedy", finding.remedy},
    };
}

json::object to_json(const pipeline_view& pipeline) {
    const auto& verdict = pipeline.verdict;
    return {
        {"name", pipeline.name},
        {"kind", pipeline.is_plain ? "connector" : "pipeline"},
        {"target", model::to_string(pipeline.target)},
        {"status", model::to_string(verdict.status)},
        {"well", model::is_well(verdict.status)},
        {"since", time_or_null(verdict.since)},
        {"reason", verdict.reason},
        {"in_sync", verdict.in_sync},
        {"not_judged", not_judged(pipeline)},
        {"slot", pipeline.slot},
        {"publication", pipeline.publication},
        {"topics", texts(pipeline.topics)},
        {"override", override_json(pipeline.override_on)},
        {"links", objects(pipeline.links, as_json)},
        {"findings", objects(verdict.findings, as_json)},
    };
}

json::object to_json(const connect_workers_view& workers) {
    return {
        {"connect_cluster", workers.connect_cluster},
        {"state", workers.state},
        {"because", workers.because},
        {"alive", workers.alive ? json::value(texts(*workers.alive)) : json::value(nullptr)},
        {"rebalances", workers.rebalances},
    };
}

json::object to_json(const model::plan& plan) {
    return {{"changes", objects(plan.changes, change_json)}};
}

json::array findings_json(const status_view& view) {
    json::array list;
    for (const auto& pipeline : view.pipelines) {
        for (const auto& finding : pipeline->verdict.findings) list.emplace_back(to_json(finding));
    }
    return list;
}

json::object json_header(const status_view& view) {
    return {
        {"version", status_json_version},
        {"instance", view.instance},
        {"at", time_or_null(view.made_at.wall)},
    };
}

json::object to_json(const status_view& view) {
    auto out = json_header(view);
    out["started_at"] = time_or_null(view.started_at.wall);
    out["every_observer_answered"] = view.every_observer_answered;
    out["config"] = to_json(view.config);
    out["dependencies"] = objects(view.dependencies, as_json);
    json::array pipelines;
    for (const auto& pipeline : view.pipelines) pipelines.emplace_back(to_json(*pipeline));
    out["pipelines"] = std::move(pipelines);
    out["workers"] = json::array{to_json(view.workers)};
    out["plan"] = to_json(view.plan);
    out["undeclared"] = texts(view.undeclared);
    out["orphaned"] = texts(view.orphaned);
    out["freeze"] = freeze_json(view.frozen_until);
    return out;
}

} // namespace sluice::control
