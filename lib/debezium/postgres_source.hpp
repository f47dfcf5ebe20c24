#pragma once
// type: debezium-postgres. Debezium's source connector for PostgreSQL, 2.7 and 3.

#include "debezium/kinds.hpp"

namespace sluice::debezium {

source_kind postgres_source();

/// The keys that the file has for it; the rest of its config is left to `config:` and `omit:`. Absent: it
/// lacks what a source of a pipeline needs.
std::optional<model::source> recognise_postgres(const observed_config& config); // recognise_postgres.cpp

} // namespace sluice::debezium
