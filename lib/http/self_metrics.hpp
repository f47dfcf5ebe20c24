#pragma once
// Metrics of Sluice itself: build, configuration, loops and the systems that it needs.

#include "control/status_view.hpp"
#include "control/telemetry.hpp"
#include "http/build_identity.hpp"
#include "http/exposition.hpp"

namespace sluice::http {

void add_self_metrics(
    exposition& out,
    const control::status_view& view,
    const control::telemetry& numbers,
    const build_identity& build
);

} // namespace sluice::http
