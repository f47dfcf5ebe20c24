#pragma once
// Overrides: whom they concern, which of several counts, and when they end.

#include "base/error.hpp"
#include "model/desired.hpp"
#include "model/override.hpp"

#include <string>
#include <vector>

namespace sluice::decide {

/// What a person's command is about.
struct named_subject {
    model::override_subject subject;
    std::vector<const model::desired_connector*> connectors; // into the `desired` that was searched
};

/// A pipeline by its name, else a connector by its own. Errors: not_found, with the nearest name there is.
result<named_subject> find_subject(const model::desired& desired, const std::string& name);

/// The override that counts for a connector, if any: the one that holds back most, the pipeline's before the
/// connector's own. Points into `overrides`.
const model::override_map::value_type*
override_on(const model::override_map& overrides, const model::desired_connector& connector);

/// Gives every connector the state that counts, and the reason where that is not the file's.
void apply_overrides(const model::override_map& overrides, model::desired& desired);

struct passage_of_time {
    model::override_map ended;
    bool moved = false; // the wall clock jumped: ends are told by it as it is now
};
/// Takes out what is over. Time is told by the clock that does not jump.
passage_of_time let_time_pass(model::override_map& overrides, moment now);

/// After a start only the wall clock tells how much is left: never more than the override was to last, even
/// if that clock has gone back.
void resume_counting(model::override_map& overrides, moment now);

/// "paused by root until 2026-11-23T18:27:50Z: upgrade"
std::string describe(const model::state_override& o);

} // namespace sluice::decide
