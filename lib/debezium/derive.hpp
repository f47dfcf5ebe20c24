#pragma once
// From a declaration to complete connector configs and topics. Pure.

#include "model/declared.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::debezium {

/// `plugins` is what Connect reports. Names of keys that changed between Debezium 2.7 and 3 are chosen by
/// the version found there; a link whose class is not installed goes to `desired::unresolved`, and its
/// connector has no config but its class. Without plugins (nothing known of Connect yet, or offline) the
/// names of Debezium 3 are used and no class counts as missing: good for showing, not for writing. A sink
/// that cannot work as declared (a JDBC sink of events without schema, a sink that does not know its topics)
/// is unresolved either way.
model::desired
derive(const model::declaration& declared, const std::optional<std::vector<model::connect_plugin>>& plugins);

/// Every class that the declaration names, as if Connect offered it in this version ("2.7"): for looking at a
/// file without Connect.
std::vector<model::connect_plugin>
plugins_as_if(const model::declaration& declared, const std::string& version);

} // namespace sluice::debezium
