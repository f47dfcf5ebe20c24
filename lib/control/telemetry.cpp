#include "control/telemetry.hpp"

#include <algorithm>

namespace sluice::control {

void histogram::observe(std::chrono::steady_clock::duration d) {
    const double took = std::chrono::duration<double>(d).count();
    const auto bucket = std::ranges::lower_bound(bounds, took) - bounds.begin();
    ++counts[static_cast<std::size_t>(bucket)];
    ++total;
    sum += took;
}

void telemetry::count_request(
    const std::string& dependency,
    const std::string& operation,
    const std::string& outcome,
    std::chrono::steady_clock::duration took
) {
    request_durations[{dependency, operation}].observe(took);
    ++requests[{dependency, operation, outcome}];
}

} // namespace sluice::control
