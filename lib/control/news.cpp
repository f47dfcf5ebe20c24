#include "control/news.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace sluice::control {

namespace {

const pipeline_view* find_pipeline(const status_view* view, const std::string& name) {
    if (view == nullptr) return nullptr;
    const auto name_of = [](const auto& p) -> const std::string& { return p->name; };
    const auto found = std::ranges::lower_bound(view->pipelines, name, {}, name_of);
    return found == view->pipelines.end() || (*found)->name != name ? nullptr : found->get();
}

using dependencies = std::map<std::pair<std::string_view, std::string_view>, std::optional<bool>>;

dependencies which_are_up(const status_view* view) {
    dependencies all;
    if (view == nullptr) return all;
    for (const auto& d : view->dependencies)
        all.emplace(std::pair<std::string_view, std::string_view>(d.kind, d.name), d.up);
    return all;
}

std::optional<bool> was_up(const dependencies& before, const dependency_view& d) {
    const auto found = before.find({d.kind, d.name});
    return found == before.end() ? std::nullopt : found->second;
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
    const auto up_before = which_are_up(before);
    for (const auto& d : after.dependencies) log_dependency(log, was_up(up_before, d), d);
    if (before != nullptr && before->pipelines == after.pipelines) return; // the very same
    for (const auto& p : after.pipelines) log_pipeline(log, find_pipeline(before, p->name), *p);
}

std::string one_line(const status_view& view) {
    const auto is_well = [](const auto& p) { return model::is_well(p->verdict.status); };
    const auto well = std::ranges::count_if(view.pipelines, is_well);
    return fmt::format("{} of {} pipelines well", well, view.pipelines.size());
}

} // namespace sluice::control
