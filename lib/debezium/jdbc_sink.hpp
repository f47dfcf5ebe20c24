#pragma once
// type: debezium-jdbc. Debezium's JDBC sink connector, 2.7 and 3, writing to PostgreSQL.

#include "debezium/kinds.hpp"

namespace sluice::debezium {

sink_kind jdbc_sink();

} // namespace sluice::debezium
