// sluice healthcheck: 0 or 1 from /healthz, for Docker.

#include "daemon_address.hpp"
#include "exit_code.hpp"
#include "http/local_client.hpp"
#include "http_get.hpp"
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
};

constexpr milliseconds limit = seconds(3);

int tell(const result<http_answer>& answer) {
    if (!answer) {
        complain(fmt::format("sluice: {}\n", answer.error().message()));
        return failed;
    }
    print(answer->body + (answer->body.ends_with('\n') ? "" : "\n"));
    return answer->status == 200 ? done : failed;
}

// While the file is broken its daemon lives on the last good one, and only the socket is known.
asio::awaitable<result<http_answer>> ask_over_socket(std::string socket) {
    const auto client = co_await http::local_client::connect(std::move(socket), limit);
    if (!client) co_return std::unexpected(client.error());
    auto health = co_await (*client)->health(limit);
    if (!health) co_return std::unexpected(health.error());
    co_return http_answer{health->live ? 200 : 503, std::move(health->text)};
}

asio::awaitable<int> ask(workbench& bench, common_options common) {
    const auto file = find_file(common);
    const auto daemon = co_await find_daemon(common);
    if (!daemon) {
        read_file(file, *bench.secrets);
        complain(fmt::format(
            "sluice: {} cannot be read here, and no daemon says that it runs it: where its health could be "
            "asked "
            "for is not known\n",
            file
        ));
        co_return failed;
    }
    if (!daemon->http) {
        const auto answer = co_await ask_over_socket(daemon->socket);
        co_return tell(answer);
    }
    const auto answer = co_await http_get(bench.context.get_executor(), *daemon->http, "/healthz", limit);
    co_return tell(answer);
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
