#pragma once
// What a real Connect said of failed tasks, kept under tests/support/recorded.

#include <string>

namespace sluice::testing {

/// The first task's trace of `connector` in recorded/connect/<profile>/<file>.json, an answer to
/// `GET /connectors?expand=status`.
std::string recorded_trace(const std::string& profile, const std::string& file, const std::string& connector);

} // namespace sluice::testing
