#pragma once
// A change of the file that concerns many running connectors of one kind rolls: one goes ahead, and the rest
// follows when that one has run with its new config for a while. When it fails within that time the others
// are not touched, and it goes back to the config that it was healthy with. Then nothing more is done until
// the file changes, or a person applies it all the same. What others changed (drift) is put back at once: it
// takes every connector to where it was well.

#include "decide/decide.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice::decide {

/// How long the first must run with its new config before the others follow.
inline constexpr seconds roll_window{60};

/// Holds back what has to wait for the first, and adds its way back. `changes` are those of all pipelines.
void roll_out(const inputs& in, std::vector<model::change>& changes, model::memory& memory);

/// The config that a change has to write instead of the desired one, when it is a way back.
std::optional<model::config_map> way_back(const model::memory& memory, const model::change& change);

/// A person has seen what failed, and wants the change all the same.
void accept_failed_rolls(model::memory& memory);

/// The file asks something else of this connector: a roll that it is in begins anew.
void forget_roll_of(const model::desired_connector& connector, model::memory& memory);

} // namespace sluice::decide
