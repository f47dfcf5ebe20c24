#include "http/self_metrics.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace sluice::http {

namespace {

void add_build(exposition& out, const build_identity& build) {
    out.gauge(
           "sluice_build_info",
           "Which build this is; the value is 1.",
           {"version", "revision", "librdkafka", "libpq"}
    )
        .add({build.version, build.revision, build.librdkafka, build.libpq}, 1);
}

void add_config(exposition& out, const control::config_view& config) {
    out.gauge(
           "sluice_config_last_reload_successful", "1 if the file was valid when it was last read, else 0."
    )
        .add({}, config.last_reload_successful ? 1 : 0);
    auto at = out.gauge(
        "sluice_config_last_reload_success_timestamp_seconds",
        "When a valid file was last read, as a Unix time."
    );
    if (config.last_success_at != wall_time{}) at.add({}, timestamp(config.last_success_at));
}

void add_loops(exposition& out, const control::status_view& view, const control::telemetry& numbers) {
    auto success = out.gauge(
        "sluice_loop_last_success_timestamp_seconds",
        "When a pass of this loop last succeeded, as a Unix time.",
        {"loop"}
    );
    auto duration =
        out.histogram("sluice_loop_duration_seconds", "How long a pass of this loop took.", {"loop"});
    auto failures =
        out.counter("sluice_loop_failures_total", "Passes of this loop that failed.", {"loop", "reason"});
    for (const auto& loop : view.loops) {
        // A loop that never succeeded shows the start: its age is then how long it has not.
        const auto never = loop.last_success.wall == wall_time{};
        success.add({loop.name}, timestamp(never ? view.started_at.wall : loop.last_success.wall));
        if (!numbers.loops.contains(loop.name)) duration.add({loop.name}, control::histogram{});
    }
    for (const auto& [name, h] : numbers.loops) duration.add({name}, h);
    for (const auto& [key, count] : numbers.loop_failures) {
        failures.add({key.first, key.second}, static_cast<double>(count));
    }
}

void add_history(exposition& out, const control::telemetry& numbers) {
    out.counter(
           "sluice_history_dropped_total", "Events that history does not hold: the disk failed or was slow."
    )
        .add({}, static_cast<double>(numbers.history_dropped));
    out.counter(
           "sluice_passes_not_recorded_total",
           "Passes that the flight recorder does not hold: the disk failed or was slow."
    )
        .add({}, static_cast<double>(numbers.passes_not_recorded));
}

using control::dependency_view;

using kind_and_name = std::pair<std::string, std::string>;

/// Where there are databases of one kind and name.
std::map<kind_and_name, std::set<std::string_view>> servers_of(const control::status_view& view) {
    std::map<kind_and_name, std::set<std::string_view>> all;
    for (const auto& d : view.dependencies)
        if (!d.database.empty()) all[{d.kind, d.database}].insert(d.server);
    return all;
}

/// Whether each cluster and database is up, by kind and name. Several connectors may log in to one database:
/// it is up when all of them can. Where two servers have databases of one name, theirs stand before it.
std::map<kind_and_name, bool> presences(const control::status_view& view) {
    const auto servers = servers_of(view);
    const auto name_of = [&](const dependency_view& d) {
        if (d.database.empty()) return d.name;
        return servers.at({d.kind, d.database}).size() == 1 ? d.database : d.server + '/' + d.database;
    };
    std::map<kind_and_name, bool> all;
    for (const auto& d : view.dependencies) {
        if (!d.up) continue;
        const auto [at, is_new] = all.try_emplace({d.kind, name_of(d)}, *d.up);
        if (!is_new) at->second = at->second && *d.up;
    }
    return all;
}

void add_dependencies(exposition& out, const control::status_view& view, const control::telemetry& numbers) {
    auto up = out.gauge(
        "sluice_dependency_up",
        "1 if this system answered when it was last asked, else 0; absent if that is not known.",
        {"dependency", "name"}
    );
    for (const auto& [which, is_up] : presences(view)) up.add({which.first, which.second}, is_up ? 1 : 0);
    auto duration = out.histogram(
        "sluice_dependency_request_duration_seconds",
        "How long a request to this system took.",
        {"dependency", "operation"}
    );
    for (const auto& [key, h] : numbers.request_durations) duration.add({key.first, key.second}, h);
    auto requests = out.counter(
        "sluice_dependency_requests_total",
        "Requests to this system, by what came of them.",
        {"dependency", "operation", "outcome"}
    );
    for (const auto& [key, count] : numbers.requests) {
        requests.add({key.dependency, key.operation, key.outcome}, static_cast<double>(count));
    }
}

} // namespace

void add_self_metrics(
    exposition& out,
    const control::status_view& view,
    const control::telemetry& numbers,
    const build_identity& build
) {
    add_build(out, build);
    add_config(out, view.config);
    add_loops(out, view, numbers);
    add_history(out, numbers);
    add_dependencies(out, view, numbers);
}

} // namespace sluice::http
