#pragma once
// What a change costs. What costs more than a restart of tasks is carried out only when somebody accepted it.

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::model {

/// In ascending order.
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
std::optional<consequence> consequence_from(std::string_view word);

/// What it means for the data, as a clause.
std::string_view meaning(consequence c);

/// Whether the daemon carries it out by itself.
constexpr bool goes_by_itself(consequence c) {
    return c <= consequence::task_restart;
}

} // namespace sluice::model
