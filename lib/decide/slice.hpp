#pragma once
// decide works on one pipeline at a time: a slice is what one pipeline desires. What crosses pipelines (whose
// slot is whose, what nobody declares) looks at the whole in a second step.

#include "model/desired.hpp"

#include <map>
#include <string>
#include <vector>

namespace sluice::decide {

/// Points into the `desired` that it was cut from.
struct slice {
    std::string pipeline;
    std::vector<const model::desired_connector*> connectors; // by name
    std::vector<const model::desired_topic*> topics;         // by name
    std::map<model::link_id, std::string> unresolved;
};

/// By pipeline.
std::vector<slice> cut(const model::desired& desired);

} // namespace sluice::decide
