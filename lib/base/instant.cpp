#include "base/instant.hpp"

#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace sluice {

namespace {

using std::chrono::minutes;
using std::chrono::nanoseconds;

// What the clock's 64 bits of nanoseconds can hold, in whole days.
const wall_time earliest = std::chrono::sys_days(std::chrono::year(1678) / 1 / 1);
const wall_time latest = std::chrono::sys_days(std::chrono::year(2262) / 1 / 1);

/// Takes pieces off the front of a text; once one does not fit, nothing fits any more.
class pieces {
public:
    explicit pieces(std::string_view text) : rest_(text) {}

    int digits(std::size_t count, int least, int most) {
        int number = 0;
        const auto part = take(count);
        const auto [end, ec] = std::from_chars(part.data(), part.data() + part.size(), number);
        const bool whole = ec == std::errc() && end == part.data() + part.size();
        fits_ = fits_ && whole && !part.starts_with('-') && number >= least && number <= most;
        return number;
    }

    char one_of(std::string_view choices) {
        const auto part = take(1);
        fits_ = fits_ && choices.find(part) != std::string_view::npos && !part.empty();
        return fits_ ? part.front() : '\0';
    }

    nanoseconds fraction() {
        if (!rest_.starts_with('.')) return {};
        take(1);
        std::string shown;
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') shown += take(1);
        fits_ = fits_ && !shown.empty() && shown.size() <= 9;
        if (!fits_) return {};
        shown.resize(9, '0');
        return nanoseconds(std::stoll(shown));
    }

    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    std::string_view take(std::size_t count) {
        if (rest_.size() < count) {
            fits_ = false;
            return {};
        }
        const auto part = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return part;
    }

    std::string_view rest_;
    bool fits_ = true;
};

minutes offset(pieces& text) {
    const char sign = text.one_of("Zz+-");
    if (sign != '+' && sign != '-') return {};
    const int hours = text.digits(2, 0, 23);
    text.one_of(":");
    const minutes shift(hours * 60 + text.digits(2, 0, 59));
    return sign == '-' ? -shift : shift;
}

std::optional<wall_time> read(std::string_view written) {
    namespace chrono = std::chrono;
    pieces text(written);
    const chrono::year year(text.digits(4, 1678, 2261));
    text.one_of("-");
    const chrono::month month(static_cast<unsigned>(text.digits(2, 1, 12)));
    text.one_of("-");
    const chrono::day day(static_cast<unsigned>(text.digits(2, 1, 31)));
    text.one_of("Tt ");
    const chrono::hours hour(text.digits(2, 0, 23));
    text.one_of(":");
    const minutes minute(text.digits(2, 0, 59));
    text.one_of(":");
    const chrono::seconds second(text.digits(2, 0, 60)); // 60: a leap second
    const auto fraction = text.fraction();
    const auto shift = offset(text);
    const auto date = year / month / day;
    if (!text.fits() || !text.at_end() || !date.ok()) return std::nullopt;
    return wall_time(chrono::sys_days(date)) + hour + minute + second + fraction - shift;
}

} // namespace

std::string to_rfc3339(wall_time t) {
    namespace chrono = std::chrono;
    t = std::clamp(t, earliest, latest);
    const auto day = chrono::floor<chrono::days>(t);
    const chrono::year_month_day date(day);
    const chrono::hh_mm_ss time(chrono::floor<milliseconds>(t - day));
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        time.hours().count(),
        time.minutes().count(),
        time.seconds().count(),
        time.subseconds().count()
    );
}

result<wall_time> parse_rfc3339(std::string_view text) {
    if (const auto time = read(text)) return *time;
    return fail(errc::invalid, "read the time", std::string(text), "write it like 2026-11-23T18:27:50Z");
}

result<wall_time> parse_instant(std::string_view text, wall_time now) {
    if (const auto ago = parse_duration(text)) {
        using std::chrono::floor; // in milliseconds: so long a time has too many nanoseconds
        const auto since_earliest =
            floor<milliseconds>(now).time_since_epoch() - floor<milliseconds>(earliest).time_since_epoch();
        return now - std::min(*ago, since_earliest);
    }
    if (const auto time = read(text)) return *time;
    return fail(
        errc::invalid,
        "read the time",
        std::string(text),
        "write how long ago, like 2h or 30m, or a time like 2026-11-23T18:27:50Z"
    );
}

} // namespace sluice
