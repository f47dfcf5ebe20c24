#include "control/view_builder.hpp"

#include "control/observers.hpp"
#include "decide/override.hpp"
#include "decide/workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace sluice::control {

namespace {

std::string database_name(const model::desired_connector& connector) {
    return connector.link.sink.empty() ? connector.link.pipeline
                                       : connector.link.pipeline + '-' + connector.link.sink;
}

template <class T>
dependency_view dependency(std::string kind, std::string name, const model::reading<T>& reading) {
    dependency_view d;
    d.kind = std::move(kind);
    d.name = std::move(name);
    const bool was_asked = !reading.failure || reading.failure->code != errc::unsupported;
    // What was read may be of no use any more, as after a reload: that somebody answered holds all the same.
    const bool has_tried = reading.attempted() || reading.tried_at != moment{};
    if (has_tried && was_asked) d.up = !reading.failure;
    if (reading.failure) d.problem = reading.failure->message();
    d.asked_at = reading.tried_at.wall;
    return d;
}

std::vector<dependency_view> dependencies(const view_sources& from) {
    std::vector<dependency_view> all;
    all.push_back(dependency("connect", from.declared.connect.name, from.observed.connectors));
    if (from.observed.worker.value) all.back().version = from.observed.worker.value->version;
    if (!from.desired.topics.empty()) all.push_back(dependency("kafka", "kafka", from.observed.topics));
    if (!from.declared.connect.group_id.empty())
        all.push_back(dependency("connect_group", from.declared.connect.name, from.observed.group));
    for (const auto& connector : from.desired.connectors) {
        if (!connector.database) continue;
        const std::string kind = connector.role == model::connector_role::source ? "source_db" : "sink_db";
        const auto login = from.observed.logins.find(connector.name);
        const bool asked = login != from.observed.logins.end();
        all.push_back(
            dependency(kind, database_name(connector), asked ? login->second : model::reading<bool>{})
        );
        all.back().database = connector.database->name;
        all.back().server = fmt::format("{}:{}", connector.database->host, connector.database->port);
        if (!login_of(connector))
            all.back().problem = "the password is a reference that only Connect can resolve";
    }
    return all;
}

// A plan is ordered by kind, then subject.
std::uint32_t drifted_keys(const model::plan& plan, const std::string& connector) {
    using place = std::pair<model::change_kind, std::string_view>;
    const place wanted{model::change_kind::update_config, connector};
    const auto place_of = [](const model::change& c) { return place(c.kind, c.subject); };
    const auto found = std::ranges::lower_bound(plan.changes, wanted, {}, place_of);
    if (found == plan.changes.end() || place_of(*found) != wanted) return 0;
    return static_cast<std::uint32_t>(found->keys.size());
}

std::optional<wall_time> wall_of(const moment& at) {
    if (at.wall == wall_time{}) return std::nullopt;
    return at.wall;
}

restart_view as_view(const decide::restart_outlook& o, moment now) {
    restart_view r;
    r.attempts = o.attempts;
    // What waits for something else has no time of its own, and what has begun is not to come.
    const bool by_time = o.next && (o.waits_for.empty() || o.budget_spent);
    if (by_time) {
        const auto wait = std::chrono::duration_cast<milliseconds>(*o.next - now.mono);
        r.next_at = now.wall + std::max(wait, milliseconds(0));
    }
    r.cause = o.cause;
    r.task = o.task;
    r.code = o.code;
    r.kind = decide::to_string(o.kind);
    r.remedy = o.remedy;
    r.outcome = model::to_string(o.outcome);
    r.last_at = wall_of(o.last_attempt);
    r.alike = o.alike;
    r.circuit_open = o.circuit_open;
    r.given_up = o.given_up;
    r.budget_exhausted = o.budget_spent;
    r.waits_for = o.waits_for;
    return r;
}

restart_view as_view(int task, const model::task_judgement& t) {
    restart_view r;
    r.attempts = t.attempts;
    r.task = task;
    r.outcome = model::to_string(t.outcome);
    r.last_at = wall_of(t.last_attempt);
    r.alike = t.alike;
    return r;
}

// What failed now comes first, then what was restarted and is not yet healthy for long.
std::vector<restart_view> restarts_of(const view_sources& from, const std::string& connector) {
    std::vector<restart_view> all;
    if (const auto failures = from.decision.restarts.find(connector);
        failures != from.decision.restarts.end())
        for (const auto& o : failures->second) all.push_back(as_view(o, from.now));
    const auto known = from.decision.memory.connectors.find(connector);
    if (known == from.decision.memory.connectors.end()) return all;
    for (const auto& [task, t] : known->second.tasks)
        if (t.attempts > 0 && std::ranges::find(all, task, &restart_view::task) == all.end())
            all.push_back(as_view(task, t));
    return all;
}

connect_workers_view workers_of(const view_sources& from) {
    const auto& workers = from.decision.workers;
    connect_workers_view v;
    v.connect_cluster = from.declared.connect.name;
    v.state = decide::to_string(workers.state);
    v.because = workers.because;
    if (workers.alive) v.alive.emplace(workers.alive->begin(), workers.alive->end());
    v.rebalances = from.decision.memory.workers.rebalances;
    return v;
}

const model::observed_connector* observed(const view_sources& from, const std::string& name) {
    if (!from.observed.connectors.value) return nullptr;
    const auto found = from.observed.connectors.value->find(name);
    return found == from.observed.connectors.value->end() ? nullptr : &found->second;
}

link_view make_link(const view_sources& from, const model::desired_connector& wanted) {
    link_view l;
    l.link = wanted.link;
    l.connector = wanted.name;
    l.connect_cluster = wanted.cluster;
    l.role = wanted.role;
    l.plugin = wanted.plugin;
    if (wanted.role == model::connector_role::sink) l.group = "connect-" + wanted.name;
    l.target = wanted.state;
    l.known = from.observed.connectors.fresh();
    const auto* found = observed(from, wanted.name);
    l.exists = found != nullptr;
    if (found != nullptr) l.status = found->status;
    l.drifted_keys = drifted_keys(from.decision.plan, wanted.name);
    l.restarts = restarts_of(from, wanted.name);
    if (!l.restarts.empty()) l.restart = l.restarts.front();
    const auto& overrides = from.decision.memory.overrides;
    if (const auto* o = decide::override_on(overrides, wanted)) l.override_on = {o->first, o->second};
    l.held_by = from.hold_on(wanted.name);
    if (const auto problem = from.write_problems.find(wanted.name); problem != from.write_problems.end())
        l.write_problem = problem->second;
    return l;
}

std::vector<link_view> make_links(const view_sources& from, const model::pipeline_verdict& verdict) {
    std::vector<link_view> links;
    for (const auto& v : verdict.links) {
        const auto* wanted = model::find_connector(from.desired, v.connector);
        link_view l;
        if (wanted != nullptr) l = make_link(from, *wanted);
        l.link = v.link;
        l.verdict = v;
        links.push_back(std::move(l));
    }
    return links;
}

/// What the file says, by name: it lists in any order.
struct declared_index {
    explicit declared_index(const view_sources& from) {
        for (const auto& pipeline : from.declared.pipelines) pipelines.emplace(pipeline.name, &pipeline);
        for (const auto& plain : from.declared.connectors) connectors.emplace(plain.name, &plain);
        for (const auto& topic : from.desired.topics) topics[topic.pipeline].push_back(topic.name);
    }

