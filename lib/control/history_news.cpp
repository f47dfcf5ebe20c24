#include "control/history_news.hpp"

#include "control/status_json.hpp"
#include "decide/trace.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

namespace sluice::control {

namespace {

using events = std::vector<history_event>;

/// What has been there before under the same key, if anything; both lists are in the key's order.
template <class List, class Key, class Tell>
void side_by_side(const List* before, const List& after, Key key, Tell tell) {
    static const List none;
    const auto& old = before == nullptr ? none : *before;
    auto at = old.begin();
    for (const auto& item : after) {
        while (at != old.end() && key(*at) < key(item)) ++at;
        const bool is_same = at != old.end() && !(key(item) < key(*at));
        tell(is_same ? &*at : nullptr, item);
    }
}

// --- the file and the systems -----------------------------------------------------------------------------

void tell_reload(const config_view* before, const config_view& after, events& all) {
    if (before == nullptr || before->last_reload_at == after.last_reload_at) return;
    if (before->last_reload_at == wall_time{}) return; // the first file is no reload
    history_event e;
    e.kind = history_kind::reload;
    e.subject = after.file;
    e.answer = after.last_reload_successful ? "ok" : "refused; the last good file stays in force";
    if (!after.last_reload_successful && !after.problems.empty()) e.why = after.problems.front();
    all.push_back(std::move(e));
}

/// The pipeline whose connectors log in to a database, by the name that the view gives it.
std::map<std::string, std::string> pipelines_by_database(const status_view& view) {
    std::map<std::string, std::string> all;
    for (const auto& pipeline : view.pipelines)
        for (const auto& link : pipeline->links)
            all[link.link.sink.empty() ? pipeline->name : pipeline->name + '-' + link.link.sink] =
                pipeline->name;
    return all;
}

std::string_view presence(const std::optional<bool>& up) {
    if (!up) return "";
    return *up ? "there" : "away";
}

void tell_dependencies(const status_view* before, const status_view& after, events& all) {
    std::map<std::pair<std::string, std::string>, std::optional<bool>> was;
    if (before != nullptr)
        for (const auto& d : before->dependencies) was[{d.kind, d.name}] = d.up;
    std::map<std::string, std::string> owners;
    for (const auto& d : after.dependencies) {
        const auto old = was[{d.kind, d.name}];
        if (!d.up || d.up == old) continue;
        const bool is_database = d.kind == "source_db" || d.kind == "sink_db";
        if (is_database && owners.empty()) owners = pipelines_by_database(after);
        history_event e;
        e.kind = is_database ? history_kind::login : history_kind::dependency;
        if (is_database) e.pipeline = owners[d.name];
        e.subject = d.name;
        e.what = d.kind;
        e.before = presence(old);
        e.after = presence(d.up);
        e.why = d.problem;
        all.push_back(std::move(e));
    }
}

// Connect upgraded under us, for one.
void tell_versions(const status_view* before, const status_view& after, events& all) {
    if (before == nullptr) return;
    std::map<std::pair<std::string_view, std::string_view>, std::string_view> was;
    for (const auto& d : before->dependencies) was[{d.kind, d.name}] = d.version;
    for (const auto& d : after.dependencies) {
        const auto old = was.find({d.kind, d.name});
        if (old == was.end() || old->second.empty() || d.version.empty() || old->second == d.version)
            continue;
        history_event e;
        e.kind = history_kind::version;
        e.subject = d.name;
        e.what = d.kind;
        e.before = old->second;
        e.after = d.version;
        all.push_back(std::move(e));
    }
}

/// Whether what is planned, and what nobody declares, can be known.
bool connect_was_read(const status_view* view) {
    const auto is_up = [](const dependency_view& d) { return d.kind == "connect" && d.up == true; };
    return view != nullptr && std::ranges::any_of(view->dependencies, is_up);
}

void tell_undeclared(const status_view* before, const status_view& after, events& all) {
    if (!connect_was_read(before) || !connect_was_read(&after)) return;
    const auto tell = [&](const std::string& connector, bool appeared) {
        history_event e;
        e.kind = history_kind::undeclared;
        e.subject = connector;
        (appeared ? e.after : e.before) = "present";
        (appeared ? e.before : e.after) = "absent";
        all.push_back(std::move(e));
    };
    const auto& was = before->undeclared;
    const auto& now = after.undeclared;
    for (const auto& name : now)
        if (!std::ranges::binary_search(was, name)) tell(name, true);
    for (const auto& name : was)
        if (!std::ranges::binary_search(now, name)) tell(name, false);
}

// --- what is to be done
// -------------------------------------------------------------------------------------

/// What is carried out at once is told as an action; what the world moved, and what waits, is news by itself.
std::map<std::string, const model::change*> worth_telling(const status_view* view) {
    std::map<std::string, const model::change*> all;
    if (!connect_was_read(view)) return all;
    for (const auto& c : view->plan.changes)
        if (c.is_drift || c.is_held_back()) all[c.id + std::string(model::to_string(c.held))] = &c;
    return all;
}

std::string_view how_it_stands(const model::change& c) {
    if (c.held == model::obstacle::acceptance) return "awaits acceptance";
    return c.is_held_back() ? "held back" : "is due";
}

history_event about(const model::change& c) {
    history_event e;
    e.kind = history_kind::planned;
    e.pipeline = c.link.pipeline;
    e.subject = c.subject;
    e.what = model::to_string(c.kind);
    return e;
}

void tell_planned(const status_view* before, const status_view& after, events& all) {
    if (!connect_was_read(&after)) return; // nothing is planned on what is not known
    const auto was = worth_telling(before);
    const auto now = worth_telling(&after);
    for (const auto& [id, c] : now) {
        if (was.contains(id)) continue;
        auto e = about(*c);
        e.after = how_it_stands(*c);
        e.keys = c->keys;
        e.why = c->blocked.empty() ? c->because : c->blocked;
        all.push_back(std::move(e));
    }
    for (const auto& [id, c] : was) {
        if (now.contains(id)) continue;
        auto e = about(*c);
        e.before = how_it_stands(*c);
        e.after = "gone";
        all.push_back(std::move(e));
    }
}

// --- one connector
// ------------------------------------------------------------------------------------------

history_event about(history_kind kind, const link_view& link) {
    history_event e;
    e.kind = kind;
    e.pipeline = link.link.pipeline;
    e.subject = link.connector;
    return e;
}

void tell_state(const link_view* before, const link_view& after, events& all) {
    if (!after.known) return;
    const auto now = state_word(after);
    const bool was_known = before != nullptr && before->known;
    if (was_known ? state_word(*before) == now : now == "running") return;
    auto e = about(history_kind::connector, after);
    if (was_known) e.before = state_word(*before);
    e.after = now;
    if (after.status) e.why = decide::root_line(after.status->trace);
    all.push_back(std::move(e));
}

const std::vector<model::observed_task>* tasks_of(const link_view* link) {
    const bool seen = link != nullptr && link->known && link->exists && link->status;
    return seen ? &link->status->tasks : nullptr;
}

const model::observed_task* find(const std::vector<model::observed_task>* tasks, int id) {
    if (tasks == nullptr) return nullptr;
    const auto found = std::ranges::find(*tasks, id, &model::observed_task::id);
    return found == tasks->end() ? nullptr : &*found;
}

void tell_tasks(const link_view* before, const link_view& after, events& all) {
    const auto* now = tasks_of(&after);
    if (now == nullptr) return;
    const auto* was = tasks_of(before);
    const auto tell = [&](int id, const model::observed_task* old, const model::observed_task* task) {
        auto e = about(history_kind::task, after);
        e.what = std::to_string(id);
        if (old != nullptr) e.before = to_string(old->state);
        e.after = task == nullptr ? std::string_view("gone") : to_string(task->state);
        if (task != nullptr) e.why = decide::root_line(task->trace);
        all.push_back(std::move(e));
    };
    for (const auto& task : *now) {
        const auto* old = find(was, task.id);
        const bool first_sight_of_a_good_one =
            was == nullptr && task.state == model::connector_state::running;
        if (first_sight_of_a_good_one || (old != nullptr && old->state == task.state)) continue;
        tell(task.id, old, &task);
    }
    if (was == nullptr) return;
    for (const auto& task : *was)
        if (find(now, task.id) == nullptr) tell(task.id, &task, nullptr);
}

void tell_moves(const link_view* before, const link_view& after, events& all) {
    const auto* was = tasks_of(before);
    const auto* now = tasks_of(&after);
    if (was == nullptr || now == nullptr) return;
    const auto tell = [&](std::string what, const std::string& from, const std::string& to) {
        if (from.empty() || to.empty() || from == to) return;
        auto e = about(history_kind::moved, after);
        e.what = std::move(what);
        e.before = from;
        e.after = to;
        all.push_back(std::move(e));
    };
    tell("connector", before->status->worker_id, after.status->worker_id);
    for (const auto& task : *now)
        if (const auto* old = find(was, task.id))
            tell("task " + std::to_string(task.id), old->worker_id, task.worker_id);
}

void tell_link_status(const link_view* before, const link_view& after, events& all) {
    if (before == nullptr || before->verdict.status == after.verdict.status) return;
    auto e = about(history_kind::status, after);
    e.before = model::to_string(before->verdict.status);
    e.after = model::to_string(after.verdict.status);
    e.why = after.verdict.reason;
    all.push_back(std::move(e));
}

// --- one pipeline
// -------------------------------------------------------------------------------------------

void tell_status(const pipeline_view* before, const pipeline_view& after, events& all) {
    const auto now = after.verdict.status;
    if (before == nullptr ? now == model::link_status::unknown : before->verdict.status == now) return;
    history_event e;
    e.kind = history_kind::status;
    e.pipeline = after.name;
    if (before != nullptr) e.before = model::to_string(before->verdict.status);
    e.after = model::to_string(now);
    e.why = after.verdict.reason;
    all.push_back(std::move(e));
}

// Several findings of one code about one thing are one condition; a text that merely changes is no news.
using condition = std::tuple<std::string, model::link_id, std::string>; // code, link, subject
std::map<condition, std::string> conditions(const pipeline_view* pipeline) {
    std::map<condition, std::string> all;
    if (pipeline == nullptr) return all;
    for (const auto& f : pipeline->verdict.findings) {
        auto& text = all[{f.code, f.link, f.subject}];
        text += (text.empty() ? "" : "; ") + f.message;
    }
    return all;
}

void tell_findings(const pipeline_view* before, const pipeline_view& after, events& all) {
    const bool there_are_some =
        !after.verdict.findings.empty() || (before != nullptr && !before->verdict.findings.empty());
    if (!there_are_some) return;
    const auto was = conditions(before);
    const auto now = conditions(&after);
    const auto tell = [&](const condition& what, const std::string& message, bool appeared) {
        history_event e;
        e.kind = history_kind::finding;
        e.pipeline = after.name;
        e.what = std::get<0>(what);
        e.subject = std::get<2>(what);
        (appeared ? e.after : e.before) = "present";
        (appeared ? e.before : e.after) = "absent";
        e.why = message;
        all.push_back(std::move(e));
    };
    for (const auto& [what, message] : now)
        if (!was.contains(what)) tell(what, message, true);
    for (const auto& [what, message] : was)
        if (!now.contains(what)) tell(what, message, false);
}

void tell_pipeline(const pipeline_view* before, const pipeline_view& after, events& all) {
    const auto by_link = [](const link_view& link) -> const model::link_id& { return link.link; };
    const auto tell_link = [&](const link_view* was, const link_view& is) {
        tell_state(was, is, all);
        tell_tasks(was, is, all);
        tell_moves(was, is, all);
        if (after.links.size() > 1) tell_link_status(was, is, all); // else the pipeline's says it
    };
    side_by_side(before == nullptr ? nullptr : &before->links, after.links, by_link, tell_link);
    tell_findings(before, after, all);
    tell_status(before, after, all);
}

} // namespace

std::vector<history_event> changes_seen(const status_view* before, const status_view& after) {
    events all;
    tell_reload(before == nullptr ? nullptr : &before->config, after.config, all);
    tell_dependencies(before, after, all);
    tell_versions(before, after, all);
    tell_undeclared(before, after, all);
    tell_planned(before, after, all);
    const auto by_name = [](const auto& pipeline) -> const std::string& { return pipeline->name; };
    const auto tell = [&](const std::shared_ptr<const pipeline_view>* was, const auto& is) {
        tell_pipeline(was == nullptr ? nullptr : was->get(), *is, all);
    };
    const bool are_the_very_same = before != nullptr && before->pipelines == after.pipelines;
    if (!are_the_very_same)
        side_by_side(before == nullptr ? nullptr : &before->pipelines, after.pipelines, by_name, tell);
    for (auto& e : all) e.at = after.made_at.wall;
    return all;
}

} // namespace sluice::control
