#include "base/blocking_lane.hpp"

#include <thread>

namespace sluice {

blocking_lane::blocking_lane(std::string name) : name_(std::move(name)), state_(std::make_shared<state>()) {
    using guard = boost::asio::executor_work_guard<boost::asio::io_context::executor_type>;
    open_ = std::make_unique<guard>(state_->context.get_executor());
    std::thread([shared = state_] {
        shared->context.run();
        shared->finished = true;
    }).detach();
}

blocking_lane::~blocking_lane() {
    (void)drain(std::chrono::seconds(1));
}

bool blocking_lane::drain(std::chrono::milliseconds limit) {
    open_.reset();
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!state_->finished && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return state_->finished;
}

} // namespace sluice
