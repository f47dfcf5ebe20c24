#pragma once
// Recorded passes read back from their lines, one after the other. A pass that is there only in part (its
// beginning was thrown away, a line is damaged) is passed over, up to the next one that stands for itself.

#include "control/flight_log.hpp"
#include "decide/members.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::control {

struct recorded_pass {
    std::uint64_t number = 0; // since the process began that recorded it
    wall_time at{};
    std::string by; // the Sluice that decided: "0.1.0 (abc123)"
    decide::kept_inputs inputs;
    decide::decision decided;
};

class flight_reader {
public:
    /// The next line, from the oldest to the newest: whether `pass` is that pass now. Errors: unsupported,
    /// for a format or a word of a later version.
    result<bool> take(std::string_view line);

    [[nodiscard]] const recorded_pass& pass() const { return pass_; }

private:
    recorded_pass pass_;
    bool is_whole_ = false;
};

/// All lines of the files in a state directory, the oldest first. Blocking. Errors: io.
result<std::vector<std::string>> read_flight_lines(const std::string& directory);

} // namespace sluice::control
