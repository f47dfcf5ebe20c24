// sluice bundle: everything that helps to help, without secrets, in one file.

#include "exit_code.hpp"
#include "options.hpp"
#include "support_bundle.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::string output = {};
};

/// "sluice-demo-20261124T083000Z"
std::string name_of(const support_bundle& bundle) {
    auto time = to_iso8601(bundle.made_at);
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return fmt::format("sluice-{}-{}", bundle.instance, time);
}

asio::awaitable<int> make(workbench& bench, options chosen) {
    const auto bundle = co_await collect_bundle(bench, *chosen.common);
    const auto name = name_of(bundle);
    const auto path = chosen.output.empty() ? name + ".tar.gz" : chosen.output;
    const auto written = write_archive(path, name, bundle.members, bundle.made_at);
    if (!written) {
        complain(fmt::format("sluice: {}\n", written.error().message()));
        co_return failed;
    }
    for (const auto& missing : bundle.missing) complain(fmt::format("left out: {}\n", missing));
    print(path + '\n');
    co_return done;
}

int run_bundle(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    return bench.run(make(bench, chosen));
}

} // namespace

void add_bundle(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("-o,--output", o.output, "The file to make; else sluice-NAME-TIME.tar.gz, here")
            ->type_name("FILE");
    };
    add_with_options<options>(
        app, "bundle", "A support archive without secrets", run, {&common}, declare, run_bundle
    );
}

} // namespace sluice
