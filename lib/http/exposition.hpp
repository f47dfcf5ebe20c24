#pragma once
// Builds the families of one scrape: a family names its labels once, a series gives their values in that
// order. Only for the files of this room that make metrics.

#include "base/time.hpp"
#include "control/telemetry.hpp"

#include <prometheus/metric_family.h>

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::http {

using label_names = std::vector<std::string>;
using label_values = std::vector<std::string>;

class family {
public:
    family(prometheus::MetricFamily& target, label_names labels)
        : target_(target)
        , labels_(std::move(labels)) {}

    void add(const label_values& values, double value);
    void add(const label_values& values, const control::histogram& h);
    /// One series a state, the last label: 1 for `current`, 0 for the others.
    void add_states(label_values values, std::span<const std::string_view> states, std::string_view current);

private:
    prometheus::ClientMetric& series(const label_values& values);

    prometheus::MetricFamily& target_;
    label_names labels_;
};

class exposition {
public:
    family gauge(std::string_view name, std::string_view help, const label_names& labels = {});
    family counter(std::string_view name, std::string_view help, const label_names& labels = {});
    family histogram(std::string_view name, std::string_view help, const label_names& labels = {});

    /// Lines that a scrape shows for all families so far, as Prometheus counts series.
    [[nodiscard]] std::size_t series_count() const;
    [[nodiscard]] std::vector<prometheus::MetricFamily> take();

private:
    family make(
        std::string_view name, std::string_view help, prometheus::MetricType type, const label_names& labels
    );

    std::deque<prometheus::MetricFamily> families_; // a deque: `family` refers into it
};

/// Seconds since 1970, as every `_timestamp_seconds` has them.
double timestamp(wall_time t);

} // namespace sluice::http
