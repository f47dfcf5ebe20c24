#pragma once
// What to say when a command is about a pipeline that is not there.

#include "control/history.hpp"

#include <optional>
#include <string>
#include <vector>

namespace sluice {

/// "no pipeline is called shpo; did you mean shop?" Absent: it is among the known, or none was named.
std::optional<std::string> unknown_pipeline(const std::string& named, const std::vector<std::string>& known);

/// The same of a page of history, which also knows pipelines that the file no longer has. With a file that
/// could not be read (`declared` is empty) nobody is taken for unknown.
std::optional<std::string> unknown_in_history(
    const std::string& named, std::vector<std::string> declared, const control::history_page& page
);

} // namespace sluice
