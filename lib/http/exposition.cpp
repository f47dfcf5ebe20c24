#include "http/exposition.hpp"

#include <cassert>
#include <chrono>
#include <iterator>

namespace sluice::http {

using prometheus::MetricType;

prometheus::ClientMetric& family::series(const label_values& values) {
    assert(values.size() == labels_.size());
    auto& added = target_.metric.emplace_back();
    added.label.reserve(labels_.size());
    for (std::size_t i = 0; i < labels_.size(); ++i) added.label.push_back({labels_[i], values[i]});
    return added;
}

void family::add(const label_values& values, double value) {
    auto& added = series(values);
    if (target_.type == MetricType::Counter)
        added.counter.value = value;
    else
        added.gauge.value = value;
}

void family::add(const label_values& values, const control::histogram& h) {
    auto& out = series(values).histogram;
    out.sample_count = h.total;
    out.sample_sum = h.sum;
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < control::histogram::bounds.size(); ++i) {
        cumulative += h.counts[i];
        out.bucket.push_back({cumulative, control::histogram::bounds[i]});
    }
}

void family::add_states(
    label_values values, std::span<const std::string_view> states, std::string_view current
) {
    values.emplace_back();
    for (const auto state : states) {
        values.back() = state;
        add(values, state == current ? 1 : 0);
    }
}

family
exposition::make(std::string_view name, std::string_view help, MetricType type, const label_names& labels) {
    auto& target = families_.emplace_back();
    target.name = name;
    target.help = help;
    target.type = type;
    return {target, labels};
}

family exposition::gauge(std::string_view name, std::string_view help, const label_names& labels) {
    return make(name, help, MetricType::Gauge, labels);
}

family exposition::counter(std::string_view name, std::string_view help, const label_names& labels) {
    return make(name, help, MetricType::Counter, labels);
}

family exposition::histogram(std::string_view name, std::string_view help, const label_names& labels) {
    return make(name, help, MetricType::Histogram, labels);
}

std::size_t exposition::series_count() const {
    constexpr std::size_t per_histogram = control::histogram::bounds.size() + 3; // +Inf, _sum, _count
    std::size_t count = 0;
    for (const auto& f : families_) {
        count += f.metric.size() * (f.type == MetricType::Histogram ? per_histogram : 1);
    }
    return count;
}

std::vector<prometheus::MetricFamily> exposition::take() {
    return {std::make_move_iterator(families_.begin()), std::make_move_iterator(families_.end())};
}

double timestamp(wall_time t) {
    return std::chrono::duration<double>(t.time_since_epoch()).count();
}

} // namespace sluice::http
