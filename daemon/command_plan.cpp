// sluice plan: what would change.

#include "acceptance_options.hpp"
#include "connect/requests.hpp"
#include "control/plan_file.hpp"
#include "control/status_json.hpp"
#include "decide/first_start.hpp"
#include "exit_code.hpp"
#include "onlooker.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "plan_review.hpp"
#include "plan_storage.hpp"
#include "plan_text.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    bool detailed_exitcode = false;
    bool show_requests = false;
    std::string output = "text";
    std::string out = {};      // a file for the plan
    std::string from = {};     // another pipeline file to compare with
    std::string debezium = {}; // with --from
    acceptance_options acceptance = {};
};

connect::request request_of(
    const model::change& c, const model::desired& desired, const std::optional<model::connect_worker>& worker
) {
    namespace requests = connect::requests;
    const auto* wanted = model::find_connector(desired, c.subject);
    switch (c.kind) {
    case model::change_kind::create_connector:
        return requests::create(
            c.subject, wanted->config, decide::state_at_creation(*wanted, worker), connect::secrets::masked
        );
    case model::change_kind::update_config:
        return requests::put_config(c.subject, wanted->config, connect::secrets::masked);
    case model::change_kind::resume: return requests::resume(c.subject);
    case model::change_kind::pause: return requests::pause(c.subject);
    case model::change_kind::stop: return requests::stop(c.subject);
    case model::change_kind::restart_failed: return requests::restart(c.subject, true);
    case model::change_kind::restart_all: return requests::restart(c.subject, false);
    default: return requests::remove(c.subject);
    }
}

struct shown_plan {
    const model::plan& plan;
    const model::desired& desired;
    const std::vector<std::string>& orphaned;
    std::optional<model::connect_worker> worker = {}; // absent: not known
    std::string_view nothing = as_the_file_says;
    std::vector<std::string> notes = {}; // a line each: what is reported, and not changed
};

std::string requests_of(const shown_plan& what) {
    std::string text;
    for (const auto& c : what.plan.changes) {
        const bool on_kafka = c.kind <= model::change_kind::alter_topic_config;
        if (on_kafka || c.is_held_back()) continue;
        const auto request = request_of(c, what.desired, what.worker);
        text += fmt::format("  {} {}\n", connect::to_string(request.method), request.path);
        if (!request.body.empty()) text += fmt::format("      {}\n", request.body);
    }
    if (text.empty()) return "\nNo request to Kafka Connect.\n";
    return "\nRequests to Kafka Connect (secrets masked; the hashes of secrets are added when they are sent, "
           "and "
           "each config is validated first):\n" +
           text;
}

std::string word_on_orphan(const shown_plan& what, const std::string& name) {
    const auto is_it = [&](const model::change& c) { return c.subject == name; };
    if (std::ranges::any_of(what.plan.changes, is_it)) return {};
    if (!what.desired.prune)
        return fmt::format(
            "The file no longer names {}, which is ours: it is left alone; `prune: true` deletes it.\n", name
        );
    return fmt::format(
        "The file does not name {}, which carries our mark but is not remembered (another state directory?): "
        "it is left alone; declare it once, or delete it by hand.\n",
        name
    );
}

std::vector<std::string> reported_only(const std::vector<model::pipeline_verdict>& verdicts) {
    std::vector<std::string> notes;
    for (const auto& verdict : verdicts)
        for (const auto& f : verdict.findings)
            if (f.code == "TOPIC_CONFIG")
                notes.push_back(
                    fmt::format("Reported, not changed: topic {}: {}; {}.\n", f.subject, f.message, f.remedy)
                );
    return notes;
}

void show_text(const shown_plan& what) {
    print(plan_as_text(what.plan, terminal(1), what.nothing));
    for (const auto& name : what.orphaned) print(word_on_orphan(what, name));
    for (const auto& note : what.notes) print(note);
}

