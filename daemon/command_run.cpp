// sluice run: the daemon.

#include "control/news.hpp"
#include "control/service_notify.hpp"
#include "end_watch.hpp"
#include "exit_code.hpp"
#include "http/health.hpp"
#include "http/local_socket.hpp"
#include "http/server.hpp"
#include "http/site.hpp"
#include "libraries.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "service.hpp"
#include "state_directory.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
};

constexpr milliseconds answers_may_end = milliseconds(300);
constexpr milliseconds ends_within = milliseconds(4700); // five seconds are the contract

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// Everything of one running daemon, in the order in which it is made.
struct running_daemon {
    running_daemon(
        workbench& b, end_watch& w, control::memory_store& store, control::journal& journal, std::string file
    )
        : bench(b)
        , watch(w)
        , daemon(b, store, journal, std::move(file))
        , systemd(environment("NOTIFY_SOCKET"))
        , site(daemon, this_build()) {
        auto on_signal = [this](int which) {
            asio::post(bench.context, [this, which] {
                signal = which;
                end_asked->ring();
            });
        };
        watch.tell(std::move(on_signal));
    }
    ~running_daemon() { watch.tell({}); }
    running_daemon(const running_daemon&) = delete;
    running_daemon& operator=(const running_daemon&) = delete;

    workbench& bench;
    end_watch& watch;
    service daemon;
    control::service_notify systemd;
    http::site site;
    std::unique_ptr<http::server> web;
    std::unique_ptr<http::local_socket> local;
    // Caught from the beginning: an early SIGHUP must not end the process.
    asio::signal_set hangup{bench.context, SIGHUP};
    std::unique_ptr<alarm> end_asked = bench.time->make_alarm();
    int signal = 0; // that asked for it
};

result<void> listen(running_daemon& it, const model::declaration& declared) {
    auto& bench = it.bench;
    auto answer = [&it](http::request asked) { return it.site.answer(std::move(asked)); };
    auto web = http::server::listen(
        bench.context.get_executor(),
        *bench.time,
        declared.http.address,
        declared.http.port,
        std::move(answer),
        bench.log
    );
    if (!web) return std::unexpected(web.error());
    it.web = std::move(*web);
    const auto path = socket_path(declared);
    std::error_code ec;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ec);
    auto local = http::local_socket::listen(
        bench.context.get_executor(), *bench.time, path, it.daemon, this_build(), bench.log
    );
    if (!local) return std::unexpected(local.error());
    it.local = std::move(*local);
    return {};
}

// systemd's watchdog hears from us only while the loops turn.
asio::awaitable<void> tell_systemd(running_daemon& it) {
    const auto watchdog = environment("WATCHDOG_USEC");
    const auto limit = std::chrono::microseconds(std::strtoll(watchdog.c_str(), nullptr, 10));
    const auto pause =
        limit.count() > 0 ? std::min<std::chrono::steady_clock::duration>(limit / 2, seconds(5)) : seconds(5);
    std::string told;
    for (;;) {
        const auto view = it.daemon.view();
        if (auto line = control::one_line(*view); line != told) {
            it.systemd.status(line);
            told = std::move(line);
        }
        if (http::all_ok(http::liveness(*view, it.daemon.now().mono))) it.systemd.alive();
        co_await it.bench.time->sleep(pause);
    }
}

asio::awaitable<void> reload_on_hangup(running_daemon& it) {
    for (;;) {
        co_await it.hangup.async_wait(asio::use_awaitable);
        it.systemd.reloading(it.daemon.now().mono);
        try {
            co_await it.daemon.reload(false);
        } catch (const std::exception& e) {
            it.bench.log.error("the reload failed; the last good file stays in force", {{"what", e.what()}});
        }
        it.systemd.ready();
    }
}

