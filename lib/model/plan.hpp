#pragma once
// The ordered changes that turn observed into desired. Holds no secret and no payload: a change names what
// it changes, the executor takes the payload from `desired`. Equal input gives an equal plan, byte for byte.

#include "model/desired.hpp"
#include "model/observed.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sluice::model {

/// What a change costs, in ascending order.
enum class consequence : std::uint8_t {
    none,
    task_restart,
    event_shape,
    gap_risk,
    topic_rename,
    new_slot,
    resnapshot,
    data_loss,
    remove, // "delete" in the contract's words
};
std::string_view to_string(consequence c);

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
    restart_failed, // a failed connector and its failed tasks, nothing else
    delete_connector,
};
std::string_view to_string(change_kind k);

/// One key that differs. Values of secrets are never here: `is_secret` and both sides empty.
struct key_change {
    std::string key;
    std::optional<std::string> before; // absent: not there
    std::optional<std::string> after;
    bool is_secret = false;

    friend bool operator==(const key_change&, const key_change&) = default;
};

struct change {
    change_kind kind = change_kind::create_topic;
    std::string subject; // the connector or topic
    link_id link;        // of a topic: its pipeline
    consequence cost = consequence::none;
    std::vector<key_change> keys; // by key
    bool is_drift = false;        // the world moved although the file did not
    std::string because;          // one sentence; may be empty where the kind says it all
    std::string blocked;          // why it may not be carried out now, with the way out; empty: it may
    bool waits_for_plan =
        false; // blocked only until an earlier change of this plan is seen: nobody has to act

    /// Blocked until a person or the world acts.
    [[nodiscard]] bool is_held_back() const { return !blocked.empty() && !waits_for_plan; }

    friend bool operator==(const change&, const change&) = default;
};

struct plan {
    std::vector<change> changes; // ordered by kind, then subject

    [[nodiscard]] bool empty() const { return changes.empty(); }
    friend bool operator==(const plan&, const plan&) = default;
};

} // namespace sluice::model
