#pragma once
// From what the loop knows to the view that everybody reads. Pure.

#include "base/secret.hpp"
#include "control/status_view.hpp"
#include "decide/decide.hpp"
#include "model/declared.hpp"

#include <functional>
#include <map>
#include <string>

namespace sluice::control {

struct view_sources {
    const model::declaration& declared;
    const model::desired& desired;
    const model::observed& observed;
    const decide::decision& decision;
    const config_view& config;
    const std::map<std::string, loop_view>& loops;
    const std::map<std::string, std::string>& write_problems;
    std::function<std::string(const std::string& connector)> hold_on;
    moment now;
    moment started_at;
    const scrubber* secrets = nullptr; // that no value of the plan may show; null: none is known
    const status_view* same = nullptr; // one of the same decision, whose pipelines are shared; null: none
};

std::shared_ptr<status_view> build_view(const view_sources& from);

} // namespace sluice::control
