#include "right_to_write.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <cstdlib>

namespace sluice {

namespace asio = boost::asio;

namespace {

constexpr milliseconds daemon_answers_within = seconds(3);

asio::awaitable<std::unique_ptr<http::local_client>> reach(std::string socket) {
    auto client = co_await http::local_client::connect(std::move(socket), daemon_answers_within);
    if (!client) co_return nullptr;
    const auto peer = co_await (*client)->version(daemon_answers_within);
    if (!peer) co_return nullptr;
    co_return std::move(*client);
}

} // namespace

asio::awaitable<result<right_to_write>> take_right(workbench& bench, daemon_address where, bool direct) {
    right_to_write right;
    right.daemon = co_await reach(where.socket);
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
    auto lock = state_lock::acquire(where.state_dir);
    if (!lock) co_return std::unexpected(lock.error());
    right.lock = std::move(*lock);
    right.store = control::make_file_memory_store(bench.world.disk(), where.state_dir);
    co_return right;
}

std::string user_name() {
    const char* user = std::getenv("USER");
    return user != nullptr && *user != '\0' ? user : std::to_string(::geteuid());
}

std::string by_user(std::string_view command) {
    return fmt::format("{} by {}", command, user_name());
}

} // namespace sluice
