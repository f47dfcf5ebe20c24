#pragma once
// What others may ask of the running daemon: the HTTP server reads, the local socket also commands.
// Implemented by the daemon's loop; called on the io_context's thread.

#include "base/error.hpp"
#include "control/journal.hpp"
#include "control/operations.hpp"
#include "control/status_view.hpp"
#include "control/telemetry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

struct reload_outcome {
    bool accepted = false;
    std::vector<std::string> problems; // rendered diagnostics: errors when refused, warnings when accepted
};

/// A claim on connectors: while it lasts the daemon observes and plans, and writes nothing to them.
struct hold_request {
    std::vector<std::string> connectors; // empty: all
    std::string reason;                  // shown in status: "apply by root"
};
using hold_id = std::uint64_t;

class daemon_reader {
public:
    virtual ~daemon_reader() = default;
    [[nodiscard]] virtual std::shared_ptr<const status_view> view() const = 0; // never null
    [[nodiscard]] virtual const telemetry& numbers() const = 0;
    [[nodiscard]] virtual moment now() const = 0;
    [[nodiscard]] virtual bool stopping() const = 0;

    /// What was seen and done. Takes as long as the disk takes. Errors: io; busy when enough ask already.
    virtual boost::asio::awaitable<result<history_page>> history(history_query wanted) const = 0;
};

class daemon_commands : public daemon_reader {
public:
    /// Reads the file again. Refused: nothing changed, the last good one stays in force. With
    /// `deletion_is_accepted` it may drop most of what is owned: somebody has agreed to that.
    virtual boost::asio::awaitable<reload_outcome> reload(bool deletion_is_accepted) = 0;

    /// Returns once no write to these connectors is in flight any more. `release` ends it.
    virtual boost::asio::awaitable<hold_id> take_hold(hold_request request) = 0;
    virtual void release(hold_id id) = 0;

    /// What a person asks of a pipeline or connector; see reconciler::operate.
    virtual boost::asio::awaitable<result<operation_outcome>> operate(operation_request request) = 0;
};

} // namespace sluice::control
