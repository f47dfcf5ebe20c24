#pragma once
// A small HTTP/1.1 server for a handful of clients, some of them hostile: deadlines on every wait, limits on
// every size, one request at a time a connection. Routes are not its business. All on the executor's thread.

#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "http/message.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace sluice::http {

struct server_limits {
    milliseconds header =
        seconds(5); // from a request's first byte, or the connection's start, to its headers' end
    milliseconds request = seconds(10); // to the body's end; as long again for the answer to be taken
    milliseconds idle = seconds(30);    // between two requests
    std::size_t header_bytes = 8 * 1024;
    std::size_t body_bytes = 64 * 1024;
    std::size_t connections = 256; // one more drives out the one that has been idle longest
};

class server {
public:
    /// Awaited for every well-formed request. What it throws ends that request with 500 and a log line.
    using handler = std::function<boost::asio::awaitable<response>(request)>;

    /// Listens at once and serves from then on. Port 0 takes a free one. Errors: `busy` for a port in use,
    /// `unauthorized`, `invalid` for an address that is not this machine's, `io`.
    static result<std::unique_ptr<server>> listen(
        boost::asio::any_io_executor executor,
        time_source& time,
        const std::string& address,
        std::uint16_t port,
        handler answer,
        logger log,
        server_limits limits = {}
    );

    /// After `stop`, or when the executor will run nothing any more.
    ~server();
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::size_t connections() const;

    /// Accepts nothing any more, ends idle connections, lets running answers finish within `limit`, then cuts
    /// them off. False: it had to.
    boost::asio::awaitable<bool> stop(milliseconds limit);

private:
    struct impl;
    explicit server(std::unique_ptr<impl> i);

    std::unique_ptr<impl> impl_;
};

} // namespace sluice::http
