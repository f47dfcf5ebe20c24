#include "config/report.hpp"

#include "base/sensitive.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::config {

namespace {

constexpr std::size_t longest_message = 2'000; // names that break every rule may be in it
constexpr std::size_t most_of_a_kind = 100;    // nobody reads more, and a hostile file could ask for 100,000

} // namespace

void report::add(diagnostic::kind level, place at, std::string message, source_text::extent shown) {
    auto& count = level == diagnostic::kind::error ? errors_ : warnings_;
    if (++count > most_of_a_kind) return;
    auto excerpt = text_.excerpt(at, shown);
    auto said = printable(std::string_view(message).substr(0, longest_message));
    diagnostic told{level, file_, at.line, at.column, std::move(said), std::move(excerpt)};
    diagnostics_.emplace(at, std::move(told));
}

void report::error(place at, std::string message) {
    add(diagnostic::kind::error, at, std::move(message), source_text::extent::line);
}

void report::warning(place at, std::string message) {
    add(diagnostic::kind::warning, at, std::move(message), source_text::extent::line);
}

void report::key_error(place at, std::string message) {
    add(diagnostic::kind::error, at, std::move(message), source_text::extent::up_to_key_end);
}

bool report::has_error_at(place at) const {
    const auto [first, last] = diagnostics_.equal_range(at);
    return std::any_of(first, last, [](const auto& told) {
        return told.second.level == diagnostic::kind::error;
    });
}

void report::hand_over(loaded& to) {
    for (auto& [at, told] : diagnostics_) to.diagnostics.push_back(std::move(told));
    if (errors_ > most_of_a_kind || warnings_ > most_of_a_kind) {
        const auto more = fmt::format("only the first {} errors and warnings are shown", most_of_a_kind);
        to.diagnostics.push_back({diagnostic::kind::warning, file_, 0, 0, more, {}});
    }
    to.secrets = std::move(secrets_);
    to.secret_files = std::move(secret_files_);
}

std::string quote(std::string_view text) {
    return may_hold_secret(text) ? "this value" : quote_key(text);
}

std::string quote_key(std::string_view text) {
    constexpr std::size_t longest = 60;
    const auto shown = printable(text.substr(0, longest));
    if (text.size() <= longest) return fmt::format("`{}`", shown);
    return fmt::format("`{}…`", shown);
}

} // namespace sluice::config
