#pragma once
// One thing that Sluice saw or did, as history keeps it. A value. Holds no secret: values of secret keys are
// never in a plan's `key_change`, and texts from outside are scrubbed.

#include "base/time.hpp"
#include "model/plan.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::control {

enum class history_kind : std::uint8_t {
    started,    // a daemon began
    stopped,    // and ended as it should
    reload,     // of the file: answer and, where it was refused, why
    dependency, // Connect or Kafka went or came
    login,      // to a connector's database, with its credentials: went or came
    connector,  // Connect's word for its state changed
    task,       // the same of one task, whose number is `what`
    status,     // of a pipeline, or of one link where `subject` names its connector
    finding,    // `what` is its code; appeared with `after`, gone with `before`
    moved,      // a connector or task, to another worker of Connect
    version,    // of Connect is another
    undeclared, // a connector that the file does not name came or went
    planned,    // a change that the world asks for (drift), or that is held back: came up, or is gone
    action,     // a change that was sent: what, why, keys, answer, who
    hold,       // a claim of a command: taken or released
    operation,  // a person's: `what` is pause, stop, resume or restart; `end`: the time of one is over
    secret,     // a file that `!file` names: `what` is changed, or not used
    dropped,    // events that could not be written
};
std::string_view to_string(history_kind kind);

struct history_event {
    wall_time at{};
    history_kind kind = history_kind::status;
    std::string pipeline; // empty: it concerns all, or none
    std::string subject;  // the connector, topic, system or file
    std::string what;
    std::string before; // empty: was not there, or not known
    std::string after;
    std::vector<model::key_change> keys;
    std::string why;
    std::string answer;      // to an action: "ok", or what came back
    std::string who;         // did it: "daemon", "apply by root"
    std::uint32_t times = 1; // so often in a row up to now, with the same answer
    milliseconds took{};     // of an action

    friend bool operator==(const history_event&, const history_event&) = default;
};

} // namespace sluice::control
