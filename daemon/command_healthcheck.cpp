// sluice healthcheck: 0 or 1 from /healthz, for Docker.

#include "daemon_address.hpp"
#include "exit_code.hpp"
#include "http_get.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
};

asio::awaitable<int> ask(workbench& bench, common_options common) {
    constexpr milliseconds limit = seconds(3);
    const auto daemon = co_await find_daemon(common);
    const auto where = daemon ? daemon->http : model::http_settings{};
    const auto answer = co_await http_get(bench.context.get_executor(), where, "/healthz", limit);
    if (!answer) {
        complain(fmt::format("sluice: {}\n", answer.error().message()));
        co_return failed;
    }
    print(answer->body + (answer->body.ends_with('\n') ? "" : "\n"));
    co_return answer->status == 200 ? done : failed;
}

int healthcheck(const options& chosen) {
    workbench bench(level_of(*chosen.common));
    return bench.run(ask(bench, *chosen.common));
}

} // namespace

void add_healthcheck(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App&, options&) {};
    add_with_options<options>(
        app,
        "healthcheck",
        "0 when the daemon's /healthz says so, else 1",
        run,
        {&common},
        declare,
        healthcheck
    );
}

} // namespace sluice
