#pragma once
// A command's end of the daemon's local socket (protocol: local_socket.hpp). One request at a time. Its end
// ends its holds. Errors of every call: `unreachable` when nobody listens, `unauthorized`, `timeout`,
// `bad_answer`, and what the daemon itself refuses with.

#include "base/error.hpp"
#include "base/time.hpp"
#include "control/commands.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/fwd.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

/// Who answers at the other end.
struct local_peer {
    std::string version;
    std::string revision;
    std::string instance;
    std::string file; // that it runs, as an absolute path; empty: it is starting, or does not tell
    std::int64_t pid = 0;
};

/// What /livez answers.
struct local_health {
    bool live = false;
    std::string text;
};

class local_client {
public:
    /// Connects on the awaiting coroutine's executor.
    static boost::asio::awaitable<result<std::unique_ptr<local_client>>>
    connect(std::string path, milliseconds limit);

    ~local_client();
    local_client(const local_client&) = delete;
    local_client& operator=(const local_client&) = delete;

    boost::asio::awaitable<result<local_peer>> version(milliseconds limit);

    boost::asio::awaitable<result<local_health>> health(milliseconds limit);

    /// The document of control/status_json.hpp.
    boost::asio::awaitable<result<boost::json::object>> status(milliseconds limit);

    /// At most as many events as may be asked for at once.
    boost::asio::awaitable<result<control::history_page>>
    history(control::history_query wanted, milliseconds limit);

    /// Without an answer in time: `outcome_unknown`.
    boost::asio::awaitable<result<control::reload_outcome>>
    reload(milliseconds limit, bool deletion_is_accepted = false);

    /// From its return until `release` or this client's end the daemon writes nothing to these connectors.
    boost::asio::awaitable<result<control::hold_id>> hold(control::hold_request request, milliseconds limit);
    boost::asio::awaitable<result<void>> release(milliseconds limit);

    /// Without an answer in time: `outcome_unknown`.
    boost::asio::awaitable<result<control::operation_outcome>>
    operate(control::operation_request request, milliseconds limit);

private:
    struct impl;
    explicit local_client(std::unique_ptr<impl> i);

    std::unique_ptr<impl> impl_;
};

} // namespace sluice::http
