#include "unknown_pipeline.hpp"

#include "base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

std::optional<std::string> unknown_pipeline(const std::string& named, const std::vector<std::string>& known) {
    if (named.empty() || std::ranges::find(known, named) != known.end()) return std::nullopt;
    const auto meant = nearest(named, known);
    return fmt::format("no pipeline is called {}{}", named, meant ? "; did you mean " + *meant + '?' : "");
}

std::optional<std::string> unknown_in_history(
    const std::string& named, std::vector<std::string> declared, const control::history_page& page
) {
    if (declared.empty()) return std::nullopt;
    for (const auto& event : page.events) declared.push_back(event.pipeline);
    return unknown_pipeline(named, declared);
}

} // namespace sluice
