#include "config/load.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::config {

namespace {

/// The blanks that put the caret under the column. One for each character, not byte; tabs were made blanks.
std::size_t characters_before(std::string_view line, int column) {
    const auto bytes = std::min(line.size(), static_cast<std::size_t>(std::max(column, 1) - 1));
    const auto begins_character = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::ranges::count_if(line.substr(0, bytes), begins_character));
}

} // namespace

std::string render(const diagnostic& d) {
    const auto* const level = d.level == diagnostic::kind::error ? "error" : "warning";
    const auto position = d.line > 0 ? fmt::format(":{}:{}", d.line, d.column) : std::string{};
    auto text = fmt::format("{}{}: {}: {}", d.file, position, level, d.message);
    if (d.source_line.empty()) return text;
    auto line = d.source_line;
    std::ranges::replace(line, '\t', ' ');
    const auto caret = std::string(characters_before(line, d.column), ' ') + '^';
    return text + fmt::format("\n{:>5} | {}\n{:>5} | {}", d.line, line, "", caret);
}

} // namespace sluice::config
