#include "file_for_connect.hpp"

#include "pipeline_file.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <memory>
#include <set>

namespace sluice {

std::optional<model::declaration> read_file_for_connect(const std::string& file, scrubber& secrets) {
    auto around = surroundings_of(file);
    const auto unset = std::make_shared<std::set<std::string>>();
    around.offline = true;
    around.environment = [ask = around.environment, unset](const std::string& name) {
        auto value = ask(name);
        if (!value) unset->insert(name);
        return value;
    };
    auto loaded = config::load(file, around);
    if (!loaded.declared) return read_file(file, secrets); // which tells why
    for (const auto& s : loaded.secrets) secrets.learn(s);
    for (const auto& warning : rendered(loaded.diagnostics)) complain(secrets.scrub(warning) + '\n');
    for (const auto& name : *unset)
        complain(fmt::format("sluice: the environment variable `{}` is not set: done without\n", name));
    return std::move(loaded.declared);
}

} // namespace sluice
