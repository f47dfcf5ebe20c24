#pragma once
// Plan files on disk: readable by their owner alone, and there whole or not at all.

#include "control/plan_file.hpp"

#include <string>

namespace sluice {

/// Errors: io.
result<void> write_plan(const std::string& path, const control::plan_file& plan);

/// Errors: io, too_large, bad_answer.
result<control::plan_file> read_plan(const std::string& path);

} // namespace sluice
