#include "model/topic_value.hpp"

#include <set>

namespace sluice::model {

namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

std::set<std::string_view> items(std::string_view list) {
    std::set<std::string_view> all;
    for (;;) {
        const auto comma = list.find(',');
        all.insert(trimmed(list.substr(0, comma)));
        if (comma == std::string_view::npos) return all;
        list.remove_prefix(comma + 1);
    }
}

} // namespace

bool is_same_topic_value(std::string_view a, std::string_view b) {
    return a == b || items(a) == items(b);
}

} // namespace sluice::model
