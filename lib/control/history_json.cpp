#include "control/history_json.hpp"

#include "base/instant.hpp"
#include "base/json_fields.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sluice::control {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_text = 2048;
constexpr std::size_t longest_value = 256;
constexpr std::size_t most_keys = 100;
constexpr std::string_view cut_mark = "…";

// Error texts of libraries may hold bytes of another encoding; they are read back as they were.
json::parse_options any_bytes() {
    json::parse_options options;
    options.allow_invalid_utf8 = true;
    return options;
}

bool is_inside_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::string cut(const std::string& text, std::size_t longest) {
    if (text.size() <= longest) return text;
    auto end = longest - cut_mark.size();
    while (end > 0 && is_inside_character(text[end])) --end;
    return text.substr(0, end) + std::string(cut_mark);
}

void put(json::object& into, std::string_view key, const std::string& text) {
    if (!text.empty()) into[key] = cut(text, longest_text);
}

json::object key_json(const model::key_change& key) {
    json::object out{{"key", cut(key.key, longest_value)}};
    if (key.is_secret) {
        out["secret"] = true;
        return out;
    }
    if (key.before) out["before"] = cut(*key.before, longest_value);
    if (key.after) out["after"] = cut(*key.after, longest_value);
    return out;
}

std::optional<std::string> text_if(const json::object& object, std::string_view key) {
    return object.contains(key) ? std::optional(text_of(object, key)) : std::nullopt;
}

std::optional<history_kind> kind_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(history_kind::dropped); ++i)
        if (const auto kind = static_cast<history_kind>(i); to_string(kind) == word) return kind;
    return std::nullopt;
}

std::vector<model::key_change> keys_from(const json::object& event) {
    std::vector<model::key_change> keys;
    for (const auto& value : array_of(event, "keys")) {
        if (!value.is_object()) continue;
        const auto& one = value.as_object();
        model::key_change key;
        key.key = text_of(one, "key");
        key.is_secret = one.contains("secret");
        key.before = text_if(one, "before");
        key.after = text_if(one, "after");
        keys.push_back(std::move(key));
    }
    return keys;
}

} // namespace

std::string_view to_string(history_kind kind) {
    switch (kind) {
    case history_kind::started: return "started";
    case history_kind::stopped: return "stopped";
    case history_kind::reload: return "reload";
    case history_kind::dependency: return "dependency";
    case history_kind::login: return "login";
    case history_kind::connector: return "connector";
    case history_kind::task: return "task";
    case history_kind::status: return "status";
    case history_kind::finding: return "finding";
    case history_kind::moved: return "moved";
    case history_kind::version: return "version";
    case history_kind::undeclared: return "undeclared";
    case history_kind::planned: return "planned";
    case history_kind::action: return "action";
    case history_kind::hold: return "hold";
    case history_kind::operation: return "operation";
    case history_kind::secret: return "secret";
    case history_kind::dropped: return "dropped";
    }
    return "unknown";
}

json::object to_json(const history_event& event) {
    json::object out{{"at", to_rfc3339(event.at)}, {"kind", to_string(event.kind)}};
    put(out, "pipeline", event.pipeline);
    put(out, "subject", event.subject);
    put(out, "what", event.what);
    put(out, "before", event.before);
    put(out, "after", event.after);
    if (!event.keys.empty()) {
        json::array keys;
        const auto shown = std::min(event.keys.size(), most_keys);
        for (std::size_t i = 0; i < shown; ++i) keys.emplace_back(key_json(event.keys[i]));
        out["keys"] = std::move(keys);
        if (shown < event.keys.size()) out["keys_left_out"] = event.keys.size() - shown;
    }
    put(out, "why", event.why);
    put(out, "answer", event.answer);
    put(out, "who", event.who);
    if (event.times != 1) out["times"] = event.times;
    if (event.took != milliseconds(0)) out["took_ms"] = event.took.count();
    return out;
}

std::string to_line(const history_event& event) {
    return json::serialize(to_json(event)) + '\n';
}

std::optional<history_event> event_from(std::string_view line) {
    boost::system::error_code ec;
    const auto value = json::parse(line, ec, {}, any_bytes());
    if (ec || !value.is_object()) return std::nullopt;
    return event_from(value.as_object());
}

std::optional<history_event> event_from(const json::object& object) {
    const auto at = parse_rfc3339(text_of(object, "at"));
    const auto kind = kind_from(text_of(object, "kind"));
    if (!at || !kind) return std::nullopt;
    history_event event;
    event.at = *at;
    event.kind = *kind;
    event.pipeline = text_of(object, "pipeline");
    event.subject = text_of(object, "subject");
    event.what = text_of(object, "what");
    event.before = text_of(object, "before");
    event.after = text_of(object, "after");
    event.keys = keys_from(object);
    event.why = text_of(object, "why");
    event.answer = text_of(object, "answer");
    event.who = text_of(object, "who");
    constexpr std::int64_t most = 0xFFFF'FFFF;
    if (object.contains("times"))
        event.times =
            static_cast<std::uint32_t>(std::clamp<std::int64_t>(number_of(object, "times"), 0, most));
    event.took = milliseconds(number_of(object, "took_ms"));
    return event;
}

json::object to_json(const history_page& page) {
    json::array events;
    for (const auto& event : page.events) events.emplace_back(to_json(event));
    return {{"events", std::move(events)}, {"more", page.more}};
}

history_page page_from(const json::object& document) {
    history_page page;
    for (const auto& value : document.at("events").as_array())
        if (auto event = event_from(value.as_object())) page.events.push_back(std::move(*event));
    page.more = document.at("more").as_bool();
    return page;
}

} // namespace sluice::control
