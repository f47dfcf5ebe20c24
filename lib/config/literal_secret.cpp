#include "config/literal_secret.hpp"

#include <algorithm>

namespace sluice::config {

std::string_view hint_on_literal_secret(std::string_view text) {
    if (!text.starts_with('$')) return {};
    text.remove_prefix(1);
    if (text.starts_with('{') && text.ends_with('}')) text = text.substr(1, text.size() - 2);
    const auto is_of_name = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (text.empty() || !std::ranges::all_of(text, is_of_name)) return {};
    return "; `$NAME` and `${NAME}` are not filled in: did you mean `!env NAME`?";
}

} // namespace sluice::config
