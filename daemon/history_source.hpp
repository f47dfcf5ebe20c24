#pragma once
// The history of an instance for a command: from the files in its state directory, or, where they may not be
// read, from its daemon.

#include "control/journal.hpp"
#include "daemon_address.hpp"
#include "workbench.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice {

/// Errors: unreachable when neither the files nor a daemon are there, io.
boost::asio::awaitable<result<control::history_page>>
find_history(workbench& bench, daemon_address where, control::history_query wanted);

} // namespace sluice
