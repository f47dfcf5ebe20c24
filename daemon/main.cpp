// The program: one command line, one command run, one exit code.

#include "base/heap.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "terminal.hpp"
#include "unknown_command.hpp"

#include <fmt/format.h>

#include <exception>

namespace sluice {

namespace {

constexpr const char* description = "Sluice supervises change data capture pipelines on Kafka Connect.\n"
                                    "\n"
                                    "  sluice check                 is the file right?\n"
                                    "  sluice plan                  what would change on Connect and Kafka\n"
                                    "  sluice apply                 carry that out, and wait until it holds\n"
                                    "  sluice run                   the daemon: keep it so\n"
                                    "  sluice status                how are the pipelines?\n";

void add_everything(CLI::App& app, common_options& common, runner& run) {
    app.require_subcommand(1);
    app.fallthrough();
    app.add_option("-c,--config", common.file, "The pipeline file")
        ->envname("SLUICE_CONFIG")
        ->type_name("FILE");
    app.add_flag("--debug", common.debug, "Say more on stderr");
    for (const add_command add :
         {add_run,
          add_check,
          add_plan,
          add_apply,
          add_status,
          add_wait,
          add_pause,
          add_stop,
          add_resume,
          add_restart,
          add_history,
          add_replay,
          add_bundle,
          add_plugins,
          add_reload,
          add_healthcheck,
          add_import,
          add_version})
        add(app, common, run);
}

// CLI11 knows no "did you mean", and of a misspelt command only that there is none.
std::string complaint(const CLI::App& app, const CLI::ParseError& e, int argc, char** argv) {
    std::vector<std::string> commands;
    for (const auto* sub : app.get_subcommands({})) commands.push_back(sub->get_name());
    const auto unknown = unknown_command({argv + 1, argv + argc}, commands);
    return unknown.value_or(e.what());
}

int parse_and_run(int argc, char** argv) {
    CLI::App app(description, "sluice");
    common_options common;
    runner run;
    add_everything(app, common, run);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp& e) {
        return app.exit(e);
    } catch (const CLI::CallForAllHelp& e) {
        return app.exit(e);
    } catch (const CLI::ParseError& e) {
        complain(fmt::format("sluice: {}\nTry: sluice --help\n", complaint(app, e, argc, argv)));
        return wrong_usage;
    }
    return run();
}

} // namespace

} // namespace sluice

int main(int argc, char** argv) {
    sluice::keep_little_freed_memory();
    try {
        return sluice::parse_and_run(argc, argv);
    } catch (const std::exception& e) {
        sluice::complain(fmt::format("sluice: {}\n", e.what()));
        return sluice::failed;
    }
}
