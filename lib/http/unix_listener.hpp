#pragma once
// A listening Unix socket that only its owner can open. Only for local_socket.cpp.

#include "base/error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <string>

namespace sluice::http {

using unix_acceptor = boost::asio::local::stream_protocol::acceptor;
using unix_stream = boost::asio::local::stream_protocol::socket;

/// Binds `path` with mode 0600, over a socket that nobody listens on any more.
result<unix_acceptor> listen_at(const boost::asio::any_io_executor& executor, const std::string& path);

/// True when the process at the other end runs as our own user or as root.
bool peer_is_trusted(unix_stream& peer);

} // namespace sluice::http
