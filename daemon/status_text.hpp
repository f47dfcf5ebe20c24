#pragma once
// The status document as people read it: a line a pipeline, then its links.

#include "terminal.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

namespace sluice {

/// `wide` adds the connectors' states, workers and restarts.
std::string
status_as_text(const boost::json::object& status, const terminal& out, bool wide, const std::string& only);

/// Of all pipelines and plain connectors in the document, in its order.
std::vector<std::string> pipeline_names(const boost::json::object& status);

/// Whether every pipeline (or the one named) is well; false for one that is not there.
bool all_well(const boost::json::object& status, const std::string& only);

} // namespace sluice
