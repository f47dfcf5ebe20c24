#pragma once
// Whether what a Connect worker offers fits what the file needs. A connector may name its class by one of
// Connect's short names.

#include "model/observed.hpp"

#include <set>
#include <string>
#include <vector>

namespace sluice {

/// The plugins that the worker takes for these classes. They live as long as `offered`.
std::set<const model::connect_plugin*>
plugins_taken(const std::vector<model::connect_plugin>& offered, const std::set<std::string>& classes);

std::vector<std::string>
classes_missing(const std::vector<model::connect_plugin>& offered, const std::set<std::string>& classes);

} // namespace sluice
