#include "history_text.hpp"

#include "base/instant.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace {

using control::history_event;
using control::history_kind;

std::string from_to(const history_event& event) {
    return event.before.empty() ? event.after : fmt::format("{} → {}", event.before, event.after);
}

std::string action(const history_event& event) {
    auto text = fmt::format("{} by {}: {}", event.what, event.who, event.answer == "ok" ? "ok" : "failed");
    if (event.times > 1) text += fmt::format(", {} times up to here", event.times);
    return text;
}

std::string operation(const history_event& event) {
    auto text = fmt::format("{} by {}", event.what, event.who);
    return event.after.empty() ? text : fmt::format("{} until {}", text, event.after);
}

std::string key_text(const model::key_change& key) {
    if (key.is_secret) return key.key + ": (secret changed)";
    return fmt::format("{}: {} → {}", key.key, key.before.value_or("-"), key.after.value_or("-"));
}

std::string keys_text(const history_event& event) {
    constexpr std::size_t shown = 5;
    const bool is_new = event.what.starts_with("create");
    if (is_new || event.keys.empty()) return {};
    std::string text;
    for (std::size_t i = 0; i < std::min(shown, event.keys.size()); ++i)
        text += (text.empty() ? "" : "; ") + key_text(event.keys[i]);
    if (event.keys.size() > shown) text += fmt::format("; {} more", event.keys.size() - shown);
    return text;
}

colour tint(const history_event& event) {
    switch (event.kind) {
    case history_kind::action: return event.answer == "ok" ? colour::blue : colour::red;
    case history_kind::finding: return event.after == "present" ? colour::yellow : colour::green;
    case history_kind::dropped: return colour::red;
    default: break;
    }
    if (event.after == "failed" || event.after == "away") return colour::red;
    if (event.after == "ok" || event.after == "running" || event.after == "there") return colour::green;
    return colour::plain;
}

} // namespace

std::string headline(const history_event& event) {
    switch (event.kind) {
    case history_kind::started: return "started";
    case history_kind::stopped: return "stopped";
    case history_kind::reload: return event.answer == "ok" ? "file reloaded" : "file refused";
    case history_kind::dependency: return fmt::format("{} {}", event.what, event.after);
    case history_kind::login: return event.after == "there" ? "login works" : "login fails";
    case history_kind::connector: return "connector " + from_to(event);
    case history_kind::task: return fmt::format("task {} {}", event.what, from_to(event));
    case history_kind::status: return "status " + from_to(event);
    case history_kind::finding:
        return fmt::format("{} {}", event.what, event.after == "present" ? "appeared" : "is gone");
    case history_kind::moved: return fmt::format("{} moved {}", event.what, from_to(event));
    case history_kind::version: return fmt::format("{} version {}", event.what, from_to(event));
    case history_kind::undeclared:
        return event.after == "present" ? "not declared, appeared" : "not declared, is gone";
    case history_kind::planned: return fmt::format("{} {}", event.what, from_to(event));
    case history_kind::action: return action(event);
    case history_kind::hold: return fmt::format("hold {}: {}", event.what, event.who);
    case history_kind::operation: return operation(event);
    case history_kind::secret:
        return event.what == "changed" ? "(secret changed)" : "secret file " + event.what;
    case history_kind::dropped: return event.what + " lost";
    }
    return event.what;
}

std::string details(const history_event& event) {
    std::string text;
    const auto add = [&](const std::string& part) {
        if (!part.empty()) text += (text.empty() ? "" : "; ") + part;
    };
    if (event.kind == history_kind::started || event.kind == history_kind::stopped) add(event.what);
    add(keys_text(event));
    add(event.why);
    if (event.kind == history_kind::action && event.answer != "ok") add(event.answer);
    return text;
}

std::string history_as_text(const control::history_page& page, const terminal& out) {
    if (page.events.empty()) return "Nothing has happened.\n";
    table rows({"TIME", "PIPELINE", "SUBJECT", "WHAT", "WHY"});
    for (const auto& event : page.events)
        rows.add({
            {to_rfc3339(event.at), colour::grey},
            {event.pipeline},
            {event.subject},
            {headline(event), tint(event)},
            {details(event)},
        });
    return rows.render(out);
}

} // namespace sluice
