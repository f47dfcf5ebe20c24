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

std::string slot_of(const observed_config& observed) {
    const auto slot = observed_value(observed, "slot.name");
    if (!slot.empty()) return slot;
    for (const auto& kind : source_kinds())
        if (names_class(observed_value(observed, "connector.class"), kind.class_name))
            return std::string(kind.default_slot);
    return {};
}

} // namespace sluice::debezium
