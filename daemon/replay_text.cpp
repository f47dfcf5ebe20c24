#include "replay_text.hpp"

#include "base/instant.hpp"
#include "control/value_json.hpp"
#include "plan_text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace sluice {

namespace json = boost::json;

namespace {

std::string verdict_as_text(const model::pipeline_verdict& verdict, const terminal& out) {
    const auto tint = model::is_well(verdict.status) ? colour::green : colour::red;
    const auto line = [&](std::string_view name, model::link_status status, const std::string& reason) {
        return fmt::format("{}: {}{}\n", name, model::to_string(status), reason.empty() ? "" : "; " + reason);
    };
    auto text = "  " + out.paint(tint, line(verdict.pipeline, verdict.status, verdict.reason));
    for (const auto& link : verdict.links) text += "    " + line(link.connector, link.status, link.reason);
    for (const auto& finding : verdict.findings)
        text += fmt::format(
            "    {} {} {}: {}{}\n",
            model::to_string(finding.level),
            finding.code,
            finding.subject,
            finding.message,
            finding.remedy.empty() ? "" : "; " + finding.remedy
        );
    return text;
}

constexpr std::string_view as_far_as_is_known =
    "Nothing is planned: Connect or Kafka could not be read, and whether they are as the file says is not "
    "known.";

std::string_view word_on_an_empty_plan(const decide::kept_inputs& inputs) {
    const auto& seen = inputs.observed;
    const bool topics_known = inputs.desired.topics.empty() || seen.topics.fresh();
    return seen.connectors.fresh() && topics_known ? as_the_file_says : as_far_as_is_known;
}

} // namespace

std::string
headline(const control::recorded_pass& pass, const control::replayed_pass& again, const terminal& out) {
    const bool is_equal = again.differences.empty();
    const auto word = is_equal ? out.paint(colour::green, "equal") : out.paint(colour::red, "different");
    return fmt::format("pass {}  {}  {}\n", pass.number, to_rfc3339(pass.at), word);
}

std::string differences_as_text(const control::replayed_pass& again, const terminal& out) {
    std::string text;
    for (const auto& d : again.differences) {
        text += fmt::format("  {}\n", d.place);
        if (!d.then.empty()) text += fmt::format("    {}\n", out.paint(colour::red, "then: " + d.then));
        if (!d.now.empty()) text += fmt::format("    {}\n", out.paint(colour::green, "now:  " + d.now));
    }
    return text;
}

std::string
decision_as_text(const decide::decision& decision, const decide::kept_inputs& inputs, const terminal& out) {
    auto text = plan_as_text(decision.plan, out, word_on_an_empty_plan(inputs));
    for (const auto& verdict : decision.verdicts) text += verdict_as_text(verdict, out);
    return text;
}

json::object replay_as_json(const control::recorded_pass& pass, const control::replayed_pass& again) {
    json::object document{
        {"pass", pass.number},
        {"at", to_rfc3339(pass.at)},
        {"by", pass.by},
        {"equal", again.differences.empty()},
        {"plan", control::to_json_value(again.now.plan.changes)},
        {"verdicts", control::to_json_value(again.now.verdicts)},
    };
    json::array differences;
    for (const auto& d : again.differences)
        differences.push_back(json::object{{"place", d.place}, {"then", d.then}, {"now", d.now}});
    if (!differences.empty()) document["differences"] = std::move(differences);
    return document;
}

} // namespace sluice
