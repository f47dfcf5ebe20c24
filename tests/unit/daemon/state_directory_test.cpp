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

TEST_CASE("a directory and a lock that root makes belong to whom the place belongs") {
    if (::geteuid() != 0) return; // nobody else can give files away
    constexpr uid_t another = 12345;
    const temporary_folder folder;
    const auto place = folder.file("place");
    REQUIRE(::mkdir(place.c_str(), 0755) == 0);
    REQUIRE(::chown(place.c_str(), another, another) == 0);
    REQUIRE(state_lock::acquire(place + "/.sluice/demo"));
    for (const std::string made : {"/.sluice", "/.sluice/demo", "/.sluice/demo/lock"}) {
        INFO(made);
        struct stat facts{};
        REQUIRE(::stat((place + made).c_str(), &facts) == 0);
        CHECK(facts.st_uid == another);
        CHECK(facts.st_gid == another);
    }
}

TEST_CASE("a lock that is another name of a file elsewhere is not given away") {
    if (::geteuid() != 0) return;
    constexpr uid_t another = 12345;
    const temporary_folder folder;
    const auto place = folder.file("place");
    const auto elsewhere = folder.file("elsewhere");
    REQUIRE(::mkdir(place.c_str(), 0755) == 0);
    REQUIRE(::chown(place.c_str(), another, another) == 0);
    ::close(::open(elsewhere.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    REQUIRE(::link(elsewhere.c_str(), (place + "/lock").c_str()) == 0);
    REQUIRE(state_lock::acquire(place));
    struct stat facts{};
    REQUIRE(::stat(elsewhere.c_str(), &facts) == 0);
    CHECK(facts.st_uid == 0);
}

TEST_CASE("where a state directory must not be made or written, that is what is told") {
    constexpr uid_t another = 12345;
    const bool is_root = ::geteuid() == 0; // for whom no permission counts
    const temporary_folder folder;
    const auto place = folder.file("place");
    REQUIRE(::mkdir(place.c_str(), 0500) == 0);
    if (is_root) {
        REQUIRE(::chmod(folder.file("").c_str(), 0755) == 0);
        REQUIRE(::chmod(place.c_str(), 0555) == 0);
        REQUIRE(::seteuid(another) == 0);
    }
    const auto inside = state_lock::acquire(place + "/.sluice/demo");
    const auto itself = state_lock::acquire(place);
    if (is_root) REQUIRE(::seteuid(0) == 0);
    for (const auto* lock : {&inside, &itself}) {
        REQUIRE_FALSE(*lock);
        CHECK(lock->error().code == errc::unauthorized);
        CHECK_THAT(
            lock->error().message(), Contains(place) && Contains("Permission denied; make it writable")
        );
    }
}

TEST_CASE("a state directory that cannot be made is told with the way out") {
    const auto lock = state_lock::acquire("/proc/self/no-such-place");
    REQUIRE_FALSE(lock);
    CHECK(lock.error().code == errc::io);
    CHECK_THAT(lock.error().message(), Contains("/proc/self/no-such-place") && Contains("state_dir"));
}
