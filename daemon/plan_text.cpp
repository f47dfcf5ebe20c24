#include "plan_text.hpp"

#include "base/printable.hpp"

#include <fmt/format.h>

namespace sluice {

namespace {

using model::change;
using model::change_kind;
using model::key_change;

bool is_create(change_kind kind) {
    return kind == change_kind::create_topic || kind == change_kind::create_connector;
}

std::string_view symbol(change_kind kind) {
    if (is_create(kind)) return "+";
    return kind == change_kind::delete_connector ? "-" : "~";
}

colour tint(change_kind kind) {
    if (is_create(kind)) return colour::green;
    return kind == change_kind::delete_connector ? colour::red : colour::yellow;
}

std::string quoted(const std::string& value) {
    return value.empty() ? "\"\"" : printable(value);
}

std::string values(const key_change& k, bool whole_is_new) {
    if (k.is_secret) return whole_is_new ? "(secret)" : "(secret changed)";
    if (!k.before) return quoted(k.after.value_or(""));
    if (!k.after) return quoted(*k.before);
    return fmt::format("{} → {}", quoted(*k.before), quoted(*k.after));
}

std::string key_line(const key_change& k, bool whole_is_new) {
    const auto cost =
        model::goes_by_itself(k.cost) ? std::string() : fmt::format("  ({})", model::to_string(k.cost));
    return fmt::format("{}: {}{}", printable(k.key), values(k, whole_is_new), cost);
}

std::string_view key_symbol(const key_change& k) {
    if (k.is_secret || (k.before && k.after)) return "~";
    return k.before ? "-" : "+";
}

colour key_tint(const key_change& k) {
    const auto sign = key_symbol(k);
    if (sign == "+") return colour::green;
    return sign == "-" ? colour::red : colour::yellow;
}

std::string details(const change& c, const terminal& out) {
    std::string text;
    for (const auto& k : c.keys) {
        const auto line =
            fmt::format("{} {}", is_create(c.kind) ? "+" : key_symbol(k), key_line(k, is_create(c.kind)));
        text += fmt::format("      {}\n", out.paint(is_create(c.kind) ? colour::green : key_tint(k), line));
    }
    return text;
}

std::string remarks(const change& c) {
    std::string text;
    if (c.cost != model::consequence::none)
        text += fmt::format("; consequence: {}", model::to_string(c.cost));
    if (c.is_drift) text += "; drift: the file did not change";
    if (!c.because.empty()) text += fmt::format("; {}", printable(c.because));
    return text;
}

/// "awaits acceptance of new-slot (…)", "held back: …".
std::string why_not_now(const change& c, const terminal& out) {
    const bool awaits = c.held == model::obstacle::acceptance;
    if (awaits) return out.paint(colour::yellow, printable(c.blocked));
    const auto word = c.held == model::obstacle::order ? "then:" : "held back:";
    return fmt::format("{} {}", out.paint(colour::red, word), printable(c.blocked));
}

/// A bar would end the cell, and a line break the row.
std::string in_a_cell(const std::string& text) {
    std::string cell;
    for (const char c : text) {
        if (c == '|') cell += '\\';
        cell += c == '\n' ? ' ' : c;
    }
    return cell;
}

} // namespace

plan_counts count(const model::plan& plan) {
    plan_counts n;
    for (const auto& c : plan.changes) {
        if (is_create(c.kind))
            ++n.create;
        else if (c.kind == change_kind::delete_connector)
            ++n.remove;
        else
            ++n.update;
        // A connector that waits for its topics comes by itself.
        if (c.held == model::obstacle::acceptance)
            ++n.awaiting;
        else if (c.is_held_back())
            ++n.blocked;
    }
    return n;
}

std::string headline(const change& c) {
    switch (c.kind) {
    case change_kind::create_topic: return "create topic " + c.subject;
    case change_kind::add_partitions: return "add partitions to topic " + c.subject;
    case change_kind::alter_topic_config: return "change the settings of topic " + c.subject;
    case change_kind::create_connector: return "create connector " + c.subject;
    case change_kind::update_config: return "update connector " + c.subject;
    case change_kind::resume: return "resume connector " + c.subject;
    case change_kind::pause: return "pause connector " + c.subject;
    case change_kind::stop: return "stop connector " + c.subject;
    case change_kind::restart_failed: return "restart what failed of connector " + c.subject;
    case change_kind::restart_all: return "restart connector " + c.subject + " and all its tasks";
    case change_kind::delete_connector: return "delete connector " + c.subject;
    }
    return c.subject;
}

std::string summary(const model::plan& plan) {
    const auto n = count(plan);
    auto text = fmt::format("Plan: {} to create, {} to update, {} to delete.", n.create, n.update, n.remove);
    if (n.awaiting > 0) text += fmt::format(" {} of them awaiting acceptance.", n.awaiting);
    if (n.blocked > 0) text += fmt::format(" {} of them held back.", n.blocked);
    return text;
}

std::string plan_as_text(const model::plan& plan, const terminal& out, std::string_view nothing) {
    if (plan.empty()) return fmt::format("{}\n", nothing);
    std::string text;
    for (const auto& c : plan.changes) {
        const auto head = fmt::format("{} {}", symbol(c.kind), headline(c));
        text += fmt::format("  {}{}\n", out.paint(tint(c.kind), head), remarks(c));
        if (!c.may_run()) text += fmt::format("      {}\n", why_not_now(c, out));
        text += details(c, out);
    }
    return text + '\n' + summary(plan) + '\n';
}

std::string plan_as_markdown(const model::plan& plan, std::string_view nothing) {
    if (plan.empty()) return fmt::format("{}\n", nothing);
    std::string text = "| | change | consequence | remark |\n|---|---|---|---|\n";
    for (const auto& c : plan.changes)
        text += fmt::format(
            "| `{}` | {} | {} | {} |\n",
            symbol(c.kind),
            headline(c),
            model::to_string(c.cost),
            printable(in_a_cell(c.because.empty() || !c.may_run() ? c.blocked : c.because))
        );
    for (const auto& c : plan.changes) {
        if (c.keys.empty()) continue;
        text += fmt::format("\n**{}**\n\n```diff\n", headline(c));
        for (const auto& k : c.keys) {
            const bool both = !k.is_secret && k.before && k.after;
            const auto key = printable(k.key);
            if (both)
                text += fmt::format("- {}: {}\n+ {}: {}\n", key, quoted(*k.before), key, quoted(*k.after));
            else
                text += fmt::format("{} {}\n", k.before ? "-" : "+", key_line(k, is_create(c.kind)));
        }
        text += "```\n";
    }
    return text + '\n' + summary(plan) + '\n';
}

} // namespace sluice
