#pragma once
// Who may write: a command that changes something goes through the daemon, or holds it off; where none runs,
// it has the state directory to itself. So the two never fight.

#include "control/journal.hpp"
#include "control/memory_store.hpp"
#include "daemon_address.hpp"
#include "http/local_client.hpp"
#include "state_directory.hpp"
#include "workbench.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace sluice {

struct right_to_write {
    std::unique_ptr<http::local_client> daemon;   // present: it runs and answers; to be asked, or held off
    std::optional<state_lock> lock;               // present: we are alone
    std::unique_ptr<control::memory_store> store; // read-only unless we are alone
    std::unique_ptr<control::journal> journal;
};

/// `direct`: even beside a daemon that runs and does not answer. Errors: busy (there is such a daemon),
/// unauthorized (it, or its state directory, is another user's), io.
boost::asio::awaitable<result<right_to_write>>
take_right(workbench& bench, daemon_address where, bool direct);

/// The user as others know him: "root". By the environment, else by the user database, else the number.
std::string user_name();

/// "apply by root"
std::string by_user(std::string_view command);

} // namespace sluice
