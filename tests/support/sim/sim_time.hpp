#pragma once
// Virtual time: everything that is ready runs, then the clock jumps to the next deadline. Hours take
// milliseconds, and the same seed gives the same run.

#include "base/time.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <utility>

namespace sluice::testing {

class sim_time final : public time_source {
public:
    explicit sim_time(boost::asio::io_context& context);

    [[nodiscard]] moment now() const override { return now_; }
    std::unique_ptr<alarm> make_alarm() override;

    /// Runs until `deadline` of virtual time has come and everything due has run.
    void run_until(mono_time deadline);
    void run_for(std::chrono::steady_clock::duration d) { run_until(now_.mono + d); }

    /// Runs until `holds`, at most `limit` of virtual time. False: time is up.
    bool run_while_not(const std::function<bool()>& holds, std::chrono::steady_clock::duration limit);

    /// The wall clock jumps, as by NTP; the monotonic one does not.
    void jump_wall(std::chrono::seconds by) { now_.wall += by; }

    /// As a machine that was suspended: both clocks move on, and what was due meanwhile is so at once.
    void sleep_through(std::chrono::steady_clock::duration d) { now_ = now_ + d; }

private:
    friend class sim_alarm;
    using key = std::pair<mono_time, std::uint64_t>; // deadline, order of asking

    void run_ready();
    [[nodiscard]] bool advance(mono_time limit);

    boost::asio::io_context& context_;
    moment now_{mono_time{} + std::chrono::hours(1), wall_time{} + std::chrono::hours(24 * 365 * 56)};
    std::map<key, std::function<void()>> due_;
    std::uint64_t asked_ = 0;
};

/// Runs a coroutine to its end in virtual time.
template <class Body>
void run_in(sim_time& time, boost::asio::io_context& context, Body body);

} // namespace sluice::testing

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <stdexcept>

template <class Body>
void sluice::testing::run_in(sim_time& time, boost::asio::io_context& context, Body body) {
    bool ended = false;
    std::exception_ptr failure;
    auto on_end = [&](const std::exception_ptr& e) {
        failure = e;
        ended = true;
    };
    boost::asio::co_spawn(context, std::move(body), std::move(on_end));
    time.run_while_not([&] { return ended; }, std::chrono::hours(24));
    if (failure) std::rethrow_exception(failure);
    if (!ended) throw std::runtime_error("the coroutine did not end within a virtual day");
}
