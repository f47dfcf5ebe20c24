// sluice history: what Sluice saw and did.

#include "base/instant.hpp"
#include "control/history_json.hpp"
#include "daemon_address.hpp"
#include "exit_code_of.hpp"
#include "history_source.hpp"
#include "history_text.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "terminal.hpp"
#include "unknown_pipeline.hpp"
#include "workbench.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <limits>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::string pipeline = {};
    std::string since = {};
    std::string output = "table";
    std::size_t number = 100;
};

asio::awaitable<int> history(workbench& bench, options chosen, control::history_query wanted) {
    auto where = co_await find_daemon(*chosen.common);
    if (!where) {
        read_file(find_file(*chosen.common), *bench.secrets); // says what is wrong with it
        co_return wrong_configuration;
    }
    auto declared = where->pipelines;
    const auto page = co_await find_history(bench, std::move(*where), std::move(wanted));
    if (!page) {
        complain(fmt::format("sluice: {}\n", page.error().message()));
        co_return exit_code_of(page.error());
    }
    if (const auto unknown = unknown_in_history(chosen.pipeline, std::move(declared), *page)) {
        complain(fmt::format("sluice: {}\n", *unknown));
        co_return wrong_usage;
    }
    if (chosen.output == "json") {
        print(boost::json::serialize(control::to_json(*page)) + '\n');
        co_return done;
    }
    print(history_as_text(*page, terminal(1)));
    if (page->more) complain("There is more before that: -n shows it.\n");
    co_return done;
}

int run_history(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    control::history_query wanted;
    wanted.pipeline = chosen.pipeline;
    wanted.limit = chosen.number == 0 ? std::numeric_limits<std::size_t>::max() : chosen.number;
    if (!chosen.since.empty()) {
        const auto since = parse_instant(chosen.since, bench.time->now().wall);
        if (!since) {
            complain(fmt::format("sluice: --since: {}\n", since.error().message()));
            return wrong_usage;
        }
        wanted.since = *since;
    }
    return bench.run(history(bench, chosen, std::move(wanted)));
}

} // namespace

void add_history(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("pipeline", o.pipeline, "Only what concerns this pipeline");
        sub.add_option("--since", o.since, "How long ago, like 2h, or a time like 2026-11-23T18:27:50Z");
        sub.add_option("-n,--number", o.number, "The last so many events; 0: all");
        sub.add_option("-o,--output", o.output, "table or json")->check(CLI::IsMember({"table", "json"}));
    };
    add_with_options<options>(
        app, "history", "What Sluice saw and did", run, {&common}, declare, run_history
    );
}

} // namespace sluice
