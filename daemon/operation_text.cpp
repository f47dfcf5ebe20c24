#include "operation_text.hpp"

#include "base/json_fields.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace json = boost::json;

std::vector<std::string>
not_there_yet(const json::object& status, const std::vector<std::string>& connectors) {
    std::vector<std::string> late;
    for (const auto& pipeline : array_of(status, "pipelines"))
        for (const auto& value : array_of(pipeline.as_object(), "links")) {
            const auto& link = value.as_object();
            const auto name = text_of(link, "connector");
            const auto state = text_of(link, "state");
            const bool concerns = std::ranges::find(connectors, name) != connectors.end();
            if (!concerns || state == text_of(link, "target") || state == "missing") continue;
            late.push_back(fmt::format("{} is {}", name, state));
        }
    return late;
}

bool connect_is_away(const json::object& status) {
    return std::ranges::any_of(array_of(status, "dependencies"), [](const json::value& value) {
        const auto& dependency = value.as_object();
        return text_of(dependency, "kind") == "connect" && dependency.at("up") == false;
    });
}

} // namespace sluice
