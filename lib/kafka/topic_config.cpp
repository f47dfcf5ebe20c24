#include "kafka/topic_config.hpp"

#include "model/topic_value.hpp"

#include <fmt/format.h>

namespace sluice::kafka {

result<std::map<std::string, std::string>>
merge_config(const topic_config& current, const std::map<std::string, std::string>& changes) {
    auto merged = changes;
    for (const auto& [key, entry] : current) {
        const bool must_be_kept = !entry.is_default && !entry.read_only && !changes.contains(key);
        if (!must_be_kept) continue;
        if (entry.sensitive) {
            return fail(
                errc::refused,
                "change the config",
                {},
                fmt::format(
                    "its entry {} is sensitive: the broker does not show it, and this change would reset it; "
                    "change "
                    "the topic with kafka-configs.sh --alter, which leaves other entries alone",
                    key
                )
            );
        }
        merged.emplace(key, entry.value);
    }
    return merged;
}

std::string first_difference(const topic_config& current, const std::map<std::string, std::string>& written) {
    for (const auto& [key, value] : written) {
        const auto found = current.find(key);
        if (found == current.end() || !model::is_same_topic_value(found->second.value, value)) return key;
    }
    return {};
}

} // namespace sluice::kafka
