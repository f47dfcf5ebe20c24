#pragma once
// The loop of a command that only looks: it decides on what it sees and what is remembered, and writes
// nothing.

#include "control/reconciler.hpp"
#include "workbench.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string_view>

namespace sluice {

/// How the reason of a link ends whose connector is still to be created, and what is to be added to it where
/// no daemon and no command does so.
inline constexpr std::string_view not_there_yet = "it is not there yet";
inline constexpr std::string_view who_creates = "; `sluice run` or `sluice apply` creates it";

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
