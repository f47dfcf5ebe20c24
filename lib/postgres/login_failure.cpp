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

/// The function of PostgreSQL that looks up the role; its name stands behind LOCATION in every language.
constexpr std::string_view looks_up_role = "InitializeSessionUserId";

/// Whether the same credentials would be refused from anywhere. No entry in pg_hba.conf, or no certificate of
/// ours, says so of this machine only.
errc code_of(std::string_view sqlstate, std::string_view text) {
    if (sqlstate == "28P01") return errc::unauthorized;
    if (sqlstate == "28000" && text.find(looks_up_role) != std::string_view::npos) return errc::unauthorized;
    if (sqlstate.starts_with("28") || sqlstate == "42501") return errc::refused;
    if (sqlstate == "3D000") return errc::not_found;
    return errc::server_error;
}

/// libpq could not use a file that the config names: the server was asked nothing.
bool is_about_own_file(std::string_view text) {
    return text.find("certificate file \"") != std::string_view::npos ||
           text.find("private key file \"") != std::string_view::npos;
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
    if (answer)
        return {code_of(answer->sqlstate, text), fmt::format("{} ({})", answer->words, answer->sqlstate)};
    if (is_about_own_file(text)) return {errc::unsupported, trouble};
    const bool lacks_password = text.find("no password supplied") != std::string_view::npos;
    return {lacks_password ? errc::refused : errc::unreachable, trouble}; // from here one is wanted
}

} // namespace sluice::postgres
