#pragma once
// A table that is added to a source that runs is read from then on: what it holds already is copied by no
// snapshot, and nothing ever says so.

#include "model/desired.hpp"
#include "model/plan.hpp"

#include <string>
#include <vector>

namespace sluice::decide {

/// The tables that this change of a source's config adds and no snapshot copies; else none.
std::vector<std::string>
tables_not_copied(const model::desired_connector& wanted, const std::vector<model::key_change>& keys);

/// One sentence; empty without tables.
std::string what_is_not_copied(const std::vector<std::string>& tables);

} // namespace sluice::decide
