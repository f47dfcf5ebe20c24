#pragma once
// A Java stack trace, as Connect shows it, read for its cause.

#include "model/observed.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::decide {

/// Each cause's text without the frames, the outermost first; a message may have several lines.
std::vector<std::string> causes(std::string_view trace);

/// The deepest "Caused by:" line without that prefix, or the first line: what really went wrong.
/// "org.postgresql.util.PSQLException: Connection to localhost:5432 refused. …"
std::string root_line(std::string_view trace);

/// The exception's class of that line without its package: "PSQLException"; empty if there is none.
std::string root_class(std::string_view trace);

/// The root line of the first failed task, or of the connector itself; empty when nothing failed.
std::string failure_cause(const model::connector_status& status);

} // namespace sluice::decide
