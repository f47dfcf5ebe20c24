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

void telemetry::note_in_sync(const std::vector<std::string_view>& pipelines, wall_time when) {
    auto at = in_sync_at.begin();
    for (const auto name : pipelines) {
        while (at != in_sync_at.end() && at->first < name) ++at;
        if (at == in_sync_at.end() || at->first != name) at = in_sync_at.emplace_hint(at, name, when);
        at->second = when;
    }
}

} // namespace sluice::control
