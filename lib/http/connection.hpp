#pragma once
// One client of the HTTP server, from its acceptance to its end. Only for server.cpp.

#include "http/server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <list>
#include <memory>

namespace sluice::http {

class connection;

/// What the connections of one server share. Each holds it, so it outlives the server if it must.
struct serving {
    server::handler answer;
    logger log;
    server_limits limits;
    std::list<connection*> idle; // waiting for a request, the longest waiting first
    std::size_t connections = 0;
    bool stopping = false;
};

class connection {
public:
    connection(boost::asio::ip::tcp::socket socket, std::shared_ptr<serving> shared);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    /// Answers requests until either side is done. Never throws for what a client does.
    boost::asio::awaitable<void> serve();

    /// Ends it at once; for one that waits for a request.
    void close();

private:
    using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

    boost::asio::awaitable<bool> wait_for_request(milliseconds patience);
    boost::asio::awaitable<bool> answer_one();
    boost::asio::awaitable<boost::system::error_code> read(parser& into);
    boost::asio::awaitable<bool> write(response answer, unsigned version, bool body_too, bool keep_alive);
    boost::asio::awaitable<void> refuse(boost::system::error_code why);
    boost::asio::awaitable<void> linger();
    boost::asio::awaitable<response> answer_to(const parser& asked) const;

    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;
    std::shared_ptr<serving> shared_;
    mono_time began_{}; // of the present request
};

} // namespace sluice::http
