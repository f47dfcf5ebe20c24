#pragma once
// YAML text → a tree with places. Knows YAML, knows nothing of Sluice's keys.

#include "config/node.hpp"
#include "config/report.hpp"
#include "config/source_text.hpp"

#include <optional>

namespace sluice::config {

/// Nothing when the text is no YAML, holds no document, or breaks a limit; the report says why. Duplicate
/// keys (the first counts), aliases, anchors, merge keys, unknown tags and a second document are reported,
/// and leave a tree whose sound parts are worth reading, so that all errors of a file are told in one go.
std::optional<node> read_tree(const source_text& text, report& out);

} // namespace sluice::config
