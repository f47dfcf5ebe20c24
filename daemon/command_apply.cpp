// sluice apply: carry the plan out, and wait until it holds.

#include "base/units.hpp"
#include "control/reconciler.hpp"
#include "daemon_address.hpp"
#include "exit_code.hpp"
#include "http/local_client.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "plan_text.hpp"
#include "state_directory.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

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
    std::vector<std::string> accept = {};
    std::string timeout = "2m";
    bool prune = false;
    bool yes = false;
    bool direct = false;
};

constexpr milliseconds poll = milliseconds(100);
constexpr milliseconds looks_every = seconds(2);
constexpr milliseconds daemon_answers_within = seconds(3);
constexpr milliseconds daemon_is_quiet_within = seconds(70); // its longest write
constexpr milliseconds daemon_reads_within = seconds(10);
constexpr milliseconds writes_may_end = seconds(3);

/// Who may write: we hold the daemon off, or we have the state directory ourselves.
struct right_to_write {
    std::unique_ptr<http::local_client> daemon; // its end ends the hold
    std::optional<state_lock> lock;
    std::unique_ptr<control::memory_store> store;
    std::unique_ptr<control::journal> journal;
};

std::string who() {
    const char* user = std::getenv("USER");
    return fmt::format("apply by {}", user != nullptr && *user != '\0' ? user : std::to_string(::geteuid()));
}

asio::awaitable<result<right_to_write>>
take_right(workbench& bench, const model::declaration& declared, std::string file, bool direct) {
    right_to_write right;
    right.journal = control::make_file_journal(bench.world.history(), declared.state_dir);
    auto client = co_await http::local_client::connect(socket_path(declared), daemon_answers_within);
    bool answers = false;
    if (client) {
        const auto peer = co_await (*client)->version(daemon_answers_within);
        answers = peer.has_value();
    }
    if (answers) {
        const auto same = co_await expect_file(**client, std::move(file));
        if (!same) co_return std::unexpected(same.error());
        control::hold_request request{{}, who()};
        auto held = co_await (*client)->hold(std::move(request), daemon_is_quiet_within);
        if (!held) co_return std::unexpected(held.error());
        right.daemon = std::move(*client);
        right.store = bench.memory_for_reading(declared.state_dir);
        co_return right;
    }
    if (is_locked(declared.state_dir)) {
        if (!direct)
            co_return fail(
                errc::busy,
                "take a hold from the daemon of",
                declared.name,
                "it runs but does not answer; look at its log, or act beside it with --direct"
            );
        right.store = bench.memory_for_reading(declared.state_dir);
        co_return right;
    }
    auto lock = state_lock::acquire(declared.state_dir);
    if (!lock) co_return std::unexpected(lock.error());
    right.lock = std::move(*lock);
    right.store = control::make_file_memory_store(bench.world.disk(), declared.state_dir);
    co_return right;
}

std::vector<std::string> acceptable() {
    std::vector<std::string> words;
    for (int i = 0; i <= static_cast<int>(model::consequence::remove); ++i) {
        const auto cost = static_cast<model::consequence>(i);
        if (cost != model::consequence::none) words.emplace_back(model::to_string(cost));
    }
    return words;
}

control::reconcile_mode mode_of(const options& chosen) {
    control::reconcile_mode mode;
    mode.may_write = false; // until somebody said yes
    mode.report_only_allowed = false;
    mode.who = who();
    mode.prune = chosen.prune;
    for (const auto& word : chosen.accept)
        if (const auto accepted = model::consequence_from(word)) mode.accepted.insert(*accepted);
    return mode;
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
    const auto& changes = loop.decision().plan.changes;
    if (!std::ranges::all_of(changes, &model::change::is_held_back)) return standing::going_on;
    const auto held_back = [&](const model::link_verdict& link) {
        return std::ranges::any_of(changes, [&](const model::change& c) {
            return c.subject == link.connector;
        });
    };
    for (const auto& verdict : loop.decision().verdicts)
        for (const auto& link : verdict.links) {
            const bool settled =
                link.status == model::link_status::ok || link.status == model::link_status::paused;
            if (!settled && !held_back(link)) return standing::going_on;
        }
    return changes.empty() ? standing::holds : standing::blocked;
}

