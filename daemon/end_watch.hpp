#pragma once
// SIGTERM and SIGINT, waited for on a thread of their own: whatever keeps the loop or a destructor, the
// process ends within the limit, and says what was late. Whoever asks twice does not want to wait.

#include "base/time.hpp"

#include <atomic>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace sluice {

class end_watch {
public:
    /// From here on the two signals do nothing else in this thread and those that it starts: to be made
    /// before any other, and to be gone after all.
    explicit end_watch(milliseconds limit);
    ~end_watch();
    end_watch(const end_watch&) = delete;
    end_watch& operator=(const end_watch&) = delete;

    /// Called once, on the watch's thread, with the signal that came; at once when it has come already.
    /// Empty: nobody is to be told any more.
    void tell(std::function<void(int signal)> listener);

    /// What goes on now: a literal, named when it is late.
    void note(const char* what_goes_on) { goes_on_ = what_goes_on; }

private:
    enum class outcome : std::uint8_t { signal, over, late };

    void watch();
    outcome wait(milliseconds limit, int& signal) const;
    void announce(int signal);

    milliseconds limit_;
    sigset_t before_{};
    int signals_ = -1; // signalfd
    int over_ = -1;    // eventfd: written to by the destructor
    std::atomic<const char*> goes_on_{"the start"};
    std::mutex mutex_; // of the two below
    std::function<void(int)> listener_;
    int came_ = 0;
    std::thread thread_;
};

} // namespace sluice
