#include "decide/slice.hpp"

namespace sluice::decide {

std::vector<slice> cut(const model::desired& desired) {
    std::map<std::string, slice> by_pipeline;
    for (const auto& connector : desired.connectors)
        by_pipeline[connector.link.pipeline].connectors.push_back(&connector);
    for (const auto& topic : desired.topics) by_pipeline[topic.pipeline].topics.push_back(&topic);
    for (const auto& [link, reason] : desired.unresolved)
        by_pipeline[link.pipeline].unresolved.emplace(link, reason);
    std::vector<slice> slices;
    for (auto& [pipeline, s] : by_pipeline) {
        s.pipeline = pipeline;
        slices.push_back(std::move(s));
    }
    return slices;
}

} // namespace sluice::decide
