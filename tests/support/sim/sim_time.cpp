#include "support/sim/sim_time.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace sluice::testing {

namespace asio = boost::asio;

// A steady_timer that never expires is the condition variable; the virtual clock or a ring ends the wait.
class sim_alarm final : public alarm {
public:
    explicit sim_alarm(sim_time& time) : time_(time), wake_(time.context_) {}

    asio::awaitable<void> wait_until(mono_time deadline) override {
        if (rung_) {
            rung_ = false;
            co_return;
        }
        const sim_time::key when{deadline, ++time_.asked_};
        bool is_due = false;
        auto fire = [this, &is_due] {
            is_due = true;
            wake_.cancel();
        };
        time_.due_.emplace(when, std::move(fire));
        wake_.expires_at(asio::steady_timer::time_point::max());
        boost::system::error_code ec;
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        co_await wake_.async_wait(token);
        time_.due_.erase(when);
        const bool by_ring = std::exchange(rung_, false);
        if (!is_due && !by_ring) throw boost::system::system_error(ec);
    }

    void ring() override {
        rung_ = true;
        wake_.cancel();
    }

private:
    sim_time& time_;
    asio::steady_timer wake_;
    bool rung_ = false;
};

sim_time::sim_time(asio::io_context& context) : context_(context) {}

std::unique_ptr<alarm> sim_time::make_alarm() {
    return std::make_unique<sim_alarm>(*this);
}

void sim_time::run_ready() {
    context_.restart();
    context_.poll();
}

bool sim_time::advance(mono_time limit) {
    if (due_.empty() || due_.begin()->first.first > limit) return false;
    const auto next = due_.begin();
    const auto by = std::max(next->first.first - now_.mono, mono_time::duration::zero());
    now_ = now_ + by;
    const auto fire = std::move(next->second);
    due_.erase(next);
    fire();
    return true;
}

void sim_time::run_until(mono_time deadline) {
    run_ready();
    while (advance(deadline)) run_ready();
    if (deadline > now_.mono) now_ = now_ + (deadline - now_.mono);
}

bool sim_time::run_while_not(const std::function<bool()>& holds, std::chrono::steady_clock::duration limit) {
    const auto deadline = now_.mono + limit;
    run_ready();
    while (!holds() && advance(deadline)) run_ready();
    return holds();
}

} // namespace sluice::testing
