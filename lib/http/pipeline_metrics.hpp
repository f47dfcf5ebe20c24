#pragma once
// Metrics of the pipelines, their connectors and what is planned for them.

#include "control/status_view.hpp"
#include "control/telemetry.hpp"
#include "http/exposition.hpp"

namespace sluice::http {

void add_pipeline_metrics(
    exposition& out, const control::status_view& view, const control::telemetry& numbers
);
void add_connector_metrics(
    exposition& out, const control::status_view& view, const control::telemetry& numbers, wall_time now
);
void add_plan_metrics(exposition& out, const control::status_view& view);

} // namespace sluice::http
