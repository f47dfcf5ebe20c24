// sluice plan: what would change.

#include "connect/requests.hpp"
#include "control/status_json.hpp"
#include "exit_code.hpp"
#include "onlooker.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "plan_text.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    bool detailed_exitcode = false;
    bool show_requests = false;
    std::string output = "text";
};

connect::request request_of(const model::change& c, const model::desired& desired) {
    namespace requests = connect::requests;
    const auto* wanted = model::find_connector(desired, c.subject);
    switch (c.kind) {
    case model::change_kind::create_connector:
        return requests::create(c.subject, wanted->config, wanted->state, connect::secrets::masked);
    case model::change_kind::update_config:
        return requests::put_config(c.subject, wanted->config, connect::secrets::masked);
    case model::change_kind::resume: return requests::resume(c.subject);
    case model::change_kind::pause: return requests::pause(c.subject);
    case model::change_kind::stop: return requests::stop(c.subject);
    case model::change_kind::restart_failed: return requests::restart(c.subject, true);
    default: return requests::remove(c.subject);
    }
}

std::string requests_of(const model::plan& plan, const model::desired& desired) {
    std::string text = "\nRequests to Kafka Connect (secrets masked; the hashes of secrets are added when "
                       "they are sent, and each "
                       "config is validated first):\n";
    for (const auto& c : plan.changes) {
        const bool on_kafka = c.kind <= model::change_kind::alter_topic_config;
        if (on_kafka || c.is_held_back()) continue;
        const auto request = request_of(c, desired);
        text += fmt::format("  {} {}\n", connect::to_string(request.method), request.path);
        if (!request.body.empty()) text += fmt::format("      {}\n", request.body);
    }
    return text;
}

std::string word_on_orphan(const control::reconciler& loop, const std::string& name) {
    const auto is_it = [&](const model::change& c) { return c.subject == name; };
    if (std::ranges::any_of(loop.decision().plan.changes, is_it)) return {};
    if (!loop.desired()->prune)
        return fmt::format(
            "The file no longer names {}, which is ours: it is left alone; `prune: true` deletes it.\n", name
        );
    return fmt::format(
        "The file does not name {}, which carries our mark but is not remembered (another state directory?): "
        "it "
        "is left alone; declare it once, or delete it by hand.\n",
        name
    );
}

void show(const control::reconciler& loop, const options& chosen) {
    const auto& plan = loop.decision().plan;
    if (chosen.output == "json") {
        print(boost::json::serialize(control::to_json(plan)) + '\n');
    } else if (chosen.output == "markdown") {
        print(plan_as_markdown(plan));
    } else {
        print(plan_as_text(plan, terminal(1)));
        for (const auto& name : loop.decision().orphaned) print(word_on_orphan(loop, name));
    }
    if (chosen.show_requests) {
        const auto text = requests_of(plan, *loop.desired());
        if (chosen.output == "json")
            complain(text);
        else
            print(text);
    }
}

// Nothing is concluded from what could not be read; the plan is what the rest shows.
bool tell_what_is_unreadable(const control::reconciler& loop) {
    bool away = false;
    const auto tell = [&](const std::optional<error>& failure) {
        if (!failure) return;
        complain(fmt::format("sluice: {}\n", failure->message()));
        away = true;
    };
    tell(loop.observed().connectors.failure);
    tell(loop.observed().topics.failure);
    for (const auto& [link, reason] : loop.desired()->unresolved)
        complain(fmt::format("sluice: pipeline {}: {}\n", link.pipeline, reason));
    return away;
}

asio::awaitable<int> plan(workbench& bench, options chosen, model::declaration declared) {
    onlooker eye(bench, std::move(declared));
    co_await eye.look_once(false);
    const auto& loop = eye.loop();
    const bool away = tell_what_is_unreadable(loop);
    if (away && loop.decision().plan.empty()) co_return service_away;
    show(loop, chosen);
    if (away) co_return service_away;
    co_return chosen.detailed_exitcode && !loop.decision().plan.empty() ? changes_pending : done;
}

int run_plan(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    auto declared = read_file(find_file(*chosen.common), *bench.secrets);
    if (!declared) return wrong_configuration;
    return bench.run(plan(bench, chosen, std::move(*declared)));
}

} // namespace

void add_plan(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_flag("--detailed-exitcode", o.detailed_exitcode, "2 when there are changes");
        sub.add_flag("--show-requests", o.show_requests, "Also the REST calls that would be made");
        sub.add_option("-o,--output", o.output, "text, json or markdown")
            ->check(CLI::IsMember({"text", "json", "markdown"}));
    };
    add_with_options<options>(
        app,
        "plan",
        "What would change on Connect and Kafka; changes nothing",
        run,
        {&common},
        declare,
        run_plan
    );
}

} // namespace sluice
