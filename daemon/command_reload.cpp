// sluice reload: the daemon reads its file again; for systemd's ExecReload, which waits for the result.

#include "daemon_address.hpp"
#include "exit_code_of.hpp"
#include "http/local_client.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    bool wait = false;
};

constexpr milliseconds patience = seconds(10);

int complain_about(const error& e) {
    complain(fmt::format("sluice: {}\n", e.message()));
    return exit_code_of(e);
}

// The daemon reads its file itself, so that its status tells of a bad one too.
asio::awaitable<int> reload(workbench& bench, common_options common) {
    const auto file = find_file(common);
    const auto daemon = co_await find_daemon(common);
    if (!daemon) {
        read_file(file, *bench.secrets);
        co_return wrong_configuration;
    }
    const auto client = co_await http::local_client::connect(daemon->socket, patience);
    if (!client) co_return complain_about(client.error());
    const auto same = co_await expect_file(**client, file);
    if (!same) co_return complain_about(same.error());
    const auto outcome = co_await (*client)->reload(patience);
    if (!outcome) co_return complain_about(outcome.error());
    for (const auto& problem : outcome->problems) complain(problem + (problem.ends_with('\n') ? "" : "\n"));
    print(outcome->accepted ? "reloaded\n" : "refused; the last good file stays in force\n");
    co_return outcome->accepted ? done : wrong_configuration;
}

int run_reload(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    return bench.run(reload(bench, *chosen.common));
}

} // namespace

void add_reload(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_flag(
            "--wait",
            o.wait,
            "Until the file is taken over or refused, which is waited for without this too. Connect follows "
            "after that: `sluice wait --for ok`"
        );
    };
    add_with_options<options>(
        app,
        "reload",
        "The daemon reads its file again: until it has taken it over, or refused it (78)",
        run,
        {&common},
        declare,
        run_reload
    );
}

} // namespace sluice
