#include "end_watch.hpp"

#include "base/log.hpp"
#include "exit_code.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

namespace sluice {

namespace {

constexpr milliseconds for_ever(-1);

int opened(int file, const char* what) {
    if (file < 0) throw std::system_error(errno, std::generic_category(), what);
    return file;
}

} // namespace

end_watch::end_watch(milliseconds limit) : limit_(limit) {
    sigset_t awaited{};
    ::sigemptyset(&awaited);
    ::sigaddset(&awaited, SIGTERM);
    ::sigaddset(&awaited, SIGINT);
    ::pthread_sigmask(SIG_BLOCK, &awaited, &before_);
    signals_ = opened(::signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
    over_ = opened(::eventfd(0, EFD_CLOEXEC), "eventfd");
    thread_ = std::thread([this] { watch(); });
}

end_watch::~end_watch() {
    const std::uint64_t one = 1;
    (void)!::write(over_, &one, sizeof(one));
    thread_.join();
    ::close(signals_);
    ::close(over_);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void end_watch::tell(std::function<void(int signal)> listener) {
    const std::scoped_lock lock(mutex_);
    listener_ = std::move(listener);
    if (listener_ && came_ != 0) listener_(came_);
}

void end_watch::announce(int signal) {
    const std::scoped_lock lock(mutex_);
    came_ = signal;
    if (listener_) listener_(signal);
}

void end_watch::watch() {
    int signal = 0;
    if (wait(for_ever, signal) == outcome::over) return;
    announce(signal);
    const auto end = wait(limit_, signal);
    if (end == outcome::over) return;
    const char* const late = goes_on_;
    if (end == outcome::late) {
        const auto log = make_stderr_logger(log_level::info); // the loop's own may be what is late
        log.error("the shutdown was late and is cut off", {{"late", late}});
    }
    std::fflush(nullptr);
    std::_Exit(failed);
}

end_watch::outcome end_watch::wait(milliseconds limit, int& signal) const {
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<milliseconds>(deadline - clock::now());
        const auto patience = limit == for_ever ? -1 : static_cast<int>(std::max(left.count(), 0L));
        std::array<pollfd, 2> files{{{signals_, POLLIN, 0}, {over_, POLLIN, 0}}};
        const int ready = ::poll(files.data(), files.size(), patience);
        if (ready == 0) return outcome::late;
        if (files[1].revents != 0) return outcome::over;
        signalfd_siginfo facts{};
        if (ready < 0 || ::read(signals_, &facts, sizeof(facts)) != sizeof(facts)) continue;
        signal = static_cast<int>(facts.ssi_signo);
        return outcome::signal;
    }
}

} // namespace sluice
