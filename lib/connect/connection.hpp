#pragma once
// One HTTP/1.1 connection to one worker, plain or TLS, kept alive between exchanges. Only
// connection.cpp and tls.cpp know Beast and OpenSSL. One exchange at a time; on the io_context's thread.
//
// Cancelling the awaiting coroutine throws boost::system::system_error(operation_aborted) out of it; the
// connection is then good for nothing but its destruction, which closes it at once.

#include "base/time.hpp"
#include "connect/answer.hpp"
#include "connect/failure.hpp"
#include "connect/requests.hpp"
#include "connect/worker_url.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

namespace sluice::connect {

/// What all connections to a cluster have in common.
struct connection_settings {
    boost::asio::any_io_executor executor;
    time_source* time = nullptr; // outlives the connections
    secret authorization;        // value of the Authorization header; empty: none
    std::string ca_file;         // empty: the system's own authorities
    std::string certificate_file;
    std::string key_file;
    std::uint64_t body_limit = 0;
};

/// "Basic …" (RFC 7617); empty without a user.
secret basic_authorization(const std::string& username, const secret& password);

class connection {
public:
    virtual ~connection() = default;

    /// Sends one request and reads the whole answer, whatever its status. Failures: unreachable, timeout,
    /// bad_answer (not HTTP, cut short), too_large; `reached` tells how far it came.
    virtual boost::asio::awaitable<std::expected<answer, failure>>
    exchange(request what, mono_time deadline) = 0;

    /// Whether the last exchange left it fit for another one, and the worker has not closed it since.
    [[nodiscard]] virtual bool is_reusable() = 0;
};

/// Resolves, connects and, for https, shakes hands (TLS 1.2 or newer, the certificate and its host verified).
/// The files are read anew each time: renewed certificates need no restart. Nothing was sent on failure:
/// unreachable, or invalid for a file of ours that cannot be used.
boost::asio::awaitable<std::expected<std::unique_ptr<connection>, failure>>
open_connection(worker_url to, connection_settings settings, mono_time deadline);

/// An equal share of the time that is left, for the first of `candidates` that are tried one after the other.
mono_time share_of(mono_time now, mono_time deadline, std::size_t candidates);

} // namespace sluice::connect
