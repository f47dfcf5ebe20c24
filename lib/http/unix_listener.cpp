#include "http/unix_listener.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <system_error>

namespace sluice::http {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

std::unexpected<error> cannot_listen(errc code, const std::string& path, std::string why) {
    return fail(code, "listen on", path, std::move(why));
}

/// Makes room for a socket: nothing is there, or only what a dead daemon left.
result<> clear_the_way(const asio::any_io_executor& executor, const std::string& path) {
    struct stat found{};
    if (::lstat(path.c_str(), &found) != 0) return {};
    if (!S_ISSOCK(found.st_mode)) {
        return cannot_listen(errc::io, path, "something that is no socket is in the way; move it");
    }
    unix_stream probe(executor);
    error_code ec;
    probe.connect(stream_protocol::endpoint(path), ec);
    if (!ec)
        return cannot_listen(
            errc::busy, path, "another daemon answers there; stop it, or give this one its own `name`"
        );
    if (ec != asio::error::connection_refused) return cannot_listen(errc::io, path, ec.message());
    if (::unlink(path.c_str()) != 0)
        return cannot_listen(errc::io, path, std::generic_category().message(errno));
    return {};
}

error_code bind(unix_acceptor& acceptor, const std::string& path) {
    constexpr mode_t owner_only = 0600;
    error_code ec;
    acceptor.open(stream_protocol(), ec);
    if (ec) return ec;
    // Linux gives the file the mode that the unbound socket has: there is no moment at which others could
    // open it.
    if (::fchmod(acceptor.native_handle(), owner_only) != 0)
        return {errno, boost::system::generic_category()};
    acceptor.bind(stream_protocol::endpoint(path), ec);
    if (ec) return ec;
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
    return ec;
}

} // namespace

result<unix_acceptor> listen_at(const asio::any_io_executor& executor, const std::string& path) {
    constexpr auto longest = sizeof(sockaddr_un::sun_path) - 1;
    if (path.size() > longest) {
        return cannot_listen(
            errc::invalid,
            path,
            fmt::format(
                "longer than the {} bytes that a socket's path may have; use a shorter `state_dir`", longest
            )
        );
    }
    if (auto clear = clear_the_way(executor, path); !clear) return std::unexpected(clear.error());
    unix_acceptor acceptor(executor);
    if (const auto ec = bind(acceptor, path)) return cannot_listen(errc::io, path, ec.message());
    return acceptor;
}

bool peer_is_trusted(unix_stream& peer) {
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(peer.native_handle(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return false;
    return who.uid == 0 || who.uid == ::geteuid();
}

} // namespace sluice::http
