#pragma once
// What Sluice says about a pipeline: one status, and what explains it.

#include "model/desired.hpp"
#include "model/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::model {

/// From the best to the worst; `paused` ranks just above `ok` when links are joined.
enum class link_status : std::uint8_t {
    ok,
    paused,
    starting,
    lagging,
    stalled,
    stopped,
    rewound,
    unknown,
    failed,
    lost
};
std::string_view to_string(link_status s);

/// ok, starting and paused are well, everything else is not, everywhere.
constexpr bool is_well(link_status s) {
    return s == link_status::ok || s == link_status::starting || s == link_status::paused;
}

enum class severity : std::uint8_t { info, warning, critical };
std::string_view to_string(severity s);

/// One diagnosed condition.
struct finding {
    std::string code; // from the failure catalogue: "PLUGIN_MISSING"
    severity level = severity::warning;
    link_id link;
    std::string subject; // the thing concerned: a connector, a topic, a database
    std::string message; // what is wrong, one sentence
    std::string remedy;  // what to do, with the real names; may be empty

    friend bool operator==(const finding&, const finding&) = default;
};

struct link_verdict {
    link_id link;
    std::string connector;
    link_status status = link_status::unknown;
    std::string reason; // one sentence; empty for ok
    int tasks_running = 0;
    int tasks_expected = 0;

    friend bool operator==(const link_verdict&, const link_verdict&) = default;
};

struct pipeline_verdict {
    std::string pipeline;
    link_status status = link_status::unknown;
    wall_time since{}; // moves only when the status moves
    std::string reason;
    bool in_sync = false; // the plan holds nothing for it
    std::vector<link_verdict> links;
    std::vector<finding> findings;

    friend bool operator==(const pipeline_verdict&, const pipeline_verdict&) = default;
};

} // namespace sluice::model