// With the file of before, the daemon would undo everything as soon as it may write again.
asio::awaitable<bool> daemon_follows(right_to_write& right) {
    if (!right.daemon) co_return true;
    const auto outcome = co_await right.daemon->reload(daemon_reads_within);
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
        print("Done: Connect and Kafka are as the file says, and every connector runs.\n");
        co_return done;
    }
    if (stands == standing::blocked) {
        print("Held back:\n" + plan_as_text(loop.decision().plan, terminal(1)));
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
    if (::poll(&terminal, 1, static_cast<int>(limit)) <= 0) {
        complain("\nsluice: no answer within 5 minutes; nothing was changed\n");
        return false;
    }
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "Y" || answer == "yes";
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

asio::awaitable<int>
apply(workbench& bench, options chosen, model::declaration declared, milliseconds limit) {
    auto right = co_await take_right(bench, declared, find_file(*chosen.common), chosen.direct);
    if (!right) {
        complain(fmt::format("sluice: {}\n", right.error().message()));
        co_return refused_by_policy;
    }
    control::reconciler loop(
        bench.context.get_executor(),
        *bench.time,
        bench.world,
        *right->store,
        bench.log,
        bench.numbers,
        mode_of(chosen)
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
        // What was agreed to a while ago may not be what would be done now.
        if (agreed && *agreed == loop.decision().plan) break;
        agreed = loop.decision().plan;
        print(plan_as_text(*agreed, terminal(1)));
        if (agreed->empty() || chosen.yes) break;
        if (::isatty(STDIN_FILENO) != 1) {
            complain("sluice: without a terminal, say --yes\n");
            co_return wrong_usage;
        }
        if (!confirmed()) co_return failed;
    }
    bool follows = co_await daemon_follows(*right);
    const bool may_follow_later =
        std::ranges::count(chosen.accept, to_string(model::consequence::remove)) > 0;
    if (!follows && !may_follow_later) {
        complain("sluice: the daemon does not take this file over: see above; nothing was changed\n");
        co_return refused_by_policy;
    }
    const int code = co_await carry_out(bench, loop, limit);
    // What it objected to was how much the file deletes, and that is done now.
    if (!follows) follows = co_await daemon_follows(*right);
    if (follows) co_return code;
    complain("sluice: the daemon keeps to the file of before, and will undo this: see above\n");
    co_return refused_by_policy;
}

int run_apply(const options& chosen) {
    const auto limit = parse_duration(chosen.timeout);
    if (!limit) {
        complain(fmt::format("sluice: --timeout: {}\n", limit.error().message()));
        return wrong_usage;
    }
    workbench bench(level_of(*chosen.common));
    auto declared = read_file(find_file(*chosen.common), *bench.secrets);
    if (!declared) return wrong_configuration;
    return bench.run(apply(bench, chosen, std::move(*declared), *limit));
}

} // namespace

void add_apply(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("--accept", o.accept, "Consequences to accept, each by itself: new-slot,delete")
            ->delimiter(',')
            ->check(CLI::IsMember(acceptable()));
        sub.add_option("--timeout", o.timeout, "How long to wait until it holds, like 30s or 5m");
        sub.add_flag("--prune", o.prune, "Also delete what is ours and not in the file");
        sub.add_flag("-y,--yes", o.yes, "Do not ask");
        sub.add_flag("--direct", o.direct, "Even if a daemon runs and does not answer");
    };
    add_with_options<options>(
        app, "apply", "Carry the plan out, and wait until it holds", run, {&common}, declare, run_apply
    );
}

} // namespace sluice
