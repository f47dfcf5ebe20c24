// `reconcile.freeze:`: when the daemon changes nothing.
#include "config/sections.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <variant>

namespace sluice::config {

namespace {

using std::chrono::minutes;

/// What `from` and `to` may say.
using point = std::variant<minutes, local_minutes>;

constexpr std::array<std::pair<std::string_view, unsigned>, 7> days_of_the_week{{
    {"mon", 1},
    {"tue", 2},
    {"wed", 3},
    {"thu", 4},
    {"fri", 5},
    {"sat", 6},
    {"sun", 7},
}};

/// Exactly as many digits as the text has.
std::optional<unsigned> number(std::string_view text) {
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<minutes> parse_time_of_day(std::string_view text) {
    if (text.size() != 5 || text[2] != ':') return std::nullopt;
    const auto hour = number(text.substr(0, 2));
    const auto minute = number(text.substr(3));
    if (!hour || !minute || *minute > 59) return std::nullopt;
    const auto time = std::chrono::hours(*hour) + minutes(*minute);
    if (time > std::chrono::hours(24)) return std::nullopt;
    return time;
}

std::optional<local_minutes> parse_date_and_time(std::string_view text) {
    if (text.size() != 16 || text[4] != '-' || text[7] != '-' || text[10] != 'T') return std::nullopt;
    const auto year = number(text.substr(0, 4));
    const auto month = number(text.substr(5, 2));
    const auto day = number(text.substr(8, 2));
    const auto time = parse_time_of_day(text.substr(11));
    if (!year || !month || !day || !time) return std::nullopt;
    const std::chrono::year_month_day date(
        std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month), std::chrono::day(*day)
    );
    if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
    return std::chrono::local_days(date) + *time;
}

std::optional<point> parse_point(std::string_view text) {
    if (const auto time = parse_time_of_day(text)) return *time;
    if (const auto instant = parse_date_and_time(text)) return *instant;
    return std::nullopt;
}

constexpr rule time_point{
    "a time",
    "HH:MM for a freeze of every day, such as 22:00, or YYYY-MM-DDTHH:MM for a single one, such as "
    "2026-12-20T18:00",
    [](std::string_view text) { return parse_point(text).has_value(); }
};

constexpr rule zone_name{
    "the name of a time zone",
    "a name of tzdata, such as Europe/Berlin or UTC",
    [](std::string_view text) { return rules::any_text.holds(text); }
};

std::optional<point> read_point(const setting& from) {
    std::string text;
    from.required().read(text, time_point);
    return parse_point(text);
}

void read_zone(decoding& d, const setting& from, std::string& to) {
    std::string name;
    from.read(name, zone_name);
    if (name.empty()) return;
    if (const auto zone = time_zone::find(name); !zone)
        d.out.error(from.at(), fmt::format("`zone`: {}", zone.error().detail));
    to = std::move(name);
}

void read_day(decoding& d, const node& entry, std::set<unsigned>& to) {
    const wanted w{"an entry of `days`", "mon | tue | wed | thu | fri | sat | sun"};
    const auto s = read_scalar(d, entry, w);
    if (!s) return;
    const auto* const found =
        std::ranges::find(days_of_the_week, s->text, &std::pair<std::string_view, unsigned>::first);
    if (found == days_of_the_week.end())
        d.out.error(s->at, fmt::format("{}: {} is not known; expected {}", w.what, s->shown, w.expected));
    else if (!to.insert(found->second).second)
        d.out.error(s->at, fmt::format("{}: {} is there already; remove one", w.what, s->shown));
}

std::set<unsigned> read_days(decoding& d, const setting& from) {
    std::set<unsigned> days;
    for (const auto& entry : from.items("sat, sun")) read_day(d, entry, days);
    return days;
}

std::optional<model::daily_freeze>
daily(decoding& d, const mapping& in, minutes from, minutes to, const std::set<unsigned>& days) {
    if (from == std::chrono::hours(24)) {
        d.out.error(in["from"].at(), "`from`: 24:00 is the end of a day; expected 00:00 to 23:59");
        return std::nullopt;
    }
    model::daily_freeze window;
    window.from = from;
    window.to = to;
    if (in["days"].given()) window.days = days;
    return window;
}

std::optional<model::single_freeze>
single(decoding& d, const mapping& in, local_minutes from, local_minutes to) {
    if (in["days"].given())
        d.out.error(
            in["days"].at(), "`days` goes with HH:MM only: a freeze with a date comes once; remove it"
        );
    if (to > from) return model::single_freeze{from, to};
    d.out.error(in["to"].at(), "`to` is not after `from`");
    return std::nullopt;
}

} // namespace

void read_freeze(decoding& d, const node& entry, std::vector<model::freeze_window>& to) {
    if (entry.kind != node_kind::mapping) {
        if (entry.kind != node_kind::broken)
            d.out.error(
                entry.at,
                fmt::format(
                    "an entry of `freeze` {}; expected a mapping such as {{from: 22:00, to: 06:00}}",
                    predicate_of(entry.kind)
                )
            );
        return;
    }
    const mapping in(d, entry, schema::freeze);
    const auto from = read_point(in["from"]);
    const auto until = read_point(in["to"]);
    const auto days = read_days(d, in["days"]);
    model::freeze_window window;
    read_zone(d, in["zone"], window.zone);
    if (!from || !until) return;
    if (from->index() != until->index()) {
        d.out.error(
            in["to"].at(),
            "`to` is not written as `from` is; expected both as HH:MM or both as YYYY-MM-DDTHH:MM"
        );
        return;
    }
    if (const auto* time = std::get_if<minutes>(&*from))
        window.daily = daily(d, in, *time, std::get<minutes>(*until), days);
    else
        window.once = single(d, in, std::get<local_minutes>(*from), std::get<local_minutes>(*until));
    if (window.daily || window.once) to.push_back(std::move(window));
}

} // namespace sluice::config
