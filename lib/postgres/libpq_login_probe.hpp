#pragma once
// The login probe through libpq, without blocking the loop: names are resolved by Asio, every wait is on the
// executor, nothing is shared between probes.

#include "base/time.hpp"
#include "postgres/login.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace sluice::postgres {

/// A probe ends within `timeout`, whatever the server does.
std::unique_ptr<login_probe>
make_libpq_login_probe(boost::asio::any_io_executor executor, milliseconds timeout);

} // namespace sluice::postgres
