#pragma once
// History as text: one JSON object an event, a line each in the journal, the same objects in the API. Keys
// are only ever added. What is empty is left out. Every text is cut at a length that keeps an event small.

#include "control/history_event.hpp"
#include "control/journal.hpp"

#include <boost/json/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace sluice::control {

boost::json::object to_json(const history_event& event);

/// With its newline.
std::string to_line(const history_event& event);

/// None for a line that is no event, or one of a later version.
std::optional<history_event> event_from(std::string_view line);
std::optional<history_event> event_from(const boost::json::object& object);

/// `events`, oldest first, and `more`: whether older ones were left out.
boost::json::object to_json(const history_page& page);

/// Throws where `events` or `more` is missing or of another type; what is no event is passed over.
history_page page_from(const boost::json::object& document);

} // namespace sluice::control
