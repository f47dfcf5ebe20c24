#include "http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <string_view>
#include <utility>

namespace sluice::http {

namespace asio = boost::asio;
namespace wire = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

/// A page of ours may load nothing and be framed by nobody, and no other origin reads an answer.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> always{{
    {"Content-Security-Policy",
     "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
}};

bool is_parse_error(const error_code& ec) {
    static const auto& category = wire::make_error_code(wire::error::end_of_stream).category();
    return ec.category() == category && ec != wire::error::end_of_stream &&
           ec != wire::error::partial_message;
}

response refusal(const error_code& why) {
    if (why == wire::error::header_limit || why == wire::error::buffer_overflow) {
        return error_response(431, "the request's headers are too large");
    }
    if (why == wire::error::body_limit) return error_response(413, "the request's body is too large");
    return error_response(400, "this is no HTTP request");
}

} // namespace

connection::connection(asio::ip::tcp::socket socket, std::shared_ptr<serving> shared)
    : stream_(std::move(socket))
    , buffer_(2 * shared->limits.header_bytes)
    , shared_(std::move(shared)) {
    ++shared_->connections;
}

connection::~connection() {
    shared_->idle.remove(this);
    --shared_->connections;
}

void connection::close() {
    stream_.close();
}

asio::awaitable<void> connection::serve() {
    bool more = co_await wait_for_request(shared_->limits.header);
    while (more) {
        const bool keep_alive = co_await answer_one();
        if (!keep_alive) co_return;
        more = co_await wait_for_request(shared_->limits.idle);
    }
}

/// True when the first bytes of a request are there.
asio::awaitable<bool> connection::wait_for_request(milliseconds patience) {
    if (buffer_.size() == 0) {
        if (shared_->stopping) co_return false;
        shared_->idle.push_back(this);
        stream_.expires_after(patience);
        const auto [ec, size] = co_await stream_.async_read_some(buffer_.prepare(1024), as_result);
        shared_->idle.remove(this);
        if (ec) co_return false;
        buffer_.commit(size);
    }
    began_ = std::chrono::steady_clock::now(); // Beast's deadlines know no other clock
    co_return true;
}

/// True when the connection can take another request.
asio::awaitable<bool> connection::answer_one() {
    parser asked;
    const auto ec = co_await read(asked);
    if (ec) {
        if (is_parse_error(ec)) co_await refuse(ec);
        co_return false;
    }
    const auto& head = asked.get();
    const bool keep_alive = head.keep_alive() && !shared_->stopping;
    const bool body_too = head.method() != wire::verb::head;
    auto answer = co_await answer_to(asked);
    const bool written = co_await write(std::move(answer), head.version(), body_too, keep_alive);
    if (!written || keep_alive) co_return written;
    co_await linger();
    co_return false;
}

asio::awaitable<error_code> connection::read(parser& into) {
    const auto& limits = shared_->limits;
    into.header_limit(static_cast<std::uint32_t>(limits.header_bytes));
    into.body_limit(limits.body_bytes);
    stream_.expires_at(began_ + limits.header);
    const auto [ec, size] = co_await wire::async_read_header(stream_, buffer_, into, as_result);
    if (ec) co_return ec;
    stream_.expires_at(began_ + limits.request);
    const auto [failure, rest] = co_await wire::async_read(stream_, buffer_, into, as_result);
    co_return failure;
}

asio::awaitable<response> connection::answer_to(const parser& asked) const {
    const auto& head = asked.get();
    const auto hosts = head.count(wire::field::host);
    if (hosts > 1 || (hosts == 0 && head.version() >= 11)) {
        co_return error_response(400, "a request needs exactly one Host header");
    }
    const request plain{
        std::string(head.method_string()), std::string(head.target()), std::string(head[wire::field::host])
    };
    std::string why;
    try {
        co_return co_await shared_->answer(plain);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) throw; // we are stopping
        why = e.what();
    } catch (const std::exception& e) {
        why = e.what();
    }
    shared_->log.error("a request could not be answered", {{"target", plain.target}, {"why", why}});
    co_return error_response(500, "this request could not be answered; the log says why");
}

asio::awaitable<bool> connection::write(response answer, unsigned version, bool body_too, bool keep_alive) {
    wire::response<wire::string_body> message;
    message.result(static_cast<unsigned>(answer.status));
    message.version(version);
    for (const auto& [name, value] : always) message.set(name, value);
    for (const auto& [name, value] : answer.headers) message.set(name, value);
    message.set(wire::field::content_type, answer.content_type);
    message.body() = std::move(answer.body);
    message.keep_alive(keep_alive);
    message.prepare_payload();

    stream_.expires_after(shared_->limits.request);
    wire::response_serializer<wire::string_body> bytes(message);
    if (!body_too) {
        const auto [ec, size] = co_await wire::async_write_header(stream_, bytes, as_result);
        co_return !ec;
    }
    const auto [ec, size] = co_await wire::async_write(stream_, bytes, as_result);
    co_return !ec;
}

asio::awaitable<void> connection::refuse(error_code why) {
    constexpr unsigned http_1_1 = 11;
    auto answer = refusal(why);
    const bool written = co_await write(std::move(answer), http_1_1, true, false);
    if (written) co_await linger();
}

/// Closing while the client still sends would reset the connection and take our last answer from it.
asio::awaitable<void> connection::linger() {
    constexpr std::size_t most = 256 * 1024;
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(seconds(1));
    std::array<char, 4096> waste;
    for (std::size_t drained = 0; drained < most;) {
        const auto [ec, size] = co_await stream_.async_read_some(asio::buffer(waste), as_result);
        if (ec) co_return;
        drained += size;
    }
}

} // namespace sluice::http
