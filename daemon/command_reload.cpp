// sluice reload: the daemon reads its file again; for systemd's ExecReload, which waits for the result.

#include "daemon_address.hpp"
#include "exit_code.hpp"
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

asio::awaitable<int> reload(std::string path) {
    const auto client = co_await http::local_client::connect(path, patience);
    if (!client) {
        complain(fmt::format("sluice: {}\n", client.error().message()));
        co_return service_away;
    }
    const auto outcome = co_await (*client)->reload(patience);
    if (!outcome) {
        complain(fmt::format("sluice: {}\n", outcome.error().message()));
        co_return outcome.error().code == errc::outcome_unknown ? time_is_up : service_away;
    }
    for (const auto& problem : outcome->problems) complain(problem + (problem.ends_with('\n') ? "" : "\n"));
    print(outcome->accepted ? "reloaded\n" : "refused; the last good file stays in force\n");
    co_return outcome->accepted ? done : wrong_configuration;
}

// The daemon reads the file itself, so that its status tells of a bad one too.
int run_reload(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    const auto daemon = find_daemon(*chosen.common);
    if (daemon) return bench.run(reload(daemon->socket));
    read_file(find_file(*chosen.common), *bench.secrets);
    return wrong_configuration;
}

} // namespace

void add_reload(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_flag("--wait", o.wait, "Wait for the result (it always does)");
    };
    add_with_options<options>(
        app,
        "reload",
        "The daemon reads its file again; 78 when it refuses it",
        run,
        {&common},
        declare,
        run_reload
    );
}

} // namespace sluice
