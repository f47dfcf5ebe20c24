#pragma once
// type: debezium-postgres. Debezium's source connector for PostgreSQL, 2.7 and 3.

#include "debezium/kinds.hpp"

namespace sluice::debezium {

source_kind postgres_source();

} // namespace sluice::debezium
