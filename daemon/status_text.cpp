#include "status_text.hpp"

#include "base/instant.hpp"
#include "base/json_fields.hpp"
#include "base/units.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace sluice {

namespace json = boost::json;

namespace {

colour tint_of(std::string_view status) {
    if (status == "ok") return colour::green;
    if (status == "paused" || status == "starting") return colour::blue;
    if (status == "unknown" || status == "lagging") return colour::yellow;
    return colour::red;
}

std::string tasks_of(const json::object& link) {
    return fmt::format("{}/{}", number_of(link, "tasks_running"), number_of(link, "tasks_expected"));
}

std::string pipeline_tasks(const json::object& pipeline) {
    std::int64_t running = 0;
    std::int64_t expected = 0;
    for (const auto& link : array_of(pipeline, "links")) {
        running += number_of(link.as_object(), "tasks_running");
        expected += number_of(link.as_object(), "tasks_expected");
    }
    return fmt::format("{}/{}", running, expected);
}

std::string in_words(std::int64_t attempts, std::string_view outcome) {
    auto text = fmt::format("restarted {}", attempts == 1 ? "once" : fmt::format("{} times", attempts));
    if (outcome == "failed-again") return text + " and failed again";
    if (outcome == "runs") return text + " and runs so far";
    if (outcome == "refused") return text + ", the last time without effect";
    return text;
}

// "next restart in 20s": seconds count for people, the hour does not.
std::string until(const std::string& when, const std::string& now) {
    const auto then = parse_rfc3339(when);
    const auto from = parse_rfc3339(now);
    if (!then || !from) return "at " + when;
    const auto left = std::chrono::duration_cast<seconds>(*then - *from);
    return left.count() <= 0 ? "now" : "in " + format_duration(left);
}

std::string restart_note(const json::object& r, const std::string& now, bool wide) {
    std::string note;
    const auto add = [&](const std::string& more) { note += (note.empty() ? "" : "; ") + more; };
    const auto attempts = number_of(r, "attempts");
    if (attempts > 0) add(in_words(attempts, text_of(r, "outcome")));
    if (const auto next = text_of(r, "next_at"); !next.empty()) add("next restart " + until(next, now));
    if (flag_of(r, "budget_exhausted")) add("restart budget exhausted");
    if (flag_of(r, "circuit_open")) add("circuit open");
    if (wide && !text_of(r, "code").empty())
        add(fmt::format("{} ({})", text_of(r, "code"), text_of(r, "class")));
    return note;
}

/// The keys of a connector's config that are about to be written: "database.password (secret changed)".
std::string keys_to_write(const json::object& status, const std::string& connector) {
    const auto* plan = status.if_contains("plan");
    if (plan == nullptr || !plan->is_object()) return {};
    std::string keys;
    for (const auto& value : array_of(plan->as_object(), "changes")) {
        const auto& change = value.as_object();
        if (text_of(change, "kind") != "update" || text_of(change, "subject") != connector) continue;
        for (const auto& entry : array_of(change, "keys")) {
            const auto& key = entry.as_object();
            keys += (keys.empty() ? "" : ", ") + text_of(key, "key");
            if (flag_of(key, "secret")) keys += " (secret changed)";
        }
    }
    return keys;
}

std::string note_of(const json::object& status, const json::object& link, bool wide) {
    std::string note = text_of(link, "reason");
    const auto now = text_of(status, "at");
    const auto add = [&](const std::string& more) { note += (note.empty() ? "" : "; ") + more; };
    if (const auto keys = keys_to_write(status, text_of(link, "connector")); !keys.empty())
        add("to be updated: " + keys);
    if (const auto held = text_of(link, "held_by"); !held.empty()) add("held: " + held);
    if (const auto problem = text_of(link, "write_problem");
        !problem.empty() && note.find(problem) == std::string::npos)
        add(problem);
    const auto* restart = link.if_contains("restart");
    if (restart != nullptr && restart->is_object()) {
        if (const auto more = restart_note(restart->as_object(), now, wide); !more.empty()) add(more);
    }
    if (wide && !array_of(link, "tasks").empty())
        add("worker " + text_of(array_of(link, "tasks").front().as_object(), "worker"));
    return note;
}

void add_pipeline(table& rows, const json::object& status, const json::object& pipeline, bool wide) {
    const auto word = text_of(pipeline, "status");
    rows.add({
        {text_of(pipeline, "name"), colour::bold},
        {word, tint_of(word)},
        {text_of(pipeline, "since")},
        {flag_of(pipeline, "in_sync") ? "yes" : "no",
         flag_of(pipeline, "in_sync") ? colour::plain : colour::yellow},
        {pipeline_tasks(pipeline)},
        {text_of(pipeline, "reason")},
    });
    for (const auto& value : array_of(pipeline, "links")) {
        const auto& link = value.as_object();
        const auto link_status = text_of(link, "status");
        const auto state = wide ? text_of(link, "state") : std::string();
        const auto name = text_of(link, "connector");
        rows.add({
            {"  " + (name.empty() ? text_of(link, "role") : name)},
            {link_status, tint_of(link_status)},
            {state, colour::grey},
            {""},
            {tasks_of(link)},
            {note_of(status, link, wide), colour::grey},
        });
    }
}

std::string freeze_of(const json::object& status, const terminal& out) {
    const auto* freeze = status.if_contains("freeze");
    const bool is_on = freeze != nullptr && freeze->is_object() && flag_of(freeze->as_object(), "active");
    if (!is_on) return {};
    const auto until = text_of(freeze->as_object(), "until");
    return fmt::format(
        "{} {}; failed tasks are restarted all the same\n",
        out.paint(colour::blue, "changes are frozen"),
        until.empty() ? "as long as the file says so" : "until " + until
    );
}

/// Changes that somebody has to accept first, each with its one sentence.
std::string awaiting(const json::object& status, const terminal& out, const std::string& only) {
    const auto* plan = status.if_contains("plan");
    if (plan == nullptr || !plan->is_object()) return {};
    std::string text;
    for (const auto& value : array_of(plan->as_object(), "changes")) {
        const auto& change = value.as_object();
        const bool shown = only.empty() || text_of(change, "pipeline") == only;
        if (!shown || text_of(change, "held") != "acceptance") continue;
        text += fmt::format(
            "{} {} {}: {}\n",
            out.paint(colour::yellow, "awaiting acceptance:"),
            text_of(change, "kind"),
            text_of(change, "subject"),
            text_of(change, "blocked")
        );
    }
    return text;
}

bool is_deleted(const json::object& status, const std::string& connector) {
    const auto* plan = status.if_contains("plan");
    if (plan == nullptr || !plan->is_object()) return false;
    for (const auto& value : array_of(plan->as_object(), "changes")) {
        const auto& change = value.as_object();
        if (text_of(change, "kind") == "delete" && text_of(change, "subject") == connector) return true;
    }
    return false;
}

/// Ours, and in no pipeline of the file any more.
std::string orphans(const json::object& status, const terminal& out) {
    std::string text;
    for (const auto& value : array_of(status, "orphaned")) {
        const std::string name(value.as_string());
        text += fmt::format(
            "{} {}: the file does not name it, and it is ours; {}\n",
            out.paint(colour::yellow, "orphaned:"),
            name,
            is_deleted(status, name) ? "its deletion is in `sluice plan`"
                                     : "it is left alone, `prune: true` under `reconcile:` deletes it"
        );
    }
    return text;
}

/// What no other line tells: it is reported, and Sluice does nothing about it.
std::string reported(const json::object& status, const terminal& out, const std::string& only) {
    std::string text;
    for (const auto& value : array_of(status, "pipelines")) {
        const auto& pipeline = value.as_object();
        if (!only.empty() && text_of(pipeline, "name") != only) continue;
        for (const auto& entry : array_of(pipeline, "findings")) {
            const auto& finding = entry.as_object();
            const auto code = text_of(finding, "code");
            if (code != "TOPIC_CONFIG" && code != "NEW_TABLE_NOT_SNAPSHOTTED") continue;
            const auto remedy = text_of(finding, "remedy");
            text += fmt::format(
                "{} {}: {}{}\n",
                out.paint(colour::yellow, "reported:"),
                text_of(finding, "subject"),
                text_of(finding, "message"),
                remedy.empty() ? "" : "; " + remedy
            );
        }
    }
    return text;
}

std::string problems(const json::object& status, const terminal& out) {
    std::string text;
    for (const auto& value : array_of(status, "dependencies")) {
        const auto& d = value.as_object();
        const auto* up = d.if_contains("up");
        const bool is_down = up != nullptr && up->is_bool() && !up->as_bool();
        if (is_down)
            text += fmt::format(
                "{} {} {}: {}\n",
                out.paint(colour::red, "away:"),
                text_of(d, "kind"),
                text_of(d, "name"),
                text_of(d, "problem")
            );
    }
    const auto* config = status.if_contains("config");
    if (config != nullptr && config->is_object() && !flag_of(config->as_object(), "last_reload_successful")) {
        text +=
            out.paint(colour::red, "the file was refused at the last reload; the one before is in force:") +
            '\n';
        for (const auto& problem : array_of(config->as_object(), "problems"))
            text += std::string(problem.as_string()) + '\n';
    }
    if (config != nullptr && config->is_object())
        for (const auto& problem : array_of(config->as_object(), "secret_problems"))
            text += fmt::format(
                "{} {}\n", out.paint(colour::yellow, "secret:"), std::string(problem.as_string())
            );
    return text;
}

} // namespace

std::string
status_as_text(const json::object& status, const terminal& out, bool wide, const std::string& only) {
    table rows({"PIPELINE", "STATUS", "SINCE", "IN SYNC", "TASKS", "REASON"});
    for (const auto& value : array_of(status, "pipelines")) {
        const auto& pipeline = value.as_object();
        if (only.empty() || text_of(pipeline, "name") == only) add_pipeline(rows, status, pipeline, wide);
    }
    return rows.render(out) + freeze_of(status, out) + awaiting(status, out, only) +
           reported(status, out, only) + (only.empty() ? orphans(status, out) : "") + problems(status, out);
}

std::vector<std::string> pipeline_names(const json::object& status) {
    std::vector<std::string> names;
    for (const auto& pipeline : array_of(status, "pipelines"))
        names.push_back(text_of(pipeline.as_object(), "name"));
    return names;
}

bool all_well(const json::object& status, const std::string& only) {
    bool found = only.empty();
    for (const auto& value : array_of(status, "pipelines")) {
        const auto& pipeline = value.as_object();
        if (!only.empty() && text_of(pipeline, "name") != only) continue;
        found = true;
        if (!flag_of(pipeline, "well")) return false;
    }
    return found;
}

} // namespace sluice
