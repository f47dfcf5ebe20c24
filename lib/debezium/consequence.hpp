#pragma once
// What it costs to change a key in the config of a connector that exists. Pure; the tables live beside the
// connector types (postgres_source.cpp, jdbc_sink.cpp), those of Connect itself in consequence.cpp.
//
// Asked by key alone, the answer is the worst that the key can do; asked with both values, it may be milder:
// a table added to `table.include.list` restarts the tasks, a table taken away leaves a gap.

#include "debezium/kinds.hpp"
#include "model/desired.hpp"
#include "model/plan.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice::debezium {

/// Unknown keys: `task_restart` for plain connectors, `event_shape` for sources and sinks.
model::consequence consequence_of(model::connector_role role, std::string_view key);
model::consequence consequence_of(model::connector_role role, const model::key_change& change);

/// The keys that every connector has; those of a connector type are in its kind.
std::span<const key_cost> costs_of_connect();

/// The consequence of a key that a table names; absent for an unknown key.
std::optional<model::consequence> known_consequence(model::connector_role role, std::string_view key);

/// Why a key costs more than it seems to: "slot.name decides the replication slot". Empty: nothing to add.
std::string what_it_decides(model::connector_role role, std::string_view key);

/// What else could be done than changing that key on a connector that exists, as a clause. Empty: nothing.
std::string_view instead_of_changing(model::connector_role role, std::string_view key);

} // namespace sluice::debezium
