#pragma once
// A recorded pass as a line of text and back. A long line is packed.

#include "base/error.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace sluice::control {

inline constexpr int flight_format = 1;

/// With its newline.
std::string to_flight_line(const boost::json::object& record);

/// Errors: bad_answer for a line that is no record, unsupported for one of a later version.
result<boost::json::object> from_flight_line(std::string_view line);

} // namespace sluice::control
