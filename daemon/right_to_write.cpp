#include "right_to_write.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace sluice {

namespace asio = boost::asio;

namespace {

constexpr milliseconds daemon_answers_within = seconds(3);

asio::awaitable<result<std::unique_ptr<http::local_client>>> reach(std::string socket) {
    auto client = co_await http::local_client::connect(std::move(socket), daemon_answers_within);
    if (!client) co_return client;
    const auto peer = co_await (*client)->version(daemon_answers_within);
    if (!peer) co_return std::unexpected(peer.error());
    co_return client;
}

bool is_for_others(const std::string& directory) {
    return ::faccessat(AT_FDCWD, directory.c_str(), W_OK | X_OK, AT_EACCESS) != 0 && errno == EACCES;
}

result<state_lock> lock_state(const std::string& directory) {
    auto lock = state_lock::acquire(directory);
    const bool no_right = !lock && lock.error().code == errc::unauthorized && is_for_others(directory);
    if (!no_right) return lock;
    return fail(
        errc::unauthorized,
        "write to the state directory",
        directory,
        "permission denied; run this as the daemon's user or as root"
    );
}

} // namespace

asio::awaitable<result<right_to_write>> take_right(workbench& bench, daemon_address where, bool direct) {
    right_to_write right;
    auto daemon = co_await reach(where.socket);
    if (daemon) right.daemon = std::move(*daemon);
    // Whether one runs is not known to who may not ask.
    if (!daemon && daemon.error().code == errc::unauthorized) co_return std::unexpected(daemon.error());
    // A daemon that runs another file by the same socket tells no state directory, and needs none here.
    if (where.state_dir.empty()) co_return right;
    right.journal = control::make_file_journal(bench.world.history(), where.state_dir);
    right.store = bench.memory_for_reading(where.state_dir);
    if (right.daemon) co_return right;
    if (is_locked(where.state_dir)) {
        if (direct) co_return right;
        co_return fail(
            errc::busy,
            "ask the daemon of",
            where.name,
            "it runs but does not answer; look at its log, or act beside it with --direct"
        );
    }
    auto lock = lock_state(where.state_dir);
    if (!lock) co_return std::unexpected(lock.error());
    right.lock = std::move(*lock);
    right.store = control::make_file_memory_store(bench.world.disk(), where.state_dir);
    co_return right;
}

std::string user_name() {
    if (const char* user = std::getenv("USER"); user != nullptr && *user != '\0') return user;
    const auto id = ::geteuid();
    const auto* entry = ::getpwuid(id);
    return entry != nullptr ? entry->pw_name : std::to_string(id);
}

std::string by_user(std::string_view command) {
    return fmt::format("{} by {}", command, user_name());
}

} // namespace sluice
