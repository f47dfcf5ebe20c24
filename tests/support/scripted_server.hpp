#pragma once
// An HTTP server that misbehaves on purpose: on a free loopback port, each request answered by the next
// behaviour of a script. Lives on the test's io_context; sessions end with the context.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::testing {

struct received_request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers; // names in lower case
    std::string body;
    int connection = 0; // counted from 1
};

/// One connection as a behaviour sees it, after a request was read from it.
class peer {
public:
    virtual ~peer() = default;
    virtual boost::asio::awaitable<void> send(std::string bytes
    ) = 0; // gives up silently when the client is gone
    virtual boost::asio::awaitable<void> pause(std::chrono::milliseconds d) = 0;
    virtual void close() = 0;
    virtual void half_close() = 0; // no more bytes from us, the socket stays open
    virtual void reset() = 0;      // RST
    [[nodiscard]] virtual bool is_open() const = 0;
};

using behaviour = std::function<boost::asio::awaitable<void>(peer&)>;

/// Opened once by the test; behaviours wait for it.
class gate {
public:
    explicit gate(boost::asio::io_context& context);
    void open();
    boost::asio::awaitable<void> wait() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

behaviour respond(
    unsigned status, std::string body, std::string content_type = "application/json", std::string headers = {}
);
behaviour respond_and_close(unsigned status, std::string body); // without saying so in its headers
behaviour send_raw(std::string bytes);
behaviour send_raw_then_close(std::string bytes);
behaviour send_raw_then_half_close(std::string bytes);
behaviour send_raw_then_reset(std::string bytes);
behaviour chunked(std::vector<std::string> pieces);
behaviour drip(std::string bytes, std::chrono::milliseconds every); // one byte at a time
behaviour never_answer();
behaviour when(gate opened, behaviour then);

/// The bytes of a whole answer with Content-Length.
std::string http_answer(
    unsigned status,
    std::string_view body,
    std::string_view content_type = "application/json",
    std::string_view headers = {}
);

struct server_tls {
    std::string certificate_file;
    std::string key_file;
    std::string client_ca_file; // not empty: a client certificate is required
};

class scripted_server {
public:
    explicit scripted_server(boost::asio::io_context& context);
    scripted_server(boost::asio::io_context& context, const server_tls& tls);
    ~scripted_server(); // closes the listening socket, not the sessions
    scripted_server(const scripted_server&) = delete;
    scripted_server& operator=(const scripted_server&) = delete;

    /// For the next request that has no behaviour yet, in order of arrival.
    void next(behaviour b);
    /// For every request beyond the script. At first: 200 with {}.
    void always(behaviour b);
    /// Closes connections as soon as they are accepted.
    void hang_up_on_accept();
    /// Closes every connection that waits for a request, as an idle timeout does.
    void close_idle_connections();
    /// Stops listening: later connections are refused.
    void stop_listening();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string url(std::string_view host = "127.0.0.1") const;
    [[nodiscard]] const std::vector<received_request>& requests() const;
    [[nodiscard]] int connections() const; // accepted so far
    [[nodiscard]] int open_connections() const;

    /// Waits until so many requests have arrived.
    boost::asio::awaitable<void> until_requests(std::size_t count) const;
    boost::asio::awaitable<void> until_all_closed() const;

    struct state;

private:
    std::shared_ptr<state> state_; // shared with the sessions
};

/// A loopback port that refuses connections.
std::uint16_t refusing_port(boost::asio::io_context& context);

} // namespace sluice::testing
