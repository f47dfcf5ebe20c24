#pragma once
// One GET to the daemon's own HTTP address.

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/declared.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <string>

namespace sluice {

struct http_answer {
    int status = 0;
    std::string body;
};

/// Errors: unreachable, timeout, bad_answer. An address of all interfaces is asked on the loopback.
boost::asio::awaitable<result<http_answer>> http_get(
    boost::asio::any_io_executor executor, model::http_settings where, std::string target, milliseconds limit
);

} // namespace sluice
