#pragma once
// Notes what is seen and done, and writes it to the journal: what was noted in one pass by one write, never
// on the loop. When the disk is slower than events come, a bounded number waits; what finds no room, and what
// cannot be written, is counted and told, and no write waits for it. All on the io_context's thread.

#include "base/log.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "control/history_event.hpp"
#include "control/journal.hpp"
#include "control/telemetry.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

class history {
public:
    /// Bytes of lines that may wait for the disk.
    static constexpr std::size_t most_waiting = 4ULL << 20;

    history(time_source& time, const logger& log, telemetry& numbers);

    /// Until then nothing is kept. `where` must outlive the last call. Texts are scrubbed of the secrets.
    void write_to(journal& where, std::shared_ptr<const scrubber> secrets);

    /// An event without a time has happened now.
    void note(history_event event);
    void note(std::vector<history_event> events);

    /// Writes whatever comes, until it is cancelled.
    boost::asio::awaitable<void> run();

    /// Writes what waits. A failure is told here.
    boost::asio::awaitable<void> write();

private:
    void drop(std::uint64_t events, const std::string& why);
    void tell_what_was_dropped();

    time_source& time_;
    const logger& log_;
    telemetry& numbers_;
    journal* journal_ = nullptr;
    std::shared_ptr<const scrubber> secrets_;
    std::unique_ptr<alarm> wake_;
    std::string waiting_;
    std::uint64_t waiting_events_ = 0;
    std::uint64_t dropped_ = 0; // since the last write that succeeded
};

} // namespace sluice::control
