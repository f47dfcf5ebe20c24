#pragma once
// The login probe through libpq, without blocking the loop: names are resolved on a lane, every wait is on
// the executor, nothing is shared between probes.

#include "base/blocking_lane.hpp"
#include "base/time.hpp"
#include "postgres/login.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace sluice::postgres {

/// A probe ends within `timeout`, whatever the server does. `names` is for looking up hosts, and for nothing
/// that must not wait for a slow name server: Asio has one thread for the look-ups of a whole process. It
/// must outlive the probes.
std::unique_ptr<login_probe>
make_libpq_login_probe(boost::asio::any_io_executor executor, blocking_lane& names, milliseconds timeout);

} // namespace sluice::postgres
