#pragma once
// What every command may be told, and how a command joins the command line.

#include <CLI/CLI.hpp>

#include <functional>
#include <string>

namespace sluice {

struct common_options {
    std::string file; // -c; empty: SLUICE_CONFIG, ./config/pipeline.yaml, /etc/sluice/pipeline.yaml
    bool debug = false;
};

/// Runs the chosen command and gives its exit code.
using runner = std::function<int()>;

/// A command adds its flags to `app` and sets `run` when it was chosen.
using add_command = void (*)(CLI::App& app, const common_options& common, runner& run);

void add_run(CLI::App& app, const common_options& common, runner& run);
void add_check(CLI::App& app, const common_options& common, runner& run);
void add_plan(CLI::App& app, const common_options& common, runner& run);
void add_apply(CLI::App& app, const common_options& common, runner& run);
void add_status(CLI::App& app, const common_options& common, runner& run);
void add_history(CLI::App& app, const common_options& common, runner& run);
void add_replay(CLI::App& app, const common_options& common, runner& run);
void add_bundle(CLI::App& app, const common_options& common, runner& run);
void add_pause(CLI::App& app, const common_options& common, runner& run);
void add_stop(CLI::App& app, const common_options& common, runner& run);
void add_resume(CLI::App& app, const common_options& common, runner& run);
void add_restart(CLI::App& app, const common_options& common, runner& run);
void add_wait(CLI::App& app, const common_options& common, runner& run);
void add_plugins(CLI::App& app, const common_options& common, runner& run);
void add_reload(CLI::App& app, const common_options& common, runner& run);
void add_healthcheck(CLI::App& app, const common_options& common, runner& run);
void add_import(CLI::App& app, const common_options& common, runner& run);
void add_version(CLI::App& app, const common_options& common, runner& run);

/// Options of one command, kept alive by the callback that reads them.
template <class Options>
CLI::App* add_with_options(
    CLI::App& app,
    const char* name,
    const char* description,
    runner& run,
    Options options,
    void (*declare)(CLI::App&, Options&),
    int (*command)(const Options&)
) {
    auto kept = std::make_shared<Options>(std::move(options));
    auto* sub = app.add_subcommand(name, description);
    declare(*sub, *kept);
    sub->callback([kept, command, &run] { run = [kept, command] { return command(*kept); }; });
    return sub;
}

} // namespace sluice
