#pragma once
// Keeps what decide was given and what it gave, pass by pass, so that a pass can be decided again later. On
// the loop's thread it only finds out what changed since the pass before and copies that; a lane masks
// secrets and writes. When the disk is slower than passes come, passes are dropped, and the next one that is
// kept stands for itself. No write to Connect or Kafka waits for it.

#include "base/log.hpp"
#include "control/flight_log.hpp"
#include "control/flight_pass.hpp"
#include "control/telemetry.hpp"
#include "decide/decide.hpp"
#include "model/declared.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::control {

class flight_recorder {
public:
    /// Passes that may wait for the disk.
    static constexpr std::size_t most_waiting = 32;

    flight_recorder(time_source& time, const logger& log, telemetry& numbers);

    /// Until then nothing is kept. `where` must outlive the last call.
    void write_to(flight_log& where) { log_file_ = &where; }

    /// `in.desired` is `*desired`; `declared` is for its secrets. `at_rest`: nothing but times differs from
    /// what was given here last.
    void record(
        const decide::inputs& in,
        const std::shared_ptr<const model::desired>& desired,
        const model::declaration& declared,
        const decide::decision& decided,
        bool at_rest = false
    );

    /// Writes whatever comes, until it is cancelled.
    boost::asio::awaitable<void> run();

    /// Writes what waits. A failure is told here.
    boost::asio::awaitable<void> write();

    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    struct known_part {
        std::uint64_t hash = 0;
        std::uint64_t seen_in = 0; // pass
    };
    using known_section = std::unordered_map<std::string, known_part, text_hash, std::equal_to<>>;
    using known_sections = std::map<std::string, known_section, std::less<>>;

private:
    void drop(std::size_t passes, const std::string& why);

    const logger& log_;
    telemetry& numbers_;
    flight_log* log_file_ = nullptr;
    std::unique_ptr<alarm> wake_;
    std::shared_ptr<const model::desired> desired_; // of the last pass
    known_sections known_;
    std::uint64_t passes_ = 0;
    bool everything_ = true; // the next pass must stand for itself
    bool is_dropping_ = false;
    std::vector<flight_pass> waiting_;
};

} // namespace sluice::control
