#pragma once
// The only clock and the only timer of the program, behind one port, so that a simulation can hand in
// virtual time. Everything here runs on the io_context's thread.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <memory>

namespace sluice {

using mono_time = std::chrono::steady_clock::time_point; // for intervals and deadlines; never shown
using wall_time = std::chrono::system_clock::time_point; // for people and records; may jump
using std::chrono::milliseconds;
using std::chrono::seconds;

/// One instant by both clocks. Pure code takes it as an argument.
struct moment {
    mono_time mono{};
    wall_time wall{};

    friend bool operator==(const moment&, const moment&) = default;
    friend moment operator+(moment m, std::chrono::steady_clock::duration d) {
        return {m.mono + d, m.wall + std::chrono::duration_cast<wall_time::duration>(d)};
    }
};

/// A wait that somebody else can end early: sleep, deadline and condition variable in one.
class alarm {
public:
    virtual ~alarm() = default;

    /// Returns at `deadline`, or at once when `ring` was or is called (which uses that ring up).
    /// One waiter at a time. Throws boost::system::system_error(operation_aborted) when cancelled.
    virtual boost::asio::awaitable<void> wait_until(mono_time deadline) = 0;
    virtual void ring() = 0;

    boost::asio::awaitable<void> wait() { return wait_until(mono_time::max()); }
};

class time_source {
public:
    virtual ~time_source() = default;

    [[nodiscard]] virtual moment now() const = 0;
    virtual std::unique_ptr<alarm> make_alarm() = 0;

    boost::asio::awaitable<void> sleep(std::chrono::steady_clock::duration d);
};

/// The machine's clocks and Asio's timers.
std::unique_ptr<time_source> make_system_time(boost::asio::any_io_executor executor);

/// UTC, as "2026-11-23T18:27:50Z".
std::string to_iso8601(wall_time t);

} // namespace sluice
