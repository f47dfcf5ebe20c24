#include "debezium/kinds.hpp"

#include "debezium/jdbc_sink.hpp"
#include "debezium/postgres_source.hpp"

#include <array>
#include <string>

namespace sluice::debezium {

std::span<const source_kind> source_kinds() {
    static const std::array kinds{postgres_source()};
    return kinds;
}

std::span<const sink_kind> sink_kinds() {
    static const std::array kinds{jdbc_sink()};
    return kinds;
}

std::string slot_of(const std::map<std::string, std::string>& observed) {
    const auto written = [&](const std::string& key) {
        const auto found = observed.find(key);
        return found == observed.end() ? std::string() : found->second;
    };
    const auto slot = written("slot.name");
    if (!slot.empty()) return slot;
    for (const auto& kind : source_kinds())
        if (kind.class_name == written("connector.class")) return std::string(kind.default_slot);
    return {};
}

} // namespace sluice::debezium
