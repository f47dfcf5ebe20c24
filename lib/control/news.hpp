#pragma once
// What changed between two views, as log lines: a pipeline's status, a dependency that went or came.

#include "base/log.hpp"
#include "control/status_view.hpp"

namespace sluice::control {

/// `before` may be null: then everything that is known is news.
void log_news(const logger& log, const status_view* before, const status_view& after);

/// "2 of 3 pipelines well": for systemd's STATUS and the like.
std::string one_line(const status_view& view);

} // namespace sluice::control
