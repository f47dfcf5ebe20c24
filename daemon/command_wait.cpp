// sluice wait: until a pipeline runs, or is ok; for scripts. Needs no daemon.

#include "base/units.hpp"
#include "exit_code.hpp"
#include "onlooker.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "plan_text.hpp"
#include "state_directory.hpp"
#include "terminal.hpp"
#include "unknown_pipeline.hpp"
#include "workbench.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::string pipeline = {};
    std::string condition = "ok";
    std::string timeout = "2m";
};

constexpr milliseconds poll = milliseconds(100);
constexpr milliseconds looks_every = seconds(2);

bool runs(const model::link_verdict& link) {
    const bool running = link.status == model::link_status::ok || link.status == model::link_status::lagging;
    return running && link.tasks_running >= link.tasks_expected;
}

/// What is still to be done for it, and nothing holds back: its data arrive as the file said before.
const model::change* change_to_come(const model::plan& plan, const std::string& pipeline) {
    const auto is_it = [&](const model::change& c) {
        return c.link.pipeline == pipeline && !c.is_held_back() &&
               c.kind != model::change_kind::delete_connector;
    };
    const auto found = std::ranges::find_if(plan.changes, is_it);
    return found == plan.changes.end() ? nullptr : &*found;
}

bool holds(const model::pipeline_verdict& verdict, const model::plan& plan, const std::string& condition) {
    if (condition == "ok")
        return verdict.status == model::link_status::ok && change_to_come(plan, verdict.pipeline) == nullptr;
    return std::ranges::all_of(verdict.links, runs);
}

// A pipeline counts only once its connectors were really read.
bool holds_for_all(const control::reconciler& loop, const options& chosen) {
    if (!loop.observed().connectors.fresh()) return false;
    for (const auto& verdict : loop.decision().verdicts) {
        const bool concerned = chosen.pipeline.empty() || verdict.pipeline == chosen.pipeline;
        if (concerned && !holds(verdict, loop.decision().plan, chosen.condition)) return false;
    }
    return true;
}

std::string reason_of(const model::pipeline_verdict& verdict, const model::plan& plan, bool somebody_writes) {
    const auto* to_come = change_to_come(plan, verdict.pipeline);
    if (verdict.status == model::link_status::ok && to_come != nullptr)
        return headline(*to_come) + " is still to be done";
    const bool nobody_creates = verdict.reason.ends_with(not_there_yet) && !somebody_writes;
    return verdict.reason + (nobody_creates ? std::string(who_creates) : "");
}

std::string state_of(const control::reconciler& loop, const options& chosen, bool somebody_writes) {
    std::string text;
    for (const auto& verdict : loop.decision().verdicts)
        if (chosen.pipeline.empty() || verdict.pipeline == chosen.pipeline)
            text += fmt::format(
                "{}: {} {}\n",
                verdict.pipeline,
                model::to_string(verdict.status),
                reason_of(verdict, loop.decision().plan, somebody_writes)
            );
    return text;
}

asio::awaitable<int> wait(workbench& bench, options chosen, model::declaration declared, milliseconds limit) {
    declared.reconcile.interval = std::min(declared.reconcile.interval, looks_every);
    const auto state_dir = declared.state_dir;
    onlooker eye(bench, std::move(declared));
    co_await eye.begin();
    auto& loop = eye.loop();
    loop.start_loops();
    const auto deadline = bench.time->now().mono + limit;
    bool held = holds_for_all(loop, chosen);
    while (!held && bench.time->now().mono < deadline) {
        co_await bench.time->sleep(poll);
        held = holds_for_all(loop, chosen);
    }
    (held ? print : complain)(state_of(loop, chosen, is_locked(state_dir)));
    co_await loop.stop(milliseconds(0));
    co_return held ? done : time_is_up;
}

std::vector<std::string> names_in(const model::declaration& declared) {
    std::vector<std::string> names;
    for (const auto& pipeline : declared.pipelines) names.push_back(pipeline.name);
    for (const auto& plain : declared.connectors) names.push_back(plain.name);
    return names;
}

int run_wait(const options& chosen) {
    const auto limit = parse_duration(chosen.timeout);
    if (!limit) {
        complain(fmt::format("sluice: --timeout: {}\n", limit.error().message()));
        return wrong_usage;
    }
    workbench bench(level_of(*chosen.common));
    auto declared = read_file(find_file(*chosen.common), *bench.secrets);
    if (!declared) return wrong_configuration;
    if (const auto unknown = unknown_pipeline(chosen.pipeline, names_in(*declared))) {
        complain(fmt::format("sluice: {}\n", *unknown));
        return wrong_usage;
    }
    return bench.run(wait(bench, chosen, std::move(*declared), *limit));
}

} // namespace

void add_wait(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("pipeline", o.pipeline, "Only this pipeline");
        sub.add_option(
               "--for",
               o.condition,
               "running: every task runs. ok: the status is ok, and nothing is about to be changed; what is "
               "held back or awaits acceptance does not count"
        )
            ->check(CLI::IsMember({"running", "ok"}));
        sub.add_option("--timeout", o.timeout, "Like 30s or 5m; then 75");
    };
    add_with_options<options>(
        app, "wait", "Until a pipeline runs, or is ok", run, {&common}, declare, run_wait
    );
}

} // namespace sluice
