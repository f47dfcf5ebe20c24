#include "decide/trace.hpp"

#include <algorithm>

namespace sluice::decide {

namespace {

constexpr std::string_view caused_by = "Caused by: ";

bool is_class_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '$';
}

} // namespace

// Frames, and what was suppressed, are indented by a tab.
std::vector<std::string> causes(std::string_view trace) {
    std::vector<std::string> all;
    for (auto rest = trace; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.starts_with('\t')) continue;
        if (line.starts_with(caused_by))
            all.emplace_back(line.substr(caused_by.size()));
        else if (all.empty())
            all.emplace_back(line);
        else
            (all.back() += '\n') += line;
    }
    return all;
}

std::string root_line(std::string_view trace) {
    std::string_view root;
    for (auto rest = trace; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.starts_with(caused_by))
            root = line.substr(caused_by.size());
        else if (root.empty())
            root = line;
    }
    while (!root.empty() && (root.back() == '\r' || root.back() == ' ')) root.remove_suffix(1);
    return std::string(root);
}

std::string root_class(std::string_view trace) {
    const auto line = root_line(trace);
    const auto end =
        static_cast<std::size_t>(std::ranges::find_if_not(line, is_class_character) - line.begin());
    const auto name = std::string_view(line).substr(0, end);
    if (name.find('.') == std::string_view::npos) return {};
    return std::string(name.substr(name.rfind('.') + 1));
}

std::string failure_cause(const model::connector_status& status) {
    for (const auto& task : status.tasks)
        if (task.state == model::connector_state::failed) return root_line(task.trace);
    return status.state == model::connector_state::failed ? root_line(status.trace) : std::string();
}

} // namespace sluice::decide
