#pragma once
// History as people read it: one line an event.

#include "control/journal.hpp"
#include "terminal.hpp"

#include <string>

namespace sluice {

/// "task 0 running → failed", "update by daemon: ok".
std::string headline(const control::history_event& event);

/// Why, and which keys: what stands behind the headline.
std::string details(const control::history_event& event);

std::string history_as_text(const control::history_page& page, const terminal& out);

} // namespace sluice
