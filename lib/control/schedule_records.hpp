#pragma once
// What the schedule of changes must remember, as JSON and back: contests and rolls. What belongs to one
// process alone is not here, above all no config.

#include "model/memory.hpp"

#include <boost/json/object.hpp>

#include <map>
#include <optional>
#include <string>

namespace sluice::control {

/// By key.
boost::json::object to_json(const std::map<std::string, model::contest>& contests);
std::map<std::string, model::contest> contests_from(const boost::json::object& all);

boost::json::object to_json(const model::roll& roll);
/// None when its phase is not known to this version.
std::optional<model::roll> roll_from(const boost::json::object& object);

} // namespace sluice::control