asio::awaitable<void> wait_for_end(running_daemon& it) {
    co_await it.end_asked->wait();
    it.bench.log.info("stopping", {{"signal", it.signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    it.systemd.stopping();
    it.watch.note("the end of what is being written");
    co_await it.daemon.stop();
    it.watch.note("the end of the local socket");
    co_await it.local->stop(answers_may_end);
    it.watch.note("the end of the HTTP server");
    co_await it.web->stop(answers_may_end);
    // A name look-up that Asio joins, or a library's destructor.
    it.watch.note("the end of the libraries");
}

void announce(const running_daemon& it, const model::declaration& declared, const std::string& file) {
    const auto build = this_build();
    it.bench.log.info(
        "sluice runs",
        {
            {"version", build.version},
            {"revision", build.revision},
            {"instance", declared.name},
            {"file", file},
            {"http", fmt::format("http://{}:{}", declared.http.address, it.web->port())},
            {"socket", socket_path(declared)},
            {"state_dir", declared.state_dir},
        }
    );
}

int exit_code_of(const error& e) {
    const bool is_refused = e.code == errc::busy || e.code == errc::unauthorized;
    return is_refused ? refused_by_policy : failed;
}

int complain_about(const error& e) {
    complain(fmt::format("sluice: {}\n", e.message()));
    return exit_code_of(e);
}

asio::awaitable<void> serve(running_daemon& it, config::loaded loaded, std::string file, int& code) {
    const auto declared = *loaded.declared;
    const auto listening = listen(it, declared);
    if (!listening) {
        complain_about(listening.error());
        code = failed;
        co_return;
    }
    const auto started = co_await it.daemon.start(std::move(loaded));
    if (!started) {
        code = complain_about(started.error());
        co_return;
    }
    announce(it, declared, file);
    it.watch.note("the loop, which takes no notice: a call blocks it");
    it.systemd.ready();
    auto ignore = [](const std::exception_ptr&) {};
    asio::co_spawn(it.bench.context, tell_systemd(it), ignore);
    asio::co_spawn(it.bench.context, reload_on_hangup(it), ignore);
    co_await wait_for_end(it);
}

int run_daemon(const options& chosen) {
    end_watch watch(ends_within); // before any thread is started, and until all is gone
    workbench bench(chosen.common->debug ? log_level::debug : log_level::info);
    const auto file = find_file(*chosen.common);
    auto loaded = load_file(file, *bench.secrets);
    if (!loaded.declared) return wrong_configuration;
    const auto state_dir = loaded.declared->state_dir;
    const auto lock = state_lock::acquire(state_dir);
    if (!lock) return complain_about(lock.error());
    const auto store = control::make_file_memory_store(bench.world.disk(), state_dir);
    const auto journal = control::make_file_journal(bench.world.history(), state_dir);
    const auto build = this_build();
    const auto passes = control::make_file_flight_log(
        bench.world.recorder(), state_dir, fmt::format("{} ({})", build.version, build.revision)
    );
    int code = done;
    {
        running_daemon it(bench, watch, *store, *journal, std::filesystem::absolute(file));
        it.daemon.record_passes(*passes);
        auto on_end = [&](const std::exception_ptr& failure) {
            bench.context.stop();
            if (!failure) return;
            code = failed;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& e) {
                bench.log.error("the daemon ended by an exception", {{"what", e.what()}});
            }
        };
        asio::co_spawn(bench.context, serve(it, std::move(loaded), file, code), std::move(on_end));
        bench.context.run();
    }
    for (const auto& name : bench.world.hanging(milliseconds(300))) {
        bench.log.warning("left behind at shutdown", {{"late", name}});
        std::fflush(nullptr);
        std::_Exit(code);
    }
    bench.log.info("stopped");
    return code;
}

} // namespace

void add_run(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App&, options&) {};
    add_with_options<options>(
        app, "run", "The daemon: reconcile, watch, serve; SIGHUP reloads", run, {&common}, declare, run_daemon
    );
}

} // namespace sluice
