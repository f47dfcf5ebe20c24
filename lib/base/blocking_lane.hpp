#pragma once
// One thread for calls that block: librdkafka's synchronous calls, scrypt, fsync. A coroutine awaits the
// answer on its own executor; the calls of one lane run one after the other.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace sluice {

class blocking_lane {
public:
    explicit blocking_lane(std::string name);
    /// Waits for the running call at most a second; one that hangs longer is left behind with its thread.
    ~blocking_lane();
    blocking_lane(const blocking_lane&) = delete;
    blocking_lane& operator=(const blocking_lane&) = delete;

    /// Runs `call` on the lane's thread and gives its value back on the awaiting coroutine's executor.
    /// `call` must not throw and must own what it touches: it may outlive the caller when it hangs.
    template <class Call>
    boost::asio::awaitable<std::invoke_result_t<Call>> run(Call call);

    /// Waits until the lane is idle, at most `limit`; false names a call that hangs.
    [[nodiscard]] bool drain(std::chrono::milliseconds limit);
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    struct state {
        boost::asio::io_context context{1};
        std::atomic<bool> finished{false};
    };

    std::string name_;
    std::shared_ptr<state> state_; // shared with the thread, which may be left behind
    std::unique_ptr<boost::asio::executor_work_guard<boost::asio::io_context::executor_type>> open_;
};

template <class Call>
boost::asio::awaitable<std::invoke_result_t<Call>> blocking_lane::run(Call call) {
    using value = std::invoke_result_t<Call>;
    auto home = co_await boost::asio::this_coro::executor;
    auto initiate = [this, home, call = std::move(call)](auto handler) mutable {
        auto keep_home = boost::asio::make_work_guard(home);
        auto work = [home, keep_home, call = std::move(call), handler = std::move(handler)]() mutable {
            auto answer = std::make_shared<value>(call());
            // The guard travels home too: left here, it could outlive the context that it keeps running.
            auto deliver = [answer, handler = std::move(handler), keep_home = std::move(keep_home)](
                           ) mutable { std::move(handler)(std::move(*answer)); };
            boost::asio::post(home, std::move(deliver));
        };
        boost::asio::post(state_->context, std::move(work));
    };
    auto operation = boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(value)>(
        std::move(initiate), boost::asio::use_awaitable
    );
    co_return co_await std::move(operation);
}

} // namespace sluice
