#include "base/time.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/chrono.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

class timer_alarm final : public alarm {
public:
    explicit timer_alarm(const asio::any_io_executor& executor) : timer_(executor) {}

    asio::awaitable<void> wait_until(mono_time deadline) override {
        if (rung_) {
            rung_ = false;
            co_return;
        }
        timer_.expires_at(deadline);
        boost::system::error_code ec;
        auto token = asio::redirect_error(asio::use_awaitable, ec);
        co_await timer_.async_wait(token);
        // A ring cancels the timer; whoever cancels the coroutine leaves rung_ alone.
        const bool by_ring = rung_;
        rung_ = false;
        if (ec && !by_ring) throw boost::system::system_error(ec);
    }

    void ring() override {
        rung_ = true;
        timer_.cancel();
    }

private:
    asio::steady_timer timer_;
    bool rung_ = false;
};

class system_time final : public time_source {
public:
    explicit system_time(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    [[nodiscard]] moment now() const override {
        return {std::chrono::steady_clock::now(), std::chrono::system_clock::now()};
    }

    std::unique_ptr<alarm> make_alarm() override { return std::make_unique<timer_alarm>(executor_); }

private:
    asio::any_io_executor executor_;
};

} // namespace

asio::awaitable<void> time_source::sleep(std::chrono::steady_clock::duration d) {
    const auto once = make_alarm();
    const auto deadline = now().mono + d;
    co_await once->wait_until(deadline);
}

std::unique_ptr<time_source> make_system_time(asio::any_io_executor executor) {
    return std::make_unique<system_time>(std::move(executor));
}

std::string to_iso8601(wall_time t) {
    return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(t)));
}

} // namespace sluice
