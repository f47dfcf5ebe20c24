#include "debezium/kinds.hpp"

#include "debezium/jdbc_sink.hpp"
#include "debezium/postgres_source.hpp"

#include <array>

namespace sluice::debezium {

std::span<const source_kind> source_kinds() {
    static const std::array kinds{postgres_source()};
    return kinds;
}

std::span<const sink_kind> sink_kinds() {
    static const std::array kinds{jdbc_sink()};
    return kinds;
}

} // namespace sluice::debezium
