#pragma once
// One client of the local socket. Only for local_socket.cpp.

#include "http/local_socket.hpp"
#include "http/unix_listener.hpp"

#include <boost/json/fwd.hpp>

#include <string>
#include <vector>

namespace sluice::http {

/// What the sessions of one socket share. Each holds it, so it outlives the socket if it must.
struct local_service {
    control::daemon_commands& daemon;
    build_identity build;
    logger log;
    local_limits limits;
    std::size_t connections = 0;
};

class local_session {
public:
    local_session(unix_stream peer, std::shared_ptr<local_service> service);
    ~local_session();
    local_session(const local_session&) = delete;
    local_session& operator=(const local_session&) = delete;

    /// Answers lines until the peer is gone, then ends its holds. Never throws for what a peer does.
    boost::asio::awaitable<void> serve();

private:
    boost::asio::awaitable<void> answer_lines();
    boost::asio::awaitable<boost::json::object> answer(std::string_view line);
    boost::asio::awaitable<boost::json::object>
    carry_out(std::string_view op, const boost::json::object& asked);
    boost::asio::awaitable<boost::json::object> reload(const boost::json::object& asked);
    boost::asio::awaitable<boost::json::object> history(const boost::json::object& asked);
    boost::asio::awaitable<boost::json::object> hold(const boost::json::object& asked);
    boost::asio::awaitable<boost::json::object>
    operate(control::operation what, const boost::json::object& asked);
    boost::asio::awaitable<bool> send(const boost::json::object& answer);
    void release();

    unix_stream peer_;
    std::string received_;
    std::shared_ptr<local_service> service_;
    std::vector<control::hold_id> holds_;
};

} // namespace sluice::http
