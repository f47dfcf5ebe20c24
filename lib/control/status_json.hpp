#pragma once
// The status view as JSON: what the API, the local socket and `sluice status -o json` show. The shape is a
// contract: keys are only ever added while `version` stays the same. Times are UTC, ISO 8601, to the second,
// and null where the thing has not happened. Holds no secret, as the view holds none.

#include "control/status_view.hpp"

#include <boost/json/fwd.hpp>

#include <string_view>

namespace sluice::control {

inline constexpr int status_json_version = 1;

/// The whole view, in one document.
boost::json::object to_json(const status_view& view);

/// What every document begins with: `version`, `instance` and `at`, the time of the pass it tells of.
boost::json::object json_header(const status_view& view);

boost::json::object to_json(const config_view& config);
boost::json::object to_json(const dependency_view& dependency);
boost::json::object to_json(const pipeline_view& pipeline);
boost::json::object to_json(const link_view& link);
boost::json::object to_json(const model::finding& finding);
boost::json::object to_json(const connect_workers_view& workers);
boost::json::object to_json(const model::plan& plan);

/// Connect's word for a connector's state; `missing`: known to be absent; `unknown`: it could not be read.
std::string_view state_word(const link_view& link);

/// The findings of all pipelines, in the pipelines' order.
boost::json::array findings_json(const status_view& view);

} // namespace sluice::control
