// sluice apply: carry the plan out, and wait until it holds.

#include "acceptance_options.hpp"
#include "base/units.hpp"
#include "control/plan_file.hpp"
#include "control/reconciler.hpp"
#include "daemon_address.hpp"
#include "decide/freeze.hpp"
#include "exit_code.hpp"
#include "http/local_client.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "plan_storage.hpp"
#include "plan_text.hpp"
#include "right_to_write.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <map>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::string plan = {}; // a plan file; empty: what is planned now
    acceptance_options acceptance = {};
    std::string timeout = "2m";
    bool during_freeze = false;
    bool yes = false;
    bool direct = false;
};

constexpr milliseconds poll = milliseconds(100);
constexpr milliseconds looks_every = seconds(2);
constexpr milliseconds daemon_is_quiet_within = seconds(70); // its longest write
constexpr milliseconds daemon_reads_within = seconds(10);
constexpr milliseconds writes_may_end = seconds(3);

using kept_plan = std::optional<control::plan_file>;

control::reconcile_mode mode_of(const options& chosen, const kept_plan& kept) {
    control::reconcile_mode mode;
    mode.may_write = false; // until somebody said yes
    mode.report_only_allowed = false;
    mode.who = by_user("apply");
    mode.prune = chosen.acceptance.prune;
    mode.during_freeze = chosen.during_freeze;
    mode.accepted = accepted_by(chosen.acceptance);
    if (!kept) return mode;
    mode.prune = mode.prune || kept->prune;
    mode.accepted.insert(kept->accepted.begin(), kept->accepted.end());
    mode.only = decide::agreed(kept->changes);
    return mode;
}

/// What this command is to carry out: the plan, or what the kept one has of it.
model::plan own_part(const control::reconciler& loop) {
    auto plan = loop.view()->plan;
    if (const auto& only = loop.only())
        std::erase_if(plan.changes, [&](const model::change& c) { return !only->covers(c); });
    return plan;
}

/// Says what became of each connector, once a change of it.
class progress {
public:
    void tell(const control::status_view& view) {
        for (const auto& p : view.pipelines)
            for (const auto& link : p->links) tell(link);
    }

private:
    void tell(const control::link_view& link) {
        const auto& v = link.verdict;
        auto line = fmt::format(
            "{}: {}", link.connector.empty() ? v.link.pipeline : link.connector, model::to_string(v.status)
        );
        if (!v.reason.empty()) line += ", " + v.reason;
        auto& last = told_[{v.link.pipeline, v.link.sink}];
        if (line == last) return;
        last = line;
        complain(line + '\n');
    }

    std::map<std::pair<std::string, std::string>, std::string> told_;
};

enum class standing { going_on, holds, blocked };

standing where_it_stands(const control::reconciler& loop) {
    const bool topics_known = loop.desired()->topics.empty() || loop.observed().topics.fresh();
    if (loop.busy() || !loop.observed().connectors.fresh() || !topics_known) return standing::going_on;
    const auto view = loop.view();
    const auto& changes = view->plan.changes;
    const auto is_own = [&](const model::change& c) { return !loop.only() || loop.only()->covers(c); };
    const auto goes_on = [&](const model::change& c) { return is_own(c) && !c.is_held_back(); };
    if (std::ranges::any_of(changes, goes_on)) return standing::going_on;
    const auto held_back = [&](const model::link_verdict& link) {
        const auto is_of_it = [&](const model::change& c) {
            return c.subject == link.connector && is_own(c);
        };
        return std::ranges::any_of(changes, is_of_it);
    };
    for (const auto& verdict : loop.decision().verdicts)
        for (const auto& link : verdict.links) {
            const bool is_ours = !loop.only() || loop.only()->concerns(link.connector);
            const bool settled = !is_ours || link.status == model::link_status::ok ||
                                 link.status == model::link_status::paused;
            if (!settled && !held_back(link)) return standing::going_on;
        }
    return std::ranges::none_of(changes, is_own) ? standing::holds : standing::blocked;
}

