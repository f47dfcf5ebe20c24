#include "config/source_text.hpp"

#include "base/sensitive.hpp"
#include "config/utf8.hpp"

#include <algorithm>
#include <optional>

namespace sluice::config {

namespace {

constexpr std::size_t longest_excerpt = 200;

std::vector<std::string_view> split_lines(std::string_view text) {
    std::vector<std::string_view> lines;
    for (;;) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.push_back(line);
        if (end == std::string_view::npos) return lines;
        text.remove_prefix(end + 1);
    }
}

std::size_t indentation(std::string_view line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
}

/// Of `password: !env NAME   # remark` the part before the remark: it names a secret and holds none.
std::optional<std::string_view> reference_part(std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    const auto start = line.find_first_not_of(' ', colon + 1);
    if (start == std::string_view::npos) return std::nullopt;
    const auto value = line.substr(start);
    if (!value.starts_with("!env ") && !value.starts_with("!file ")) return std::nullopt;
    const auto name = value.find_first_not_of(' ', value.find(' '));
    if (name == std::string_view::npos) return std::nullopt;
    const auto end = std::min(value.find(' ', name), value.size());
    const auto remark = value.find_first_not_of(' ', end);
    const bool goes_on = remark != std::string_view::npos && value[remark] != '#';
    const bool is_flow = value.find_first_of(",{}[]\"'") < end || line.find('{') < colon;
    if (goes_on || is_flow) return std::nullopt;
    return line.substr(0, start + end);
}

bool has_open_quote(std::string_view line) {
    line = line.substr(0, line.find(" #"));
    return std::ranges::count(line, '"') % 2 != 0 || std::ranges::count(line, '\'') % 2 != 0;
}

} // namespace

source_text::source_text(std::string_view text) : text_(text) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text_.starts_with(byte_order_mark)) text_.remove_prefix(byte_order_mark.size());
    lines_ = split_lines(text_);
    find_hidden_lines();
}

// A sensitive line hides itself and what may continue it: deeper lines (block and folded texts) and, where a
// quote stays open, all that follows.
void source_text::find_hidden_lines() {
    hidden_.assign(lines_.size(), false);
    std::optional<std::size_t> under; // indentation of the sensitive line that may still go on
    bool open_quote = false;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
        const auto line = lines_[i];
        const auto indent = indentation(line);
        const bool is_item = indent < line.size() && line[indent] == '-';
        const bool goes_on = under && (is_blank(line) || indent > *under || (is_item && indent == *under));
        if (open_quote || goes_on) {
            hidden_[i] = true;
            continue;
        }
        under.reset();
        if (!may_hold_secret(line)) continue;
        hidden_[i] = !reference_part(line);
        const bool is_remark = indent < line.size() && line[indent] == '#';
        if (is_remark) continue;
        under = indent;
        open_quote = has_open_quote(line);
    }
}

std::string_view source_text::shown_part(place at, extent how_much) const {
    const auto index = static_cast<std::size_t>(at.line) - 1;
    const auto line = lines_[index];
    const auto start = static_cast<std::size_t>(at.column) - 1;
    if (how_much == extent::up_to_key_end && start <= line.size()) {
        const auto key = line.substr(0, line.find(':', start));
        if (is_blank(line.substr(0, start)) || !hidden_[index]) return key;
    }
    if (hidden_[index]) return {};
    if (may_hold_secret(line)) return reference_part(line).value_or(std::string_view{});
    return line;
}

std::string source_text::excerpt(place at, extent how_much) const {
    if (at.line < 1 || at.column < 1 || static_cast<std::size_t>(at.line) > lines_.size()) return {};
    const auto line = shown_part(at, how_much);
    const bool is_useful =
        line.size() <= longest_excerpt && static_cast<std::size_t>(at.column) <= line.size() + 1;
    return is_useful ? printable(line) : std::string{};
}

std::string printable(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        auto rest = text;
        const auto character = take_character(rest);
        const bool is_shown = character && !is_control(*character);
        if (is_shown)
            clean += text.substr(0, text.size() - rest.size());
        else
            clean += '?';
        text.remove_prefix(is_shown ? text.size() - rest.size() : 1);
    }
    return clean;
}

} // namespace sluice::config
