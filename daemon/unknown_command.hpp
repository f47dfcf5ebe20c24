#pragma once
// What to say when the command line names a command that is not there.

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// "unknown command `statsu`; did you mean `sluice status`?" Absent: there is such a command, or none was
/// named. `arguments` are without the program's name.
std::optional<std::string>
unknown_command(const std::vector<std::string>& arguments, const std::vector<std::string>& commands);

} // namespace sluice
