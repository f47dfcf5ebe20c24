#include "http/operation_json.hpp"

#include "base/json_fields.hpp"
#include "base/units.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>

#include <algorithm>

namespace sluice::http {

namespace json = boost::json;

namespace {

constexpr std::size_t longest_text = 300;
constexpr milliseconds longest_override = std::chrono::hours(24 * 366);

json::array texts(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

std::vector<std::string> texts_in(const json::object& document, std::string_view key) {
    return json::value_to<std::vector<std::string>>(document.at(key));
}

} // namespace

bool is_one_line(std::string_view text) {
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
    return text.size() <= longest_text && std::ranges::none_of(text, is_control);
}

json::object to_json(const control::operation_request& request) {
    json::object out{
        {"op", control::to_string(request.what)},
        {"name", request.name},
        {"reason", request.reason},
        {"who", request.who},
    };
    if (request.lasts) out["for"] = format_duration(*request.lasts);
    if (request.all) out["all"] = true;
    return out;
}

result<control::operation_request>
operation_request_from(control::operation what, const json::object& asked) {
    control::operation_request request;
    request.what = what;
    request.name = text_of(asked, "name");
    request.reason = text_of(asked, "reason");
    request.who = text_of(asked, "who");
    request.all = flag_of(asked, "all");
    for (const auto* text : {&request.name, &request.reason, &request.who})
        if (!is_one_line(*text))
            return fail(
                errc::invalid,
                "read the request",
                {},
                "a name, reason or user is one line of 300 bytes at most"
            );
    if (!asked.contains("for")) return request;
    const auto lasts = parse_duration(text_of(asked, "for"));
    if (!lasts) return std::unexpected(lasts.error());
    if (lasts->count() <= 0 || *lasts > longest_override)
        return fail(errc::invalid, "read the request", {}, "`for` is more than nothing and at most 366d");
    request.lasts = *lasts;
    return request;
}

json::object to_json(const control::operation_outcome& outcome) {
    return {
        {"said", texts(outcome.said)},
        {"problems", texts(outcome.problems)},
        {"connectors", texts(outcome.connectors)},
    };
}

control::operation_outcome operation_outcome_from(const json::object& document) {
    return {texts_in(document, "said"), texts_in(document, "problems"), texts_in(document, "connectors")};
}

} // namespace sluice::http
