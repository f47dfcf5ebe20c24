#pragma once
// The status of an instance for a command: from its daemon, or by one look of our own.

#include "daemon_address.hpp"
#include "model/declared.hpp"
#include "workbench.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>

namespace sluice {

/// The document of control/status_json.hpp from the daemon: over its socket, else over HTTP.
/// Errors: unreachable when no daemon answers, with what to do.
boost::asio::awaitable<result<boost::json::object>> ask_daemon(workbench& bench, daemon_address where);

/// The same by one look at everything, with what is remembered; changes nothing.
boost::asio::awaitable<boost::json::object> look_directly(workbench& bench, model::declaration declared);

} // namespace sluice
