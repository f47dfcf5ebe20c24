// What a command may do beside a daemon that is another user's.
#include "daemon/right_to_write.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
namespace asio = boost::asio;

namespace {

constexpr uid_t nobody = 65534;

/// Root may do everything: then somebody else, as long as this lives.
class without_root {
public:
    without_root() : was_root_(::geteuid() == 0) {
        if (was_root_) REQUIRE(::seteuid(nobody) == 0);
    }
    ~without_root() {
        if (was_root_) CHECK(::seteuid(0) == 0);
    }
    without_root(const without_root&) = delete;
    without_root& operator=(const without_root&) = delete;

private:
    bool was_root_;
};

result<void> try_to_write(const daemon_address& where) {
    workbench bench(log_level::error);
    result<void> came;
    auto whole = [&]() -> asio::awaitable<int> {
        const auto right = co_await take_right(bench, where, false);
        if (!right) came = std::unexpected(right.error());
        co_return 0;
    };
    bench.run(whole());
    return came;
}

} // namespace

TEST_CASE("whoever may not reach the daemon or its state is told as whom to come, and is refused") {
    const temporary_folder folder;
    const auto state = folder.file("state");
    std::filesystem::create_directory(state);
    REQUIRE(::chmod(state.c_str(), 0) == 0);
    result<void> beside_its_socket;
    result<void> beside_its_state;
    {
        const without_root somebody;
        beside_its_socket = try_to_write({"demo", state + "/demo.sock", {}, state, {}});
        // Root's socket lies where only root looks for it.
        beside_its_state = try_to_write({"demo", "/nonexistent/demo.sock", {}, state, {}});
    }
    ::chmod(state.c_str(), 0700);
    for (const auto& came : {beside_its_socket, beside_its_state}) {
        REQUIRE_FALSE(came);
        CHECK(came.error().code == errc::unauthorized);
        CHECK_THAT(came.error().message(), Contains("run this as the daemon's user or as root"));
    }
}
