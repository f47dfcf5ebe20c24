#pragma once
// type: debezium-jdbc. Debezium's JDBC sink connector, 2.7 and 3, writing to PostgreSQL.

#include "debezium/kinds.hpp"

namespace sluice::debezium {

sink_kind jdbc_sink();

/// As of a source.
std::optional<model::sink> recognise_jdbc(const observed_config& config); // recognise_jdbc.cpp

} // namespace sluice::debezium
