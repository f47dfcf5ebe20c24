#include "base/scope.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace sluice {

namespace asio = boost::asio;

scope::scope(asio::any_io_executor executor, time_source& time, failure_handler on_failure)
    : executor_(std::move(executor))
    , time_(time)
    , on_failure_(std::move(on_failure))
    , nursery_(std::make_shared<nursery>())
    , changed_(time.make_alarm()) {
    nursery_->owner = this;
}

scope::~scope() {
    nursery_->owner = nullptr;
}

void scope::spawn(std::string name, asio::awaitable<void> work) {
    auto& children = nursery_->children;
    children.emplace_back();
    const auto which = std::prev(children.end());
    which->name = std::move(name);
    auto on_end = [in = nursery_, which](const std::exception_ptr& failure) { ended(*in, which, failure); };
    asio::co_spawn(
        executor_, std::move(work), asio::bind_cancellation_slot(which->stop.slot(), std::move(on_end))
    );
}

void scope::ended(nursery& in, std::list<child>::iterator which, const std::exception_ptr& failure) {
    const auto name = std::move(which->name);
    in.children.erase(which);
    if (in.owner == nullptr) return;
    in.owner->changed_->ring();
    if (failure) in.owner->tell(name, failure);
}

void scope::tell(const std::string& name, const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) on_failure_(name, e.what());
    } catch (const std::exception& e) {
        on_failure_(name, e.what());
    }
}

void scope::cancel() {
    // A child may end inside emit and leave the list, so step first.
    auto& children = nursery_->children;
    for (auto at = children.begin(); at != children.end();) {
        auto& next = *at++;
        next.stop.emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<bool> scope::join(milliseconds limit) {
    const auto deadline = time_.now().mono + limit;
    while (!nursery_->children.empty() && time_.now().mono < deadline)
        co_await changed_->wait_until(deadline);
    co_return nursery_->children.empty();
}

std::vector<std::string> scope::running() const {
    std::vector<std::string> names;
    for (const auto& c : nursery_->children) names.push_back(c.name);
    return names;
}

} // namespace sluice
