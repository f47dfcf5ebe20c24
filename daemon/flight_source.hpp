#pragma once
// Where recorded passes are read from: the files of a state directory, one of them, or a support bundle.

#include "base/error.hpp"

#include <string>
#include <vector>

namespace sluice {

/// The lines, oldest first. A directory is a state directory; `flight.jsonl` stands for all files of its
/// ring, any other file for itself. Errors: io, bad_answer.
result<std::vector<std::string>> find_flight_lines(const std::string& path);

} // namespace sluice
