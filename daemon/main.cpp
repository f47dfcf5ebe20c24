// The program: one command line, one command run, one exit code.

#include "base/nearest.hpp"
#include "exit_code.hpp"
#include "options.hpp"
#include "terminal.hpp"

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

// CLI11 knows no "did you mean": the first word that is no option and no command was meant to be one.
std::string suggestion(const CLI::App& app, int argc, char** argv) {
    std::vector<std::string> names;
    for (const auto* sub : app.get_subcommands({})) names.push_back(sub->get_name());
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if (word.starts_with('-')) continue;
        if (std::ranges::find(names, word) != names.end()) return {};
        if (const auto meant = nearest(word, names))
            return fmt::format("; did you mean `sluice {}`?", *meant);
        return {};
    }
    return {};
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
        complain(fmt::format("sluice: {}{}\nTry: sluice --help\n", e.what(), suggestion(app, argc, argv)));
        return wrong_usage;
    }
    return run();
}

} // namespace

} // namespace sluice

int main(int argc, char** argv) {
    try {
        return sluice::parse_and_run(argc, argv);
    } catch (const std::exception& e) {
        sluice::complain(fmt::format("sluice: {}\n", e.what()));
        return sluice::failed;
    }
}
