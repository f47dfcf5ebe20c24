#include "control/news.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::control {

namespace {

const pipeline_view* find_pipeline(const status_view* view, const std::string& name) {
    if (view == nullptr) return nullptr;
    const auto has_name = [&](const auto& p) { return p->name == name; };
    const auto found = std::ranges::find_if(view->pipelines, has_name);
    return found == view->pipelines.end() ? nullptr : found->get();
}

std::optional<bool> was_up(const status_view* view, const dependency_view& d) {
    if (view == nullptr) return std::nullopt;
    const auto is_same = [&](const dependency_view& other) {
        return other.kind == d.kind && other.name == d.name;
    };
    const auto found = std::ranges::find_if(view->dependencies, is_same);
    return found == view->dependencies.end() ? std::nullopt : found->up;
}

void log_pipeline(const logger& log, const pipeline_view* before, const pipeline_view& after) {
    const auto status = after.verdict.status;
    if (before != nullptr && before->verdict.status == status) return;
    if (before == nullptr && status == model::link_status::unknown) return; // nothing was looked at yet
    const auto from = before == nullptr ? std::string_view("none") : model::to_string(before->verdict.status);
    const auto say = [&](auto write) {
        write(
            "pipeline status",
            {{"pipeline", after.name},
             {"from", from},
             {"to", model::to_string(status)},
             {"reason", after.verdict.reason}}
        );
    };
    const auto as_info = [&](std::string_view m, std::initializer_list<field> f) { log.info(m, f); };
    const auto as_warning = [&](std::string_view m, std::initializer_list<field> f) { log.warning(m, f); };
    if (model::is_well(status))
        say(as_info);
    else
        say(as_warning);
}

void log_dependency(const logger& log, std::optional<bool> before, const dependency_view& after) {
    if (!after.up || before == after.up) return;
    if (*after.up)
        log.info(
            "dependency is there",
            {{"dependency", after.kind}, {"name", after.name}, {"version", after.version}}
        );
    else
        log.warning(
            "dependency is away",
            {{"dependency", after.kind}, {"name", after.name}, {"problem", after.problem}}
        );
}

} // namespace

void log_news(const logger& log, const status_view* before, const status_view& after) {
    for (const auto& d : after.dependencies) log_dependency(log, was_up(before, d), d);
    for (const auto& p : after.pipelines) log_pipeline(log, find_pipeline(before, p->name), *p);
}

std::string one_line(const status_view& view) {
    const auto is_well = [](const auto& p) { return model::is_well(p->verdict.status); };
    const auto well = std::ranges::count_if(view.pipelines, is_well);
    return fmt::format("{} of {} pipelines well", well, view.pipelines.size());
}

} // namespace sluice::control
