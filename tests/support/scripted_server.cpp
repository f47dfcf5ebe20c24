#include "support/scripted_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/ssl.hpp>

#include <fmt/format.h>

#include <cctype>
#include <deque>
#include <optional>
#include <set>
#include <utility>

namespace sluice::testing {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace ssl = asio::ssl;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto use_tuple = asio::as_tuple(asio::use_awaitable);

/// Something that coroutines wait for and look at again whenever it is rung.
class bell {
public:
    explicit bell(asio::io_context& context) : timer_(context, asio::steady_timer::time_point::max()) {}

    void ring() { timer_.expires_at(asio::steady_timer::time_point::max()); }

    template <class Condition>
    asio::awaitable<void> until(Condition holds) {
        while (!holds()) co_await timer_.async_wait(use_tuple);
    }

private:
    asio::steady_timer timer_;
};

asio::awaitable<void> send_bytes(peer& to, std::string bytes) {
    co_await to.send(std::move(bytes));
}

asio::awaitable<void> send_then(peer& to, std::string bytes, void (peer::*then)()) {
    co_await to.send(std::move(bytes));
    (to.*then)();
}

asio::awaitable<void> send_slowly(peer& to, std::string bytes, std::chrono::milliseconds every) {
    for (const char c : bytes) {
        if (!to.is_open()) co_return;
        co_await to.send(std::string(1, c));
        co_await to.pause(every);
    }
}

asio::awaitable<void> wait_for_the_client_to_leave(peer& to) {
    while (to.is_open()) co_await to.pause(std::chrono::milliseconds(5));
}

asio::awaitable<void> wait_then(gate opened, behaviour then, peer& to) {
    co_await opened.wait();
    co_await then(to);
}

} // namespace

struct gate::state {
    explicit state(asio::io_context& context) : changed(context) {}
    bell changed;
    bool is_open = false;
};

gate::gate(asio::io_context& context) : state_(std::make_shared<state>(context)) {}

void gate::open() {
    state_->is_open = true;
    state_->changed.ring();
}

asio::awaitable<void> gate::wait() const {
    const auto kept = state_;
    auto is_open = [kept] { return kept->is_open; };
    co_await kept->changed.until(is_open);
}

std::string
http_answer(unsigned status, std::string_view body, std::string_view content_type, std::string_view headers) {
    auto head = fmt::format("HTTP/1.1 {} {}\r\n{}", status, status < 400 ? "Fine" : "Not Fine", headers);
    if (!content_type.empty()) head += fmt::format("Content-Type: {}\r\n", content_type);
    if (status != 204) head += fmt::format("Content-Length: {}\r\n", body.size());
    return fmt::format("{}\r\n{}", head, body);
}

behaviour send_raw(std::string bytes) {
    return [bytes](peer& to) { return send_bytes(to, bytes); };
}

behaviour respond(unsigned status, std::string body, std::string content_type, std::string headers) {
    return send_raw(http_answer(status, body, content_type, headers));
}

behaviour respond_and_close(unsigned status, std::string body) {
    return send_raw_then_close(http_answer(status, body));
}

behaviour send_raw_then_close(std::string bytes) {
    return [bytes](peer& to) { return send_then(to, bytes, &peer::close); };
}

behaviour send_raw_then_half_close(std::string bytes) {
    return [bytes](peer& to) { return send_then(to, bytes, &peer::half_close); };
}

behaviour send_raw_then_reset(std::string bytes) {
    return [bytes](peer& to) { return send_then(to, bytes, &peer::reset); };
}

behaviour chunked(std::vector<std::string> pieces) {
    std::string bytes =
        "HTTP/1.1 200 Fine\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (const auto& piece : pieces) bytes += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    return send_raw(bytes + "0\r\n\r\n");
}

behaviour drip(std::string bytes, std::chrono::milliseconds every) {
    return [bytes, every](peer& to) { return send_slowly(to, bytes, every); };
}

behaviour never_answer() {
    return [](peer& to) { return wait_for_the_client_to_leave(to); };
}

behaviour when(gate opened, behaviour then) {
    return [opened, then](peer& to) { return wait_then(opened, then, to); };
}

struct scripted_server::state : std::enable_shared_from_this<state> {
    explicit state(asio::io_context& c)
        : context(c)
        , listener(c, tcp::endpoint(asio::ip::address_v4::loopback(), 0))
        , changed(c) {}

    /// Takes the behaviour for the request that just arrived.
    behaviour arrived(received_request request) {
        requests.push_back(std::move(request));
        changed.ring();
        if (script.empty()) return otherwise;
        auto b = std::move(script.front());
        script.pop_front();
        return b;
    }

    asio::io_context& context;
    std::optional<ssl::context> tls;
    tcp::acceptor listener;
    bell changed;
    std::deque<behaviour> script;
    behaviour otherwise = respond(200, "{}");
    std::vector<received_request> requests;
    std::set<tcp::socket*> idle;
    int accepted = 0;
    int open = 0;
    bool hangs_up = false;
};

namespace {

using server_state = scripted_server::state;

template <class Stream>
class session final : public peer {
public:
    session(std::shared_ptr<server_state> server, Stream stream, int number)
        : server_(std::move(server))
        , stream_(std::move(stream))
        , number_(number) {
        ++server_->open;
    }
    ~session() override {
        server_->idle.erase(&socket());
        --server_->open;
        server_->changed.ring();
    }

