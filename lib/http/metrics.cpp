#include "http/metrics.hpp"

#include "http/exposition.hpp"
#include "http/pipeline_metrics.hpp"
#include "http/process_metrics.hpp"
#include "http/self_metrics.hpp"

#include <prometheus/text_serializer.h>

namespace sluice::http {

std::vector<prometheus::MetricFamily> metrics::Collect() const {
    const auto view = daemon_.view();
    const auto& numbers = daemon_.numbers();
    exposition out;
    add_self_metrics(out, *view, numbers, build_);
    add_process_metrics(out, view->started_at.wall);
    add_pipeline_metrics(out, *view, numbers);
    add_connector_metrics(out, *view, numbers, daemon_.now().wall);
    add_plan_metrics(out, *view);

    const auto others = out.series_count();
    out.gauge("sluice_exported_series", "Time series in the last exposition.")
        .add({}, static_cast<double>(others + 1));
    return out.take();
}

std::string render(const prometheus::Collectable& source) {
    const prometheus::TextSerializer text;
    return static_cast<const prometheus::Serializer&>(text).Serialize(source.Collect());
}

} // namespace sluice::http
