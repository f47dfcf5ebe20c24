// sluice pause, stop, resume, restart: one pipeline or connector, by the daemon where one runs.

#include "base/units.hpp"
#include "control/reconciler.hpp"
#include "control/status_json.hpp"
#include "exit_code_of.hpp"
#include "http/operation_json.hpp"
#include "operation_text.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "right_to_write.hpp"
#include "terminal.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace sluice {

namespace asio = boost::asio;
using control::operation;

namespace {

struct options {
    const common_options* common;
    operation what = operation::pause;
    std::string name = {};
    std::string lasts = {};
    std::string reason = {};
    std::string timeout = "30s";
    bool all = false;
    bool direct = false;
};

constexpr milliseconds poll = milliseconds(200);
constexpr milliseconds patience = seconds(10);
constexpr milliseconds restart_patience = seconds(140); // through a rebalance
constexpr milliseconds writes_may_end = seconds(3);

/// What was understood of the command line.
struct order {
    control::operation_request request;
    milliseconds timeout;
    bool direct;
};

/// A decision about what was asked for stands by itself; of a failure it is told what was tried.
int complain_about(const error& e) {
    const bool is_decision =
        e.code == errc::not_found || e.code == errc::refused || e.code == errc::unsupported;
    complain(fmt::format("sluice: {}\n", is_decision ? e.detail : e.message()));
    return exit_code_of(e);
}

int tell(const control::operation_outcome& outcome) {
    for (const auto& line : outcome.said) print(line + '\n');
    for (const auto& line : outcome.problems) complain(fmt::format("sluice: {}\n", line));
    return outcome.problems.empty() ? done : failed;
}

/// Waits until the connectors are as they are meant to be. `look` gives the document of status.
template <class Look>
asio::awaitable<int>
follow(workbench& bench, milliseconds limit, std::vector<std::string> connectors, Look look) {
    const auto deadline = bench.time->now().mono + limit;
    for (;;) {
        const result<boost::json::object> status = co_await look();
        if (!status) co_return complain_about(status.error());
        const auto late = not_there_yet(*status, connectors);
        if (late.empty()) co_return done;
        if (bench.time->now().mono >= deadline) {
            complain(fmt::format("sluice: not yet: {}\n", fmt::join(late, "; ")));
            co_return time_is_up;
        }
        co_await bench.time->sleep(poll);
    }
}

/// What was asked for is in force, but something kept it from being carried out.
asio::awaitable<int> why_it_failed(http::local_client& daemon) {
    const auto status = co_await daemon.status(patience);
    co_return status&& connect_is_away(*status) ? service_away : failed;
}

asio::awaitable<int> ask(workbench& bench, order wanted, http::local_client& daemon) {
    const bool restarts = wanted.request.what == operation::restart;
    const auto limit = restarts ? restart_patience : patience;
    const auto outcome = co_await daemon.operate(wanted.request, limit);
    if (!outcome) co_return complain_about(outcome.error());
    const int code = tell(*outcome);
    if (code == failed) co_return co_await why_it_failed(daemon);
    if (restarts || wanted.timeout.count() == 0) co_return code;
    const auto look = [&daemon] { return daemon.status(patience); };
    co_return co_await follow(bench, wanted.timeout, outcome->connectors, look);
}

asio::awaitable<result<boost::json::object>> shown(const control::reconciler& loop) {
    co_return control::to_json(*loop.view());
}

/// Without the daemon: the same loop, which writes nothing but what was asked for.
asio::awaitable<int> act_alone(workbench& bench, order wanted, control::reconciler& loop) {
    const bool restarts = wanted.request.what == operation::restart;
    loop.write_only_states_of({});
    loop.start_loops();
    const auto outcome = co_await loop.operate(wanted.request);
    int code = outcome ? tell(*outcome) : complain_about(outcome.error());
    const bool is_away = loop.observed().connectors.failure.has_value();
    if (outcome && is_away) code = service_away;
    if (outcome && !is_away && !restarts) {
        loop.write_only_states_of(outcome->connectors);
        loop.act();
        const auto look = [&loop] { return shown(loop); };
        const int came = co_await follow(bench, wanted.timeout, outcome->connectors, look);
        if (code == done) code = came;
    }
    co_await loop.stop(writes_may_end);
    co_return code;
}

asio::awaitable<int>
operate_alone(workbench& bench, order wanted, model::declaration declared, const right_to_write& right) {
    control::reconcile_mode mode;
    mode.who = user_name();
    mode.report_only_allowed = false; // a person asks for it
    control::reconciler loop(
        bench.context.get_executor(), *bench.time, bench.world, *right.store, bench.log, bench.numbers, mode
    );
    loop.keep_history(*right.journal, bench.secrets);
    const auto recalled = co_await loop.recall();
    if (!recalled) co_return complain_about(recalled.error());
    loop.write_only_states_of({});
    loop.adopt_declaration(std::move(declared));
    co_await loop.look(false);
    loop.act();
    if (!right.lock && wanted.request.what != operation::restart)
        complain("sluice: the daemon that runs does not learn of this, and undoes it when it goes on\n");
    co_return co_await act_alone(bench, std::move(wanted), loop);
}

asio::awaitable<int> operate(workbench& bench, order wanted, common_options common) {
    const auto file = find_file(common);
    const auto where = co_await find_daemon(common);
    if (!where) {
        read_file(file, *bench.secrets);
        co_return wrong_configuration;
    }
    auto right = co_await take_right(bench, *where, wanted.direct);
    if (!right) co_return complain_about(right.error());
    if (right->daemon) co_return co_await ask(bench, std::move(wanted), *right->daemon);
    auto declared = read_file(file, *bench.secrets);
    if (!declared) co_return wrong_configuration;
    co_return co_await operate_alone(bench, std::move(wanted), std::move(*declared), *right);
}

std::optional<order> understood(const options& chosen) {
    order wanted;
    wanted.direct = chosen.direct;
    const auto timeout = parse_duration(chosen.timeout);
    if (!timeout) {
        complain(fmt::format("sluice: --timeout: {}\n", timeout.error().message()));
        return std::nullopt;
    }
    wanted.timeout = *timeout;
    wanted.request = {chosen.what, chosen.name, {}, chosen.reason, user_name(), chosen.all};
    boost::json::object asked = http::to_json(wanted.request);
    if (!chosen.lasts.empty()) asked["for"] = chosen.lasts;
    // The same rules as over the socket.
    auto request = http::operation_request_from(chosen.what, asked);
    if (!request) {
        complain(fmt::format("sluice: {}\n", request.error().message()));
        return std::nullopt;
    }
    wanted.request = std::move(*request);
    return wanted;
}

int run_operation(const options& chosen) {
    auto wanted = understood(chosen);
    if (!wanted) return wrong_usage;
    workbench bench(level_of(*chosen.common));
    return bench.run(operate(bench, std::move(*wanted), *chosen.common));
}

void declare_name(CLI::App& sub, options& o) {
    sub.add_option("name", o.name, "A pipeline, or one of its connectors")->required();
    sub.add_flag("--direct", o.direct, "Even if a daemon runs and does not answer");
}

void declare_reason(CLI::App& sub, options& o) {
    sub.add_option("--reason", o.reason, "Shown in status and kept in history")->type_name("TEXT");
}

void declare_wait(CLI::App& sub, options& o) {
    sub.add_option("--timeout", o.timeout, "How long to wait until Connect shows it; 0s: not at all");
}

void declare_override(CLI::App& sub, options& o) {
    declare_name(sub, o);
    declare_reason(sub, o);
    declare_wait(sub, o);
    sub.add_option("--for", o.lasts, "It ends by itself after this time, like 30m")->type_name("DURATION");
}

void declare_resume(CLI::App& sub, options& o) {
    declare_name(sub, o);
    declare_reason(sub, o);
    declare_wait(sub, o);
}

void declare_restart(CLI::App& sub, options& o) {
    declare_name(sub, o);
    declare_reason(sub, o);
    sub.add_flag("--all", o.all, "The connector and all its tasks, not only what failed");
}

} // namespace

void add_pause(CLI::App& app, const common_options& common, runner& run) {
    const options chosen{&common, operation::pause};
    add_with_options<options>(
        app,
        "pause",
        "Pause a pipeline or connector until it is resumed",
        run,
        chosen,
        declare_override,
        run_operation
    );
}

void add_stop(CLI::App& app, const common_options& common, runner& run) {
    const options chosen{&common, operation::stop};
    add_with_options<options>(
        app,
        "stop",
        "Stop a pipeline or connector, and end its tasks, until it is resumed",
        run,
        chosen,
        declare_override,
        run_operation
    );
}

void add_resume(CLI::App& app, const common_options& common, runner& run) {
    const options chosen{&common, operation::resume};
    add_with_options<options>(
        app,
        "resume",
        "End a pause or stop of a pipeline or connector",
        run,
        chosen,
        declare_resume,
        run_operation
    );
}

void add_restart(CLI::App& app, const common_options& common, runner& run) {
    const options chosen{&common, operation::restart};
    add_with_options<options>(
        app,
        "restart",
        "Restart what failed of a pipeline or connector, now",
        run,
        chosen,
        declare_restart,
        run_operation
    );
}

} // namespace sluice
