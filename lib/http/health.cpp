#include "http/health.hpp"

#include "base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sluice::http {

namespace {

constexpr milliseconds least_patience = seconds(30);

check is_turning(const control::loop_view& loop, mono_time started_at, mono_time now) {
    const bool never = loop.last_success.mono == mono_time{};
    const auto since = never ? started_at : loop.last_success.mono;
    const auto patience = std::max(5 * loop.interval, least_patience) + loop.may_take;
    const auto name = "loop " + loop.name;
    if (now - since <= patience) return {name, true, {}};
    const auto age = std::chrono::duration_cast<seconds>(now - since);
    const auto event = never ? "no pass has succeeded since the start" : "the last pass that succeeded was";
    return {
        name,
        false,
        fmt::format("{} {} ago, more than {}", event, format_duration(age), format_duration(patience))
    };
}

check is_observed(const control::status_view& view) {
    const bool all = view.every_observer_answered;
    return {"observers", all, all ? "" : "not every system has been asked once yet"};
}

check is_well(const control::pipeline_view& pipeline) {
    const auto& verdict = pipeline.verdict;
    const auto name = "pipeline " + pipeline.name;
    if (model::is_well(verdict.status)) return {name, true, {}};
    auto reason = std::string(to_string(verdict.status));
    if (!verdict.reason.empty()) reason += ", " + verdict.reason;
    return {name, false, std::move(reason)};
}

} // namespace

std::vector<check> liveness(const control::status_view& view, mono_time now) {
    std::vector<check> checks;
    for (const auto& loop : view.loops) checks.push_back(is_turning(loop, view.started_at.mono, now));
    return checks;
}

std::vector<check> readiness(const control::status_view& view, bool stopping) {
    const bool has_file = view.config.last_success_at != wall_time{};
    return {
        {"configuration", has_file, has_file ? "" : "no valid file is in force yet"},
        is_observed(view),
        {"running", !stopping, stopping ? "the daemon is stopping" : ""},
    };
}

std::vector<check> pipeline_health(const control::status_view& view) {
    std::vector<check> checks;
    if (!view.every_observer_answered) checks.push_back(is_observed(view)); // nothing known is not all well
    for (const auto& pipeline : view.pipelines) checks.push_back(is_well(*pipeline));
    return checks;
}

bool all_ok(std::span<const check> checks) {
    return std::ranges::all_of(checks, &check::ok);
}

std::string render(std::span<const check> checks, bool verbose) {
    std::string text;
    for (const auto& c : checks) {
        if (!c.ok)
            text += fmt::format("[-]{} failed: {}\n", c.name, c.reason);
        else if (verbose)
            text += fmt::format("[+]{} ok\n", c.name);
    }
    if (all_ok(checks)) text += "ok\n";
    return text;
}

} // namespace sluice::http
