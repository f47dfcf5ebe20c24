#include "postgres/login_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

namespace sluice::postgres {

namespace {

struct server_answer {
    std::string_view sqlstate;
    std::string_view words;
};

bool is_sqlstate(std::string_view text) {
    const auto fits = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    return text.size() == 5 && std::all_of(text.begin(), text.end(), fits);
}

/// "FATAL:  28P01: words", with any word for FATAL and anything before it.
std::optional<server_answer> answer_in(std::string_view line) {
    constexpr std::string_view mark = ":  ";
    for (auto at = line.find(mark); at != std::string_view::npos; at = line.find(mark, at + 1)) {
        const auto rest = line.substr(at + mark.size());
        if (rest.size() > 7 && is_sqlstate(rest.substr(0, 5)) && rest.substr(5, 2) == ": ") {
            return server_answer{rest.substr(0, 5), rest.substr(7)};
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) lines.push_back(text.substr(0, end));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return lines;
}

errc code_of(std::string_view sqlstate) {
    if (sqlstate.starts_with("28")) return errc::unauthorized; // wrong password, no such role, pg_hba.conf
    if (sqlstate == "42501") return errc::unauthorized;        // no right to connect to this database
    if (sqlstate == "3D000") return errc::not_found;
    return errc::server_error;
}

/// Without `connection to server at "h" (127.0.0.1), port 5432 failed: `, which the error's subject says.
std::string_view trouble_in(std::string_view line) {
    constexpr std::string_view mark = " failed: ";
    const auto at = line.find(mark);
    return at == std::string_view::npos ? line : line.substr(at + mark.size());
}

} // namespace

login_failure read_login_failure(std::string_view text) {
    std::optional<server_answer> answer;
    std::string trouble;
    for (const auto line : lines_of(text)) {
        if (const auto found = answer_in(line))
            answer = found;
        else if (trouble.empty())
            trouble = trouble_in(line);
    }
    if (answer) return {code_of(answer->sqlstate), fmt::format("{} ({})", answer->words, answer->sqlstate)};
    const bool lacks_password = text.find("no password supplied") != std::string_view::npos;
    return {lacks_password ? errc::unauthorized : errc::unreachable, trouble};
}

} // namespace sluice::postgres
