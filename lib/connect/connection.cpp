#include "connect/connection.hpp"

#include "base/units.hpp"
#include "connect/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <utility>
#include <vector>

namespace sluice::connect {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t header_limit = 32U << 10;
using plain_stream = beast::tcp_stream;
using tls_stream = ssl::stream<plain_stream>;

failure unreachable(std::string detail) {
    return {errc::unreachable, progress::not_sent, std::move(detail), false};
}

/// A cancelled coroutine ends by an exception; our own deadline never reads as operation_aborted.
void throw_if_cancelled(error_code ec) {
    if (ec == asio::error::operation_aborted) throw boost::system::system_error(ec);
}

http::verb to_beast(verb v) {
    switch (v) {
    case verb::get: return http::verb::get;
    case verb::put: return http::verb::put;
    case verb::post: return http::verb::post;
    case verb::del: return http::verb::delete_;
    }
    return http::verb::get;
}

template <class Stream>
class http_connection final : public connection {
public:
    http_connection(Stream stream, worker_url to, secret authorization, std::uint64_t body_limit)
        : stream_(std::move(stream))
        , to_(std::move(to))
        , authorization_(std::move(authorization))
        , body_limit_(body_limit) {}

    asio::awaitable<std::expected<answer, failure>> exchange(request what, mono_time deadline) override {
        is_open_ = false; // until the answer was read to its end
        auto message = compose(what);
        beast::get_lowest_layer(stream_).expires_at(deadline);
        const auto [write_error, written] = co_await http::async_write(stream_, message, use_tuple);
        throw_if_cancelled(write_error);
        if (write_error) {
            const auto reached = written == 0 ? progress::not_sent : progress::sent;
            co_return std::unexpected(broken_off(write_error, reached));
        }
        http::response_parser<http::string_body> parser;
        parser.body_limit(body_limit_);
        parser.header_limit(header_limit);
        const auto [read_error, read] = co_await http::async_read(stream_, buffer_, parser, use_tuple);
        throw_if_cancelled(read_error);
        if (read_error) {
            const bool silent = !parser.got_some() && buffer_.size() == 0;
            co_return std::unexpected(broken_off(read_error, silent ? progress::sent : progress::answering));
        }
        is_open_ = parser.keep_alive() && buffer_.size() == 0;
        buffer_.shrink_to_fit(); // an idle connection holds no memory of the answer
        co_return taken_from(parser.release());
    }

    [[nodiscard]] bool is_reusable() override { return is_open_ && is_quiet(); }

private:
    http::request<http::string_body> compose(const request& what) const {
        http::request<http::string_body> message{to_beast(what.method), to_.prefix + what.path, 11};
        message.set(http::field::host, to_.host_header());
        message.set(http::field::user_agent, "sluice");
        message.set(http::field::accept, "application/json");
        if (!authorization_.empty()) message.set(http::field::authorization, authorization_.reveal());
        if (!what.body.empty()) message.set(http::field::content_type, "application/json");
        message.body() = what.body;
        message.prepare_payload();
        return message;
    }

    static answer taken_from(http::response<http::string_body> response) {
        answer a;
        a.status = response.result_int();
        a.content_type = std::string(response[http::field::content_type]);
        a.location = std::string(response[http::field::location]);
        a.body = std::move(response.body());
        return a;
    }

    failure broken_off(error_code ec, progress reached) const {
        if (ec == beast::error::timeout && reached == progress::not_sent)
            return unreachable("sending took too long");
        if (ec == beast::error::timeout) return {errc::timeout, reached, "no answer in time", false};
        if (is_tls_alert(ec)) return unreachable(fmt::format("TLS refused by the worker: {}", ec.message()));
        if (ec == http::error::body_limit) {
            auto detail = fmt::format("the answer is larger than {}", format_bytes(body_limit_));
            return {errc::too_large, reached, std::move(detail), false};
        }
        if (reached != progress::answering) {
            auto detail = fmt::format("closed without an answer ({})", ec.message());
            return {errc::unreachable, reached, std::move(detail), false};
        }
        return {errc::bad_answer, reached, unreadable(ec), false};
    }

    static std::string unreadable(error_code ec) {
        const bool by_parser = ec.category() == http::make_error_code(http::error::bad_version).category();
        if (!by_parser || ec == http::error::partial_message) {
            return fmt::format("the answer was cut short ({})", ec.message());
        }
        return fmt::format(
            "not an HTTP answer ({}); is this the right port, and http or https?", ec.message()
        );
    }

    /// Neither closed by the worker nor with bytes that nobody asked for.
    bool is_quiet() {
        char byte = 0;
        error_code ec;
        auto& socket = beast::get_lowest_layer(stream_).socket();
        socket.non_blocking(true, ec);
        if (ec) return false;
        socket.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, ec);
        return ec == asio::error::would_block;
    }

    Stream stream_;
    worker_url to_;
    secret authorization_;
    std::uint64_t body_limit_;
    beast::flat_buffer buffer_;
    bool is_open_ = false;
};

template <class Stream>
std::unique_ptr<connection> wrap(Stream stream, const worker_url& to, const connection_settings& settings) {
    return std::make_unique<http_connection<Stream>>(
        std::move(stream), to, settings.authorization, settings.body_limit
    );
}

