#pragma once
// Where history is kept: events in the order in which they were noted. A rotated file of lines today.

#include "base/blocking_lane.hpp"
#include "base/error.hpp"
#include "control/history_event.hpp"
#include "control/rotating_file.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

/// Some 100,000 events.
inline constexpr rotation history_files{"history", 8ULL << 20, 4};

struct history_query {
    std::string pipeline;    // empty: everything; else what concerns this one, or all of them
    wall_time since{};       // nothing older
    std::size_t limit = 100; // the last ones
};

struct history_page {
    std::vector<history_event> events; // oldest first
    bool more = false;                 // older ones were left out because of the limit

    friend bool operator==(const history_page&, const history_page&) = default;
};

class journal {
public:
    virtual ~journal() = default;

    /// Adds whole lines of control/history_json.hpp: all of them, or none. Errors: io.
    virtual boost::asio::awaitable<result<void>> append(std::string lines) = 0;

    /// Errors: io.
    virtual boost::asio::awaitable<result<history_page>> read(history_query wanted) = 0;
};

/// The files in a state directory, written and read on the lane. A call waits as long as the disk does.
std::unique_ptr<journal> make_file_journal(blocking_lane& lane, std::string directory);

/// The same, blocking. Lines that are no events are passed over.
result<history_page> read_history(const rotating_file& files, const history_query& wanted);

} // namespace sluice::control
