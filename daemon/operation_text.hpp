#pragma once
// Whether connectors are already what they are meant to be, read from the document of status.

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

namespace sluice {

/// Of these connectors, those that Connect does not yet show in their target state: "shop-source is running".
/// One that does not exist is created in the right state, and not waited for.
std::vector<std::string>
not_there_yet(const boost::json::object& status, const std::vector<std::string>& connectors);

/// Whether Connect cannot be reached.
bool connect_is_away(const boost::json::object& status);

} // namespace sluice