    std::map<std::string_view, const model::pipeline*> pipelines;
    std::map<std::string_view, const model::plain_connector*> connectors;
    std::map<std::string_view, std::vector<std::string>> topics; // by pipeline
};

void describe(const declared_index& file, pipeline_view& p) {
    const auto declared = file.pipelines.find(p.name);
    if (declared == file.pipelines.end()) {
        const auto plain = file.connectors.find(p.name);
        p.is_plain = true;
        if (plain != file.connectors.end()) p.target = plain->second->state;
        return;
    }
    p.target = declared->second->state;
    p.slot = declared->second->source.slot;
    p.publication = declared->second->source.publication;
    if (const auto topics = file.topics.find(p.name); topics != file.topics.end()) p.topics = topics->second;
}

// Configs are foreign text: a secret of ours may stand in them under any key.
void scrub(model::plan& plan, const scrubber& secrets) {
    const auto clean = [&](std::optional<std::string>& text) {
        if (text) text = secrets.scrub(*text);
    };
    for (auto& change : plan.changes)
        for (auto& key : change.keys) {
            clean(key.before);
            clean(key.after);
        }
}

void show_override(const view_sources& from, pipeline_view& p) {
    const auto& overrides = from.decision.memory.overrides;
    const auto found = overrides.find({model::override_scope::pipeline, p.name});
    if (found == overrides.end()) return;
    p.override_on = {found->first, found->second};
    p.target = std::max(p.target, found->second.state);
}

std::vector<std::shared_ptr<const pipeline_view>> make_pipelines(const view_sources& from) {
    std::vector<std::shared_ptr<const pipeline_view>> all;
    const declared_index file(from);
    for (const auto& verdict : from.decision.verdicts) {
        auto p = std::make_shared<pipeline_view>();
        p->name = verdict.pipeline;
        p->verdict = verdict;
        p->links = make_links(from, verdict);
        describe(file, *p);
        show_override(from, *p);
        all.push_back(std::move(p));
    }
    return all;
}

} // namespace

std::shared_ptr<status_view> build_view(const view_sources& from) {
    auto view = std::make_shared<status_view>();
    view->instance = from.declared.name;
    view->made_at = from.now;
    view->started_at = from.started_at;
    const bool topics_asked = from.desired.topics.empty() || from.observed.topics.attempted();
    const auto logins = from.loops.find("logins");
    const bool logins_asked = logins != from.loops.end() && logins->second.last_success.mono != mono_time{};
    view->every_observer_answered = from.observed.connectors.attempted() && topics_asked && logins_asked;
    view->config = from.config;
    for (const auto& [name, l] : from.loops) view->loops.push_back(l);
    view->dependencies = dependencies(from);
    view->pipelines = from.same != nullptr ? from.same->pipelines : make_pipelines(from);
    view->workers = workers_of(from);
    view->plan = from.decision.plan;
    if (from.secrets != nullptr) scrub(view->plan, *from.secrets);
    view->undeclared = from.decision.undeclared;
    view->orphaned = from.decision.orphaned;
    view->frozen_until = from.decision.frozen_until;
    return view;
}

} // namespace sluice::control
