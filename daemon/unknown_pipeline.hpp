#pragma once
// What to say when a command is about a pipeline that is not there.

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// "no pipeline is called shpo; did you mean shop?" Absent: it is among the known, or none was named.
std::optional<std::string> unknown_pipeline(const std::string& named, const std::vector<std::string>& known);

} // namespace sluice