    asio::awaitable<void> send(std::string bytes) override {
        co_await asio::async_write(stream_, asio::buffer(bytes), use_tuple);
    }

    asio::awaitable<void> pause(std::chrono::milliseconds d) override {
        asio::steady_timer timer(server_->context, d);
        co_await timer.async_wait(use_tuple);
    }

    void close() override {
        error_code ignored;
        socket().close(ignored);
    }

    void half_close() override {
        error_code ignored;
        socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    void reset() override {
        error_code ignored;
        socket().set_option(asio::socket_base::linger(true, 0), ignored);
        socket().close(ignored);
    }

    /// Looks at the socket without taking anything from it.
    [[nodiscard]] bool is_open() const override {
        auto& s = const_cast<session*>(this)->socket();
        if (!s.is_open()) return false;
        char byte = 0;
        error_code ec;
        s.non_blocking(true, ec);
        s.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, ec);
        return !ec || ec == asio::error::would_block;
    }

    asio::awaitable<void> serve() {
        beast::flat_buffer buffer;
        while (socket().is_open()) {
            http::request<http::string_body> request;
            server_->idle.insert(&socket());
            const auto [ec, size] = co_await http::async_read(stream_, buffer, request, use_tuple);
            server_->idle.erase(&socket());
            if (ec) co_return;
            const auto behave = server_->arrived(taken_from(request));
            co_await behave(*this);
        }
    }

    Stream& stream() { return stream_; }

private:
    tcp::socket& socket() { return beast::get_lowest_layer(stream_); }

    received_request taken_from(const http::request<http::string_body>& request) const {
        received_request r;
        r.method = std::string(request.method_string());
        r.target = std::string(request.target());
        r.body = request.body();
        r.connection = number_;
        for (const auto& field : request) {
            std::string name(field.name_string());
            for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            r.headers[name] = std::string(field.value());
        }
        return r;
    }

    std::shared_ptr<server_state> server_;
    Stream stream_;
    int number_;
};

asio::awaitable<void> serve_plain(std::shared_ptr<server_state> server, tcp::socket socket, int number) {
    session<tcp::socket> s(std::move(server), std::move(socket), number);
    co_await s.serve();
}

asio::awaitable<void> serve_tls(std::shared_ptr<server_state> server, tcp::socket socket, int number) {
    using tls_stream = ssl::stream<tcp::socket>;
    tls_stream stream(std::move(socket), *server->tls);
    session<tls_stream> s(server, std::move(stream), number);
    const auto [ec] = co_await s.stream().async_handshake(ssl::stream_base::server, use_tuple);
    if (!ec) co_await s.serve();
}

asio::awaitable<void> accept_all(std::shared_ptr<server_state> server) {
    for (;;) {
        auto [ec, socket] = co_await server->listener.async_accept(use_tuple);
        if (ec) co_return;
        const auto number = ++server->accepted;
        server->changed.ring();
        if (server->hangs_up) continue;
        auto serving = server->tls ? serve_tls(server, std::move(socket), number)
                                   : serve_plain(server, std::move(socket), number);
        asio::co_spawn(server->context, std::move(serving), asio::detached);
    }
}

} // namespace

scripted_server::scripted_server(asio::io_context& context) : state_(std::make_shared<state>(context)) {
    asio::co_spawn(context, accept_all(state_), asio::detached);
}

scripted_server::scripted_server(asio::io_context& context, const server_tls& tls)
    : scripted_server(context) {
    auto& offered = state_->tls.emplace(ssl::context::tls_server);
    offered.use_certificate_chain_file(tls.certificate_file);
    offered.use_private_key_file(tls.key_file, ssl::context::pem);
    if (tls.client_ca_file.empty()) return;
    offered.load_verify_file(tls.client_ca_file);
    offered.set_verify_mode(ssl::verify_peer | ssl::verify_fail_if_no_peer_cert);
}

scripted_server::~scripted_server() {
    stop_listening();
}

void scripted_server::next(behaviour b) {
    state_->script.push_back(std::move(b));
}
void scripted_server::always(behaviour b) {
    state_->otherwise = std::move(b);
}
void scripted_server::hang_up_on_accept() {
    state_->hangs_up = true;
}

void scripted_server::close_idle_connections() {
    for (auto* socket : std::exchange(state_->idle, {})) {
        error_code ignored;
        socket->shutdown(tcp::socket::shutdown_both, ignored);
    }
}

void scripted_server::stop_listening() {
    error_code ignored;
    state_->listener.close(ignored);
}

std::uint16_t scripted_server::port() const {
    return state_->listener.local_endpoint().port();
}

std::string scripted_server::url(std::string_view host) const {
    return fmt::format("{}://{}:{}", state_->tls ? "https" : "http", host, port());
}

const std::vector<received_request>& scripted_server::requests() const {
    return state_->requests;
}
int scripted_server::connections() const {
    return state_->accepted;
}
int scripted_server::open_connections() const {
    return state_->open;
}

asio::awaitable<void> scripted_server::until_requests(std::size_t count) const {
    const auto kept = state_;
    auto arrived = [kept, count] { return kept->requests.size() >= count; };
    co_await kept->changed.until(arrived);
}

asio::awaitable<void> scripted_server::until_all_closed() const {
    const auto kept = state_;
    auto closed = [kept] { return kept->open == 0; };
    co_await kept->changed.until(closed);
}

std::uint16_t refusing_port(asio::io_context& context) {
    tcp::acceptor taken(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    return taken.local_endpoint().port();
}

} // namespace sluice::testing
