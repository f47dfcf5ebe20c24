#pragma once
// The checks behind /livez, /readyz and /healthz?pipelines. Pure.

#include "control/status_view.hpp"

#include <span>
#include <string>
#include <vector>

namespace sluice::http {

struct check {
    std::string name;
    bool ok = true;
    std::string reason; // why not; empty when ok

    friend bool operator==(const check&, const check&) = default;
};

/// Every loop turns: its last success (or the start) is younger than five of its intervals, and than 30 s,
/// and that much more as the questions of one pass may wait for their answers. No dependency is looked at: an
/// outage of Kafka must not restart its supervisor.
std::vector<check> liveness(const control::status_view& view, mono_time now);

/// A valid file is in force, every observer has answered or failed once, and nobody is stopping us.
std::vector<check> readiness(const control::status_view& view, bool stopping);

/// One check a pipeline: it is well. Before every observer has answered once, that fails too.
std::vector<check> pipeline_health(const control::status_view& view);

bool all_ok(std::span<const check> checks);

/// "ok", or the checks that failed; `verbose` lists them all, a line each: `[+]name ok`, `[-]name failed:
/// why`.
std::string render(std::span<const check> checks, bool verbose);

} // namespace sluice::http
