#include "http/server.hpp"

#include "base/scope.hpp"
#include "http/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

namespace sluice::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string name_of(const std::string& address, std::uint16_t port) {
    const bool is_ipv6 = address.find(':') != std::string::npos;
    return is_ipv6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port);
}

std::unexpected<error> cannot_listen(const std::string& address, std::uint16_t port, const error_code& ec) {
    const auto refuse = [&](errc code, std::string why) {
        return fail(code, "listen on", name_of(address, port), std::move(why));
    };
    if (ec == asio::error::address_in_use) {
        return refuse(
            errc::busy,
            fmt::format(
                "the port is in use; `ss -ltnp 'sport = :{}'` shows by whom, `http.listen` sets another", port
            )
        );
    }
    if (ec == asio::error::access_denied) {
        return refuse(errc::unauthorized, "a port below 1024 needs more rights; `http.listen` sets another");
    }
    if (ec == boost::system::errc::address_not_available) {
        return refuse(errc::invalid, "this machine has no such address; correct `http.listen`");
    }
    return refuse(errc::io, ec.message());
}

/// An IP address, or a name of this machine. Looking a name up may block: this is for the start.
result<tcp::endpoint>
endpoint_of(const asio::any_io_executor& executor, const std::string& address, std::uint16_t port) {
    error_code ec;
    const auto literal = asio::ip::make_address(address, ec);
    if (!ec) return tcp::endpoint(literal, port);
    tcp::resolver resolver(executor);
    const auto found = resolver.resolve(address, std::to_string(port), tcp::resolver::passive, ec);
    if (!ec) return found.begin()->endpoint();
    return fail(
        errc::invalid,
        "listen on",
        name_of(address, port),
        "the name cannot be resolved (" + ec.message() + "); correct `http.listen`"
    );
}

error_code open(tcp::acceptor& acceptor, const tcp::endpoint& at) {
    error_code ec;
    acceptor.open(at.protocol(), ec);
    if (ec) return ec;
    acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    if (ec) return ec;
    acceptor.bind(at, ec);
    if (ec) return ec;
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
}

asio::awaitable<void> serve_client(std::unique_ptr<connection> client) {
    co_await client->serve();
}

} // namespace

struct server::impl {
    impl(const asio::any_io_executor& executor, time_source& t, std::shared_ptr<serving> s)
        : acceptor(executor)
        , time(t)
        , shared(std::move(s))
        , children(executor, t, [log = shared->log](auto& child, auto& what) {
            log.error("a connection ended badly", {{"of", child}, {"why", what}});
        }) {}

    asio::awaitable<void> accept();
    void admit(tcp::socket socket);

    tcp::acceptor acceptor;
    time_source& time;
    std::shared_ptr<serving> shared;
    scope children; // the accepting loop and every connection
};

asio::awaitable<void> server::impl::accept() {
    bool complained = false;
    while (acceptor.is_open()) {
        auto [ec, socket] = co_await acceptor.async_accept(as_result);
        if (!acceptor.is_open()) co_return;
        if (!ec) {
            complained = false;
            admit(std::move(socket));
            continue;
        }
        // Mostly too many open files. It passes when connections end, so saying it once is enough.
        if (!complained) shared->log.warning("a connection could not be accepted", {{"why", ec.message()}});
        complained = true;
        co_await time.sleep(milliseconds(100));
    }
}

void server::impl::admit(tcp::socket socket) {
    if (shared->connections >= shared->limits.connections) {
        if (shared->idle.empty()) return; // everybody is busy: the new one has to go
        shared->idle.front()->close();
        shared->idle.pop_front();
    }
    error_code ec;
    const auto peer = socket.remote_endpoint(ec);
    const auto name = ec ? std::string("gone") : name_of(peer.address().to_string(), peer.port());
    children.spawn(name, serve_client(std::make_unique<connection>(std::move(socket), shared)));
}

result<std::unique_ptr<server>> server::listen(
    asio::any_io_executor executor,
    time_source& time,
    const std::string& address,
    std::uint16_t port,
    handler answer,
    logger log,
    server_limits limits
) {
    const auto at = endpoint_of(executor, address, port);
    if (!at) return std::unexpected(at.error());
    auto shared = std::make_shared<serving>(std::move(answer), std::move(log), limits);
    auto made = std::make_unique<impl>(executor, time, std::move(shared));
    if (const auto ec = open(made->acceptor, *at)) return cannot_listen(address, port, ec);
    made->children.spawn("accept", made->accept());
    return std::unique_ptr<server>(new server(std::move(made)));
}

server::server(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
server::~server() = default;

std::uint16_t server::port() const {
    return impl_->acceptor.local_endpoint().port();
}

std::size_t server::connections() const {
    return impl_->shared->connections;
}

asio::awaitable<bool> server::stop(milliseconds limit) {
    auto& shared = *impl_->shared;
    shared.stopping = true;
    error_code ignored;
    impl_->acceptor.close(ignored);
    for (auto* client : shared.idle) client->close();
    const bool in_time = co_await impl_->children.join(limit);
    if (in_time) co_return true;
    impl_->children.cancel();
    co_await impl_->children.join(seconds(1));
    co_return false;
}

} // namespace sluice::http
