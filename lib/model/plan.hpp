#pragma once
// The ordered changes that turn observed into desired. Holds no secret and no payload: a change names what
// it changes, the executor takes the payload from `desired`. Equal input gives an equal plan, byte for byte.

#include "model/consequence.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::model {

/// In the order in which changes are carried out.
enum class change_kind : std::uint8_t {
    create_topic,
    add_partitions,
    alter_topic_config,
    create_connector,
    update_config,
    resume,
    pause,
    stop,
    restart_failed, // some failed tasks, or a failed connector and all that failed of its tasks
    restart_all,    // the connector and all its tasks: only when a person asks for it
    delete_connector,
};
std::string_view to_string(change_kind k);

/// One key that differs. Values of secrets are never here: `is_secret` and both sides empty.
struct key_change {
    std::string key;
    std::optional<std::string> before; // absent: not there
    std::optional<std::string> after;
    bool is_secret = false;
    consequence cost = consequence::none; // of this key alone

    friend bool operator==(const key_change&, const key_change&) = default;
};

/// Why a change is not carried out now.
enum class obstacle : std::uint8_t {
    none,
    order,      // until an earlier change of this plan is seen: nobody has to act
    acceptance, // until somebody accepts what it costs
    refusal,    // until a person or the world acts
    freeze,     // until a freeze of the file ends
    contest,    // until somebody else leaves alone what this would put back
    roll,       // until the file changes: what went ahead of it failed
};
std::string_view to_string(obstacle o);

struct change {
    change_kind kind = change_kind::create_topic;
    std::string subject;                  // the connector or topic
    link_id link;                         // of a topic: its pipeline
    consequence cost = consequence::none; // the highest of what it costs
    std::set<consequence> to_accept;      // what somebody has to accept first, and has not
    std::vector<key_change> keys;         // by key
    std::vector<int> tasks;               // to restart, one by one; empty: the connector, and all that failed
    bool is_drift = false;                // the world moved although the file did not
    bool is_first_start = false;          // a resume: it was created stopped, and is looked at before it runs
    std::string because;                  // one sentence; may be empty where the kind says it all
    std::string id;                       // the same as long as what is to be done is the same; for `accept:`
    obstacle held = obstacle::none;
    std::string blocked; // why it is not carried out now, with the way out; empty: it may be

    /// The first obstacle counts; an empty reason is none.
    void hold(obstacle what, std::string why) {
        if (held != obstacle::none || why.empty()) return;
        held = what;
        blocked = std::move(why);
    }
    [[nodiscard]] bool may_run() const { return held == obstacle::none; }
    /// Until a person or the world acts, or the time has come.
    [[nodiscard]] bool is_held_back() const { return held != obstacle::none && held != obstacle::order; }

    friend bool operator==(const change&, const change&) = default;
};

struct plan {
    std::vector<change> changes; // ordered by kind, then subject

    [[nodiscard]] bool empty() const { return changes.empty(); }
    friend bool operator==(const plan&, const plan&) = default;
};

} // namespace sluice::model
