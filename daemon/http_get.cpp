#include "http_get.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {

asio::ip::tcp::endpoint endpoint_of(const model::http_settings& where) {
    boost::system::error_code ec;
    auto address = asio::ip::make_address(where.address == "localhost" ? "127.0.0.1" : where.address, ec);
    if (ec || address.is_unspecified()) address = asio::ip::address_v4::loopback();
    return {address, where.port};
}

errc kind_of(const boost::system::error_code& ec) {
    return ec == beast::error::timeout ? errc::timeout : errc::unreachable;
}

} // namespace

asio::awaitable<result<http_answer>>
http_get(asio::any_io_executor executor, model::http_settings where, std::string target, milliseconds limit) {
    const auto endpoint = endpoint_of(where);
    const auto subject = fmt::format("http://{}:{}{}", where.address, where.port, target);
    beast::tcp_stream stream(executor);
    stream.expires_after(limit);
    boost::system::error_code ec;
    auto token = asio::redirect_error(asio::use_awaitable, ec);
    co_await stream.async_connect(endpoint, token);
    if (ec) co_return fail(kind_of(ec), "ask the daemon at", subject, ec.message());
    beast::http::request<beast::http::empty_body> request(beast::http::verb::get, target, 11);
    request.set(beast::http::field::host, fmt::format("{}:{}", where.address, where.port));
    request.set(beast::http::field::connection, "close");
    co_await beast::http::async_write(stream, request, token);
    if (ec) co_return fail(kind_of(ec), "ask the daemon at", subject, ec.message());
    beast::flat_buffer buffer;
    beast::http::response_parser<beast::http::string_body> parser;
    parser.body_limit(64ULL << 20);
    co_await beast::http::async_read(stream, buffer, parser, token);
    if (ec)
        co_return fail(
            ec == beast::error::timeout ? errc::timeout : errc::bad_answer,
            "ask the daemon at",
            subject,
            ec.message()
        );
    const auto& answer = parser.get();
    co_return http_answer{static_cast<int>(answer.result_int()), answer.body()};
}

} // namespace sluice
