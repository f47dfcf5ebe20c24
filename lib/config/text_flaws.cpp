#include "config/text_flaws.hpp"

#include "config/utf8.hpp"

#include <fmt/format.h>

#include <optional>

namespace sluice::config {

namespace {

std::optional<text_flaw> flawed_character(int line_number, std::string_view line) {
    const auto length = line.size();
    while (!line.empty()) {
        const place at{line_number, static_cast<int>(length - line.size()) + 1};
        const auto character = take_character(line);
        if (!character) return text_flaw{at, "this is not UTF-8; save the file as UTF-8"};
        if (*character == '\r')
            return text_flaw{at, "a carriage return inside a line; end lines with a newline"};
        if (is_control(*character))
            return text_flaw{at, fmt::format("control character U+{:04X}; remove it", *character)};
    }
    return std::nullopt;
}

std::optional<text_flaw> tab_in_indentation(int line_number, std::string_view line) {
    const auto start = line.find_first_not_of(" \t");
    const auto tab = line.find('\t');
    const bool indents = start != std::string_view::npos && line[start] != '#' && tab < start;
    if (!indents) return std::nullopt;
    return text_flaw{{line_number, static_cast<int>(tab) + 1}, "a tab in the indentation; YAML wants spaces"};
}

} // namespace

std::vector<text_flaw> find_flaws(const source_text& text) {
    std::vector<text_flaw> flaws;
    for (int number = 1; const auto line : text.lines()) {
        if (auto flaw = flawed_character(number, line)) return {*std::move(flaw)};
        if (auto flaw = tab_in_indentation(number, line)) flaws.push_back(*std::move(flaw));
        ++number;
    }
    return flaws;
}

} // namespace sluice::config
