#pragma once
// A person's wish about a pipeline or one of its connectors that goes before the file's: paused or stopped,
// until it is lifted or its time is over. It only ever holds back: of what the file declares and of all the
// overrides that concern a connector, the one that holds back most counts (decide/override.hpp).

#include "base/time.hpp"
#include "model/declared.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sluice::model {

enum class override_scope : std::uint8_t { pipeline, connector };

/// What an override is about.
struct override_subject {
    override_scope scope = override_scope::pipeline;
    std::string name;

    friend auto operator<=>(const override_subject&, const override_subject&) = default;
};

struct state_override {
    target_state state = target_state::paused;
    std::string who;
    std::string reason; // may be empty
    wall_time since{};
    std::optional<milliseconds> lasts; // absent: until it is lifted
    wall_time ends_at{};               // where it has an end: by the wall clock as it is now

    // Of this process: when it ends by the clock that does not jump.
    std::optional<mono_time> deadline;

    friend bool operator==(const state_override&, const state_override&) = default;
};

using override_map = std::map<override_subject, state_override>;

} // namespace sluice::model
