#include "daemon/state_directory.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <thread>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;

TEST_CASE("a state directory is made for its owner alone, and is one Sluice's as long as that one lives") {
    const temporary_folder folder;
    const auto directory = folder.file("state/demo");
    CHECK_FALSE(is_locked(directory));
    {
        const auto lock = state_lock::acquire(directory);
        REQUIRE(lock);
        CHECK(is_locked(directory));
        struct stat facts{};
        REQUIRE(::stat(directory.c_str(), &facts) == 0);
        CHECK((facts.st_mode & 0777) == 0700);
        const auto second = state_lock::acquire(directory);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == errc::busy);
        CHECK_THAT(second.error().message(), Contains(directory) && Contains("stop that one"));
    }
    CHECK_FALSE(is_locked(directory));
    CHECK(state_lock::acquire(directory));
}

TEST_CASE("who only asks whether a daemon runs keeps none from starting") {
    const temporary_folder folder;
    const auto directory = folder.file("state");
    REQUIRE(state_lock::acquire(directory));
    for (int i = 0; i < 20; ++i) {
        const int asking = ::open((directory + "/lock").c_str(), O_RDONLY | O_CLOEXEC);
        REQUIRE(::flock(asking, LOCK_SH | LOCK_NB) == 0);
        std::atomic<bool> starts = false;
        std::thread asker([&] {
            starts.wait(false);
            ::close(asking);
        });
        starts = true;
        starts.notify_one();
        const auto lock = state_lock::acquire(directory);
        asker.join();
        CHECK(lock);
    }
}

TEST_CASE("a state directory that cannot be made is told with the way out") {
    const auto lock = state_lock::acquire("/proc/self/no-such-place");
    REQUIRE_FALSE(lock);
    CHECK(lock.error().code == errc::io);
    CHECK_THAT(lock.error().message(), Contains("/proc/self/no-such-place") && Contains("state_dir"));
}
