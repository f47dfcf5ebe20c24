#pragma once
// A person's operation and what came of it, as they go over the local socket.

#include "base/error.hpp"
#include "control/operations.hpp"

#include <boost/json/fwd.hpp>

namespace sluice::http {

/// `op` is the operation's own word.
boost::json::object to_json(const control::operation_request& request);

/// Errors: invalid (a duration that is none, a text that is too long or would not stay in its line).
result<control::operation_request>
operation_request_from(control::operation what, const boost::json::object& asked);

boost::json::object to_json(const control::operation_outcome& outcome);

/// Throws where a list is missing or of another type.
control::operation_outcome operation_outcome_from(const boost::json::object& document);

/// Whether a text is short and in one line, as names, reasons and users are.
bool is_one_line(std::string_view text);

} // namespace sluice::http
