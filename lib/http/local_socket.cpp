#include "http/local_socket.hpp"

#include "base/scope.hpp"
#include "http/local_session.hpp"
#include "http/unix_listener.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

namespace sluice::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve_peer(std::unique_ptr<local_session> session) {
    co_await session->serve();
}

} // namespace

struct local_socket::impl {
    impl(
        const asio::any_io_executor& executor,
        unix_acceptor a,
        time_source& t,
        std::string p,
        std::shared_ptr<local_service> s
    )
        : acceptor(std::move(a))
        , time(t)
        , path(std::move(p))
        , service(std::move(s))
        , children(executor, t, [log = service->log](auto&, auto& what) {
            log.error("a command's connection ended badly", {{"why", what}});
        }) {}

    asio::awaitable<void> accept();
    void close();

    unix_acceptor acceptor;
    time_source& time;
    std::string path;
    std::shared_ptr<local_service> service;
    scope children; // the accepting loop and every session
};

asio::awaitable<void> local_socket::impl::accept() {
    while (acceptor.is_open()) {
        auto [ec, peer] = co_await acceptor.async_accept(as_result);
        if (!acceptor.is_open()) co_return;
        if (!ec) {
            children.spawn("command", serve_peer(std::make_unique<local_session>(std::move(peer), service)));
            continue;
        }
        service->log.warning("a command's connection could not be accepted", {{"why", ec.message()}});
        co_await time.sleep(seconds(1));
    }
}

void local_socket::impl::close() {
    if (!acceptor.is_open()) return;
    // The file first: who finds no file knows that there is no daemon, a refused connection says less.
    ::unlink(path.c_str());
    error_code ignored;
    acceptor.close(ignored);
}

result<std::unique_ptr<local_socket>> local_socket::listen(
    asio::any_io_executor executor,
    time_source& time,
    const std::string& path,
    control::daemon_commands& daemon,
    build_identity build,
    logger log,
    local_limits limits
) {
    auto acceptor = listen_at(executor, path);
    if (!acceptor) return std::unexpected(acceptor.error());
    auto service = std::make_shared<local_service>(daemon, std::move(build), std::move(log), limits);
    auto made = std::make_unique<impl>(executor, std::move(*acceptor), time, path, std::move(service));
    made->children.spawn("accept", made->accept());
    return std::unique_ptr<local_socket>(new local_socket(std::move(made)));
}

local_socket::local_socket(std::unique_ptr<impl> i) : impl_(std::move(i)) {}

local_socket::~local_socket() {
    impl_->close();
}

asio::awaitable<bool> local_socket::stop(milliseconds limit) {
    impl_->close();
    impl_->children.cancel();
    co_return co_await impl_->children.join(limit);
}

} // namespace sluice::http
