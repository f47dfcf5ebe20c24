#pragma once
// What a person asks of one pipeline or connector: an override, its end, or a restart now.

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::control {

enum class operation : std::uint8_t { pause, stop, resume, restart };
std::string_view to_string(operation what);
std::optional<operation> operation_from(std::string_view word);

struct operation_request {
    operation what = operation::pause;
    std::string name;                  // of a pipeline, or of a connector
    std::optional<milliseconds> lasts; // of a pause or stop; absent: until it is lifted
    std::string reason;                // may be empty
    std::string who;                   // asks
    bool all = false;                  // of a restart: not only what failed
};

struct operation_outcome {
    std::vector<std::string> said;       // what is so now, in sentences for the person who asked
    std::vector<std::string> problems;   // what did not work
    std::vector<std::string> connectors; // that are to follow
};

} // namespace sluice::control
