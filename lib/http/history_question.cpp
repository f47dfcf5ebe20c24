#include "http/history_question.hpp"

#include "base/instant.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::http {

namespace {

constexpr std::size_t usual_events = 100;

result<std::size_t> read_limit(const std::string& text) {
    std::size_t limit = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), limit);
    const bool is_number = ec == std::errc() && end == text.data() + text.size();
    if (is_number && limit >= 1 && limit <= most_events_asked_for) return limit;
    return fail(
        errc::invalid, "read `limit`", text, fmt::format("write a number from 1 to {}", most_events_asked_for)
    );
}

} // namespace

result<control::history_query> read_question(const history_question& asked, wall_time now) {
    control::history_query wanted;
    wanted.limit = usual_events;
    wanted.pipeline = asked.pipeline.value_or("");
    if (asked.since) {
        const auto time = parse_instant(*asked.since, now);
        if (!time) return std::unexpected(time.error());
        wanted.since = *time;
    }
    if (asked.limit) {
        const auto number = read_limit(*asked.limit);
        if (!number) return std::unexpected(number.error());
        wanted.limit = *number;
    }
    return wanted;
}

history_question as_question(const control::history_query& wanted) {
    history_question asked;
    if (!wanted.pipeline.empty()) asked.pipeline = wanted.pipeline;
    if (wanted.since != wall_time{}) asked.since = to_rfc3339(wanted.since);
    asked.limit = std::to_string(std::clamp<std::size_t>(wanted.limit, 1, most_events_asked_for));
    return asked;
}

} // namespace sluice::http