/// A lookup that may outlive whoever waits for it: getaddrinfo cannot be interrupted.
struct lookup {
    explicit lookup(const connection_settings& settings)
        : resolver(settings.executor)
        , finished(settings.time->make_alarm()) {}

    tcp::resolver resolver;
    std::unique_ptr<alarm> finished;
    bool is_done = false;
    error_code ec;
    std::vector<tcp::endpoint> endpoints;
};

/// One attempt to get a connection, step by step.
class opening {
public:
    opening(worker_url to, connection_settings settings, mono_time deadline)
        : to_(std::move(to))
        , settings_(std::move(settings))
        , deadline_(deadline) {}

    asio::awaitable<std::expected<std::unique_ptr<connection>, failure>> run() {
        auto endpoints = co_await resolve();
        if (!endpoints) co_return std::unexpected(std::move(endpoints.error()));
        auto plain = co_await connect_to(std::move(*endpoints));
        if (!plain) co_return std::unexpected(std::move(plain.error()));
        if (!to_.tls) co_return wrap(std::move(*plain), to_, settings_);
        auto secured = co_await shake_hands(std::move(*plain));
        if (!secured) co_return std::unexpected(std::move(secured.error()));
        co_return wrap(std::move(*secured), to_, settings_);
    }

private:
    asio::awaitable<std::expected<std::vector<tcp::endpoint>, failure>> resolve() {
        error_code not_numeric;
        const auto address = asio::ip::make_address(to_.host, not_numeric);
        if (!not_numeric) co_return std::vector<tcp::endpoint>(1, tcp::endpoint(address, to_.port));

        auto running = std::make_shared<lookup>(settings_);
        auto on_done = [running](error_code ec, const tcp::resolver::results_type& found) {
            running->is_done = true;
            running->ec = ec;
            for (const auto& entry : found) running->endpoints.push_back(entry.endpoint());
            running->finished->ring();
        };
        running->resolver.async_resolve(to_.host, std::to_string(to_.port), std::move(on_done));
        co_await running->finished->wait_until(deadline_);
        if (!running->is_done) co_return std::unexpected(unreachable("looking up the host took too long"));
        if (running->ec) {
            co_return std::unexpected(
                unreachable(fmt::format("cannot look up the host: {}", running->ec.message()))
            );
        }
        co_return running->endpoints;
    }

    asio::awaitable<std::expected<plain_stream, failure>> connect_to(std::vector<tcp::endpoint> endpoints) {
        auto problem = unreachable("the host has no address");
        for (std::size_t i = 0; i < endpoints.size(); ++i) {
            plain_stream stream(settings_.executor);
            stream.expires_at(share_of(settings_.time->now().mono, deadline_, endpoints.size() - i));
            const auto [ec] = co_await stream.async_connect(endpoints[i], use_tuple);
            throw_if_cancelled(ec);
            if (!ec) {
                error_code ignored; // only a matter of speed
                stream.socket().set_option(tcp::no_delay(true), ignored);
                co_return stream;
            }
            problem = unreachable(ec == beast::error::timeout ? "connecting took too long" : ec.message());
        }
        co_return std::unexpected(std::move(problem));
    }

    asio::awaitable<std::expected<tls_stream, failure>> shake_hands(plain_stream plain) {
        auto context = make_tls_context(settings_);
        if (!context) co_return std::unexpected(std::move(context.error()));
        tls_stream stream(std::move(plain), *context); // keeps what it needs of the context
        if (!expect_host(stream.native_handle(), to_.host)) {
            co_return std::unexpected(unreachable("TLS: this host name cannot be verified"));
        }
        beast::get_lowest_layer(stream).expires_at(deadline_);
        const auto [ec] = co_await stream.async_handshake(ssl::stream_base::client, use_tuple);
        throw_if_cancelled(ec);
        if (ec == beast::error::timeout)
            co_return std::unexpected(unreachable("the TLS handshake took too long"));
        if (ec) co_return std::unexpected(handshake_failure(stream.native_handle(), to_, ec));
        co_return stream;
    }

    worker_url to_;
    connection_settings settings_;
    mono_time deadline_;
};

} // namespace

secret basic_authorization(const std::string& username, const secret& password) {
    if (username.empty()) return {};
    const auto plain = username + ':' + password.reveal();
    std::vector<unsigned char> encoded(4 * ((plain.size() + 2) / 3) + 1);
    const auto* bytes = reinterpret_cast<const unsigned char*>(plain.data());
    const auto length = EVP_EncodeBlock(encoded.data(), bytes, static_cast<int>(plain.size()));
    return secret("Basic " + std::string(encoded.begin(), encoded.begin() + length));
}

asio::awaitable<std::expected<std::unique_ptr<connection>, failure>>
open_connection(worker_url to, connection_settings settings, mono_time deadline) {
    opening attempt(std::move(to), std::move(settings), deadline);
    co_return co_await attempt.run();
}

mono_time share_of(mono_time now, mono_time deadline, std::size_t candidates) {
    if (deadline <= now || candidates < 2) return deadline;
    return now + (deadline - now) / static_cast<std::int64_t>(candidates);
}

} // namespace sluice::connect