void show(const shown_plan& what, const options& chosen) {
    if (chosen.output == "json")
        print(boost::json::serialize(control::to_json(what.plan)) + '\n');
    else if (chosen.output == "markdown")
        print(plan_as_markdown(what.plan, what.nothing));
    else
        show_text(what);
    if (!chosen.show_requests) return;
    const auto text = requests_of(what);
    if (chosen.output == "json")
        complain(text);
    else
        print(text);
}

void tell_unresolved(const model::desired& desired) {
    for (const auto& [link, reason] : desired.unresolved)
        complain(fmt::format("sluice: pipeline {}: {}\n", link.pipeline, reason));
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
    return away;
}

int code_of(const options& chosen, const model::plan& plan) {
    return chosen.detailed_exitcode && !plan.empty() ? changes_pending : done;
}

// --- into a file ----------------------------------------------------------------------------------------

control::plan_file plan_for_file(
    const control::reconciler& loop, const model::plan& plan, const options& chosen, wall_time now
) {
    control::plan_file kept;
    kept.instance = loop.desired()->instance;
    kept.file = std::filesystem::absolute(find_file(*chosen.common)).lexically_normal().string();
    kept.made_at = now;
    kept.accepted = accepted_by(chosen.acceptance);
    kept.prune = chosen.acceptance.prune;
    kept.wishes = control::wishes_of(*loop.desired());
    kept.changes = plan.changes;
    return kept;
}

bool keep(const control::plan_file& plan, const std::string& path) {
    const auto written = write_plan(path, plan);
    if (written)
        complain(fmt::format("sluice: `sluice apply {}` carries out exactly this plan\n", path));
    else
        complain(fmt::format("sluice: {}\n", written.error().message()));
    return written.has_value();
}

control::reconcile_mode mode_of(const options& chosen) {
    control::reconcile_mode mode;
    mode.accepted = accepted_by(chosen.acceptance);
    mode.prune = chosen.acceptance.prune;
    mode.report_only_allowed = chosen.out.empty(); // a plan file is for `apply`, which corrects drift
    return mode;
}

asio::awaitable<int> plan(workbench& bench, options chosen, model::declaration declared) {
    onlooker eye(bench, std::move(declared), mode_of(chosen));
    co_await eye.look_once(false);
    const auto& loop = eye.loop();
    const bool away = tell_what_is_unreadable(loop);
    const auto& decided = loop.decision();
    if (away && decided.plan.empty()) co_return service_away;
    const auto view = loop.view(); // its plan holds no secret in foreign text either
    const auto plan = chosen.out.empty() ? view->plan : control::lasting(view->plan);
    shown_plan what{plan, *loop.desired(), decided.orphaned, loop.observed().worker.value};
    what.notes = reported_only(decided.verdicts);
    show(what, chosen);
    if (away) co_return service_away;
    const auto now = bench.time->now().wall;
    if (!chosen.out.empty() && !keep(plan_for_file(loop, plan, chosen, now), chosen.out)) co_return failed;
    co_return code_of(chosen, plan);
}

// --- between two files ----------------------------------------------------------------------------------

int run_review(const options& chosen) {
    scrubber secrets;
    const auto review = review_files(chosen.from, find_file(*chosen.common), chosen.debezium, secrets);
    if (!review) return wrong_configuration;
    tell_unresolved(review->after);
    const auto& decided = review->decision;
    const shown_plan what{
        decided.plan,
        review->after,
        decided.orphaned,
        {},
        "No change: both files ask for the same. Plan: 0 to create, 0 to update, 0 to delete."
    };
    show(what, chosen);
    return code_of(chosen, decided.plan);
}

int run_plan(const options& chosen) {
    if (!chosen.from.empty()) return run_review(chosen);
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
        add_acceptance(sub, o.acceptance);
        auto* out = sub.add_option("--out", o.out, "Keep the plan in this file, for `sluice apply FILE`");
        auto* from =
            sub.add_option("--from", o.from, "Compare with this older pipeline file instead, offline");
        from->excludes(out);
        sub.add_option("--debezium", o.debezium, "With --from: the version in Connect, 2.7 or 3")
            ->check(CLI::IsMember({"2.7", "3"}))
            ->needs(from);
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
