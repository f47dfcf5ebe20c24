#pragma once
// The standard process_* metrics, from /proc/self: the kernel's memory, no disk.

#include "http/exposition.hpp"

namespace sluice::http {

/// What cannot be read is left out. The start is the caller's: /proc/stat, which would be needed to compute
/// it, is hidden from a sandboxed service.
void add_process_metrics(exposition& out, wall_time started_at);

} // namespace sluice::http