// With the file of before, the daemon would undo everything as soon as it may write again.
asio::awaitable<bool> daemon_follows(right_to_write& right, bool deletion_is_accepted) {
    if (!right.daemon) co_return true;
    const auto outcome = co_await right.daemon->reload(daemon_reads_within, deletion_is_accepted);
    if (!outcome) {
        complain(fmt::format("sluice: {}\n", outcome.error().message()));
        co_return false;
    }
    if (!outcome->accepted)
        for (const auto& problem : outcome->problems) complain(fmt::format("{}\n", problem));
    co_return outcome->accepted;
}

asio::awaitable<int> carry_out(workbench& bench, control::reconciler& loop, milliseconds limit) {
    loop.allow_writes(true);
    loop.act();
    loop.start_loops();
    progress told;
    const auto deadline = bench.time->now().mono + limit;
    auto stands = standing::going_on;
    while (stands == standing::going_on && bench.time->now().mono < deadline) {
        co_await bench.time->sleep(poll);
        told.tell(*loop.view());
        stands = where_it_stands(loop);
    }
    co_await loop.stop(writes_may_end);
    if (stands == standing::holds) {
        print(
            loop.only() ? "Done: the plan is carried out, and every connector of it runs.\n"
                        : "Done: Connect and Kafka are as the file says, and every connector runs.\n"
        );
        co_return done;
    }
    if (stands == standing::blocked) {
        print("Held back:\n" + plan_as_text(own_part(loop), terminal(1)));
        co_return refused_by_policy;
    }
    const auto failed_one = [](const model::pipeline_verdict& v) {
        return v.status == model::link_status::failed;
    };
    complain(fmt::format("sluice: it does not hold after {}\n", format_duration(limit)));
    co_return std::ranges::any_of(loop.decision().verdicts, failed_one) ? failed : time_is_up;
}

// The daemon is held off meanwhile.
constexpr std::chrono::minutes a_person_answers_within{5};

bool confirmed() {
    complain("Carry this out? [y/N] ");
    pollfd terminal{STDIN_FILENO, POLLIN, 0};
    const auto limit = std::chrono::duration_cast<milliseconds>(a_person_answers_within).count();
    const int ready = ::poll(&terminal, 1, static_cast<int>(limit));
    if (ready <= 0) {
        const auto why = ready < 0 ? "interrupted" : "no answer within 5 minutes";
        complain(fmt::format("\nsluice: {}; nothing was changed\n", why));
        return false;
    }
    std::string answer;
    std::getline(std::cin, answer);
    const bool is_yes = answer == "y" || answer == "Y" || answer == "yes";
    if (!is_yes) complain("sluice: nothing was changed\n");
    return is_yes;
}

// Whoever interrupts this is told what becomes of what was begun.
asio::awaitable<int>
carry_out_or_tell(workbench& bench, control::reconciler& loop, milliseconds limit, bool daemon_goes_on) {
    try {
        co_return co_await carry_out(bench, loop, limit);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted)
            complain(
                daemon_goes_on
                    ? "sluice: the daemon has taken the file over and goes on with it: `sluice status`\n"
                    : "sluice: what is not carried out yet stays undone: `sluice plan` shows it\n"
            );
        throw;
    }
}

bool is_frozen(const control::reconciler& loop) {
    const auto& until = loop.decision().frozen_until;
    if (!until || loop.decision().plan.empty()) return false;
    complain(fmt::format(
        "sluice: {} (`reconcile.freeze`); to carry this out all the same: --during-freeze\n",
        decide::freeze_sentence(*until)
    ));
    return true;
}

bool could_not_look(const control::reconciler& loop) {
    bool away = false;
    for (const auto& failure : {loop.observed().connectors.failure, loop.observed().topics.failure}) {
        if (!failure) continue;
        complain(fmt::format("sluice: {}\n", failure->message()));
        away = true;
    }
    return away;
}

/// Whether the world or the file is not any more what the kept plan was made for.
bool has_moved(const control::reconciler& loop, const kept_plan& kept) {
    if (!kept) return false;
    const auto moved = control::what_moved(*kept, *loop.desired(), loop.view()->plan);
    if (moved.empty()) return false;
    complain(fmt::format("sluice: refused: since the plan was made ({}):\n", to_iso8601(kept->made_at)));
    for (const auto& what : moved) complain(fmt::format("  {}\n", what));
    complain("Plan again.\n");
    return true;
}

