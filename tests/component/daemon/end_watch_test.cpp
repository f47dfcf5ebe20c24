// The end by a signal, in a process of its own.
#include "daemon/end_watch.hpp"
#include "daemon/exit_code.hpp"

#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string>

using namespace sluice;
using Catch::Contains;

namespace {

struct ended {
    int status = -1;
    std::string said; // on stderr
};

/// Runs `body` in a child, which writes a line to stdout when it may be signalled; then sends the signals.
template <class Body>
ended run_and_signal(Body body, std::initializer_list<int> signals) {
    std::array<int, 2> out{};
    std::array<int, 2> err{};
    REQUIRE(::pipe(out.data()) == 0);
    REQUIRE(::pipe(err.data()) == 0);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(out[1], STDOUT_FILENO);
        ::dup2(err[1], STDERR_FILENO);
        body();
        ::_exit(0);
    }
    ::close(out[1]);
    ::close(err[1]);
    char ready = 0;
    REQUIRE(::read(out[0], &ready, 1) == 1);
    for (const int signal : signals) ::kill(child, signal);
    ended result;
    std::array<char, 512> part{};
    for (ssize_t got = 0; (got = ::read(err[0], part.data(), part.size())) > 0;)
        result.said.append(part.data(), static_cast<std::size_t>(got));
    while (::waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
    }
    ::close(out[0]);
    ::close(err[0]);
    return result;
}

void say_ready() {
    (void)!::write(STDOUT_FILENO, "\n", 1);
}

[[noreturn]] void block() {
    for (;;) ::pause();
}

} // namespace

TEST_CASE("a process whose only loop is blocked ends by SIGTERM within the limit, and says what was late") {
    const auto blocked = [] {
        end_watch watch(milliseconds(50));
        watch.note("the reading of a key");
        say_ready();
        block();
    };
    const auto end = run_and_signal(blocked, {SIGTERM});
    REQUIRE(WIFEXITED(end.status));
    CHECK(WEXITSTATUS(end.status) == failed);
    CHECK_THAT(end.said, Contains("late=\"the reading of a key\""));
}

TEST_CASE("whoever asks twice does not wait") {
    const auto blocked = [] {
        end_watch watch(std::chrono::hours(1));
        watch.tell([](int) { (void)!::write(STDOUT_FILENO, "\n", 1); });
        say_ready();
        block();
    };
    const auto end = run_and_signal(blocked, {SIGTERM, SIGINT}); // two, so that none is lost in the other
    REQUIRE(WIFEXITED(end.status));
    CHECK(WEXITSTATUS(end.status) == failed);
    CHECK(end.said.empty());
}

TEST_CASE("who listens is told of the signal, also of one that came before, and then ends in peace") {
    const auto listens = [](bool signal_is_first) {
        std::atomic<int> came = 0;
        {
            end_watch watch(std::chrono::hours(1));
            const auto listener = [&](int signal) {
                came = signal;
                came.notify_one();
            };
            if (!signal_is_first) watch.tell(listener);
            say_ready();
            if (signal_is_first) {
                std::atomic<bool> seen = false;
                while (!seen) watch.tell([&](int) { seen = true; }); // it has come
                watch.tell(listener);
            }
            came.wait(0);
            watch.tell({});
        }
        ::_exit(came == SIGTERM ? done : failed);
    };
    const bool signal_is_first = GENERATE(false, true);
    const auto end = run_and_signal([&] { listens(signal_is_first); }, {SIGTERM});
    REQUIRE(WIFEXITED(end.status));
    CHECK(WEXITSTATUS(end.status) == done);
}
