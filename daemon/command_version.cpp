// sluice version: which build this is, and on what it stands.

#include "build_info.hpp"
#include "exit_code.hpp"
#include "libraries.hpp"
#include "options.hpp"
#include "terminal.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace sluice {

namespace {

struct options {
    std::string output = "text";
};

int show(const options& chosen) {
    const auto build = this_build();
    if (chosen.output == "json") {
        const boost::json::object all{
            {"version", build.version},
            {"revision", build.revision},
            {"librdkafka", build.librdkafka},
            {"libpq", build.libpq}
        };
        print(boost::json::serialize(all) + '\n');
        return done;
    }
    print(fmt::format(
        "sluice {} ({}), librdkafka {}, libpq {}\n",
        build.version,
        build.revision,
        build.librdkafka,
        build.libpq
    ));
    return done;
}

} // namespace

void add_version(CLI::App& app, const common_options&, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("-o,--output", o.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    };
    add_with_options<options>(
        app, "version", "The version of Sluice and its libraries", run, {}, declare, show
    );
}

} // namespace sluice
