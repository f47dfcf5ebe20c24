#pragma once
// Asks Connect whether it would accept a config, before it is written.

#include "base/error.hpp"
#include "connect/api.hpp"
#include "model/desired.hpp"

#include <boost/asio/awaitable.hpp>

namespace sluice::control {

/// Errors: refused, with what Connect complains of key by key; and what the call itself may give. The
/// PostgreSQL source's validation logs in to the database: such a complaint says so, and is worth a retry.
/// A complaint about a value that only Connect can resolve (`${file:…}`) is left to the connector's start.
boost::asio::awaitable<result<void>>
validate_config(connect::connect_api& connect, const model::desired_connector& wanted);

} // namespace sluice::control
