#pragma once
// A nursery for coroutines: every child has a name, none outlives its scope's join unnoticed, and a shutdown
// can say who is late. All calls on the executor's thread.

#include "base/time.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace sluice {

class scope {
public:
    /// `on_failure` hears of a child that ended by an exception (cancellation excepted).
    using failure_handler = std::function<void(const std::string& child, const std::string& what)>;

    scope(boost::asio::any_io_executor executor, time_source& time, failure_handler on_failure);
    /// Children that still run are left to end by themselves.
    ~scope();
    scope(const scope&) = delete;
    scope& operator=(const scope&) = delete;

    void spawn(std::string name, boost::asio::awaitable<void> child);

    /// Asks every child to end at its next wait.
    void cancel();

    /// Waits until all children ended, at most `limit`. False: some are late, see `running`.
    boost::asio::awaitable<bool> join(milliseconds limit);

    [[nodiscard]] std::vector<std::string> running() const;

private:
    struct child {
        std::string name;
        boost::asio::cancellation_signal stop;
    };

    /// Shared with the children, so that one that is cut off with its scope gone finds it.
    struct nursery {
        std::list<child> children;
        scope* owner = nullptr; // null: gone
    };

    static void ended(nursery& in, std::list<child>::iterator which, const std::exception_ptr& failure);
    void tell(const std::string& name, const std::exception_ptr& failure);

    boost::asio::any_io_executor executor_;
    time_source& time_;
    failure_handler on_failure_;
    std::shared_ptr<nursery> nursery_;
    std::unique_ptr<alarm> changed_;
};

} // namespace sluice
