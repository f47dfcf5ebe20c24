#pragma once
// The daemon's local socket: how commands on this machine reach it. No token: the file's mode (0600) and the
// peer's user id are the right. All on the executor's thread.
//
// One JSON object a line, each answered by one line, `{"ok":true,…}` or
// `{"ok":false,"error":{"code","message"}}`:
//   {"op":"version"}                                  version, revision, instance, file, pid
//   {"op":"health"}                                   live, text: as /livez answers
//   {"op":"status"}                                   status: the document of control/status_json.hpp
//   {"op":"history","pipeline":"…","since":"2h","limit":"100"}   events, more: of control/history_json.hpp;
//   all
//                                                     three may be left out
//   {"op":"reload","accept_deletion":true}            accepted, problems; the key may be left out
//   {"op":"hold","connectors":[…],"reason":"…"}       hold: its number; no connectors: all of them
//   {"op":"release"}                                  ends the holds of this connection
//   {"op":"pause","name":"shop","for":"30m","reason":"…","who":"root"}   said, problems, connectors; so
//   `stop`,
//                                                     `resume` and `restart` (with "all":true); `for`,
//                                                     `reason` and `all` may be left out
// A hold also ends with its connection, so a command that dies leaves none behind.

#include "base/error.hpp"
#include "base/log.hpp"
#include "control/commands.hpp"
#include "http/build_identity.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace sluice::http {

struct local_limits {
    std::size_t line_bytes = 64 * 1024; // of a request
    std::size_t connections = 64;
};

class local_socket {
public:
    /// Listens at once and serves from then on. The folder must exist; a socket that a dead daemon left
    /// behind is replaced. `daemon` must outlive this. Errors: `busy` when a daemon answers there, `invalid`
    /// for a path too long for a socket, `io`.
    static result<std::unique_ptr<local_socket>> listen(
        boost::asio::any_io_executor executor,
        time_source& time,
        const std::string& path,
        control::daemon_commands& daemon,
        build_identity build,
        logger log,
        local_limits limits = {}
    );

    /// After `stop`, or when the executor will run nothing any more.
    ~local_socket();
    local_socket(const local_socket&) = delete;
    local_socket& operator=(const local_socket&) = delete;

    /// Removes the file, ends every connection and with it every hold. False: one was late.
    boost::asio::awaitable<bool> stop(milliseconds limit);

private:
    struct impl;
    explicit local_socket(std::unique_ptr<impl> i);

    std::unique_ptr<impl> impl_;
};

} // namespace sluice::http
