#pragma once
// A replayed pass as people and as programs read it.

#include "control/replay.hpp"
#include "terminal.hpp"

#include <boost/json/object.hpp>

#include <string>

namespace sluice {

/// "pass 812  2026-11-24T08:30:00.123Z  equal", and where they differ what was decided then and is now.
std::string
headline(const control::recorded_pass& pass, const control::replayed_pass& again, const terminal& out);
std::string differences_as_text(const control::replayed_pass& again, const terminal& out);

/// Plan, verdicts and findings, of what was decided on these inputs.
std::string
decision_as_text(const decide::decision& decision, const decide::kept_inputs& inputs, const terminal& out);

/// `pass`, `at`, `by`, `equal`, `plan`, `verdicts`, and where they differ `differences`.
boost::json::object replay_as_json(const control::recorded_pass& pass, const control::replayed_pass& again);

} // namespace sluice
