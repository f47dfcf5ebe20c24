#pragma once
// What it costs to change a key in the config of a connector that exists. Pure; the tables live beside the
// connector types (postgres_source.cpp, jdbc_sink.cpp), those of Connect itself in consequence.cpp.
//
// Asked by key alone, the answer is the worst that the key can do; asked with both values, it may be milder:
// a table added to `table.include.list` restarts the tasks, a table taken away leaves a gap.

#include "model/desired.hpp"
#include "model/plan.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::debezium {

/// Unknown keys: `task_restart` for plain connectors, `event_shape` for sources and sinks.
model::consequence consequence_of(model::connector_role role, std::string_view key);
model::consequence consequence_of(model::connector_role role, const model::key_change& change);

/// The consequence of a key that a table names; absent for an unknown key.
std::optional<model::consequence> known_consequence(model::connector_role role, std::string_view key);

/// Keys that say *which* slot, topics, database or tables a connector works on. Such a change is not carried
/// out on an existing connector: the reason in one sentence, with the way out. Absent: not blocked.
/// With both values, a key that is written out with the default it had before is no change.
std::optional<std::string> blocked_change(model::connector_role role, std::string_view key);
std::optional<std::string> blocked_change(model::connector_role role, const model::key_change& change);

} // namespace sluice::debezium
