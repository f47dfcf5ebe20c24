// sluice status: how are the pipelines?

#include "exit_code_of.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "status_source.hpp"
#include "status_text.hpp"
#include "terminal.hpp"
#include "unknown_pipeline.hpp"
#include "workbench.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::string pipeline = {};
    std::string output = "table";
    bool watch = false;
    bool exit_code = false;
    bool direct = false;
};

constexpr milliseconds watch_interval = seconds(1);

/// Exactly one of them: the daemon to ask, or the file to look by.
struct subject {
    std::optional<daemon_address> daemon;
    std::optional<model::declaration> declared;
};

asio::awaitable<result<boost::json::object>> get(workbench& bench, const subject& about) {
    if (about.daemon) co_return co_await ask_daemon(bench, *about.daemon);
    co_return co_await look_directly(bench, *about.declared);
}

void show(const boost::json::object& status, const options& chosen) {
    const terminal out(1);
    if (chosen.output == "json") {
        print(boost::json::serialize(status) + '\n');
        return;
    }
    const auto text = status_as_text(status, out, chosen.output == "wide", chosen.pipeline);
    const bool repaints = chosen.watch && out.is_terminal();
    print((repaints ? "\x1b[H\x1b[2J" : "") + text);
}

asio::awaitable<int> status(workbench& bench, options chosen, subject about) {
    for (;;) {
        const auto now = co_await get(bench, about);
        if (!now) {
            complain(fmt::format("sluice: {}\n", now.error().message()));
        } else if (const auto unknown = unknown_pipeline(chosen.pipeline, pipeline_names(*now))) {
            complain(fmt::format("sluice: {}\n", *unknown));
            co_return wrong_usage;
        } else {
            show(*now, chosen);
        }
        if (!chosen.watch) {
            if (!now) co_return exit_code_of(now.error());
            co_return chosen.exit_code && !all_well(*now, chosen.pipeline) ? failed : done;
        }
        co_await bench.time->sleep(watch_interval);
    }
}

asio::awaitable<int> status_by_daemon(workbench& bench, options chosen) {
    subject about;
    about.daemon = co_await find_daemon(*chosen.common);
    if (about.daemon) co_return co_await status(bench, std::move(chosen), std::move(about));
    // A file with errors, and no daemon that runs it: say what is wrong with the file.
    read_file(find_file(*chosen.common), *bench.secrets);
    co_return wrong_configuration;
}

int run_status(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    if (!chosen.direct) return bench.run(status_by_daemon(bench, chosen));
    subject about;
    about.declared = read_file(find_file(*chosen.common), *bench.secrets);
    if (!about.declared) return wrong_configuration;
    return bench.run(status(bench, chosen, std::move(about)));
}

} // namespace

void add_status(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("pipeline", o.pipeline, "Only this pipeline");
        sub.add_option("-o,--output", o.output, "table, wide or json")
            ->check(CLI::IsMember({"table", "wide", "json"}));
        sub.add_flag("-w,--watch", o.watch, "Again every second");
        sub.add_flag("--exit-code", o.exit_code, "1 when a pipeline is not well");
        sub.add_flag("--direct", o.direct, "Look at Connect and Kafka without the daemon");
    };
    add_with_options<options>(
        app, "status", "One line per pipeline, then its links", run, {&common}, declare, run_status
    );
}

} // namespace sluice
