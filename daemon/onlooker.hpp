#pragma once
// The loop of a command that only looks: it decides on what it sees and what is remembered, and writes
// nothing.

#include "control/reconciler.hpp"
#include "workbench.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace sluice {

class onlooker {
public:
    onlooker(workbench& bench, model::declaration declared);

    /// To see what a command would do that writes in this mode. Nothing is written here either.
    onlooker(workbench& bench, model::declaration declared, control::reconcile_mode mode);

    /// Takes the file into force, with what the instance remembers. Memory that cannot be read is told on
    /// stderr and done without. Call it once.
    boost::asio::awaitable<void> begin();

    /// `begin`, then everything is looked at once and decided on.
    boost::asio::awaitable<void> look_once(bool logins_too = true);

    [[nodiscard]] control::reconciler& loop() { return loop_; }

private:
    model::declaration declared_; // until `begin`
    std::unique_ptr<control::memory_store> store_;
    control::reconciler loop_;
};

} // namespace sluice