asio::awaitable<int> apply(
    workbench& bench,
    options chosen,
    kept_plan kept,
    std::string file,
    model::declaration declared,
    milliseconds limit
) {
    auto right = co_await take_right(bench, address_of(declared), chosen.direct);
    if (right && right->daemon) {
        const auto same = co_await expect_file(*right->daemon, file);
        if (!same) right = std::unexpected(same.error());
    }
    if (right && right->daemon) {
        // Its end ends the hold.
        control::hold_request request{{}, by_user("apply")};
        const auto held = co_await right->daemon->hold(std::move(request), daemon_is_quiet_within);
        if (!held) right = std::unexpected(held.error());
    }
    if (!right) {
        complain(fmt::format("sluice: {}\n", right.error().message()));
        co_return right.error().code == errc::io ? failed : refused_by_policy;
    }
    control::reconciler loop(
        bench.context.get_executor(),
        *bench.time,
        bench.world,
        *right->store,
        bench.log,
        bench.numbers,
        mode_of(chosen, kept)
    );
    loop.keep_history(*right->journal, bench.secrets);
    const auto recalled = co_await loop.recall();
    if (!recalled) {
        complain(fmt::format("sluice: {}\n", recalled.error().message()));
        co_return failed;
    }
    declared.reconcile.interval = std::min(declared.reconcile.interval, looks_every);
    loop.adopt_declaration(std::move(declared));
    for (std::optional<model::plan> agreed;;) {
        co_await loop.look(false);
        loop.act();
        if (could_not_look(loop)) co_return service_away;
        if (has_moved(loop, kept)) co_return refused_by_policy;
        // What was agreed to a while ago may not be what would be done now.
        auto planned = own_part(loop);
        if (agreed && *agreed == planned) break;
        agreed = std::move(planned);
        print(plan_as_text(*agreed, terminal(1)));
        if (is_frozen(loop)) co_return refused_by_policy;
        if (agreed->empty() || chosen.yes) break;
        if (::isatty(STDIN_FILENO) != 1) {
            complain("sluice: without a terminal, say --yes\n");
            co_return wrong_usage;
        }
        if (!confirmed()) co_return failed;
    }
    const auto accepted = mode_of(chosen, kept).accepted;
    const bool follows = co_await daemon_follows(*right, accepted.contains(model::consequence::remove));
    if (!follows) {
        complain("sluice: the daemon does not take this file over: see above; nothing was changed\n");
        co_return refused_by_policy;
    }
    const bool daemon_goes_on = right->daemon != nullptr;
    co_return co_await carry_out_or_tell(bench, loop, limit, daemon_goes_on);
}

int run_apply(const options& chosen) {
    const auto limit = parse_duration(chosen.timeout);
    if (!limit) {
        complain(fmt::format("sluice: --timeout: {}\n", limit.error().message()));
        return wrong_usage;
    }
    workbench bench(level_of(*chosen.common));
    kept_plan kept;
    if (!chosen.plan.empty()) {
        auto read = read_plan(chosen.plan);
        if (!read) {
            complain(fmt::format("sluice: {}: {}\n", chosen.plan, read.error().message()));
            return wrong_configuration;
        }
        kept = std::move(*read);
    }
    const bool is_named = !kept || !chosen.common->file.empty();
    auto file = is_named ? find_file(*chosen.common) : kept->file;
    auto declared = read_file(file, *bench.secrets);
    if (!declared) return wrong_configuration;
    return bench.run(apply(bench, chosen, std::move(kept), std::move(file), std::move(*declared), *limit));
}

} // namespace

void add_apply(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("plan", o.plan, "A file of `sluice plan --out`: exactly that plan, or nothing")
            ->type_name("FILE");
        add_acceptance(sub, o.acceptance);
        sub.add_option("--timeout", o.timeout, "How long to wait until it holds, like 30s or 5m");
        sub.add_flag("--during-freeze", o.during_freeze, "Although the file freezes changes now");
        sub.add_flag("-y,--yes", o.yes, "Do not ask");
        sub.add_flag("--direct", o.direct, "Even if a daemon runs and does not answer");
    };
    add_with_options<options>(
        app, "apply", "Carry the plan out, and wait until it holds", run, {&common}, declare, run_apply
    );
}

} // namespace sluice
