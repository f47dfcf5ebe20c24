#include "daemon_address.hpp"

#include "config/load.hpp"
#include "pipeline_file.hpp"
#include "state_directory.hpp"

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace sluice {

namespace fs = std::filesystem;

namespace {

// Secrets do not matter here: an unset variable stands for itself.
config::surroundings without_environment(const std::string& file) {
    auto around = config::process_surroundings(file);
    around.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value != nullptr ? value : "unset";
    };
    return around;
}

std::vector<fs::path> sockets_in(const fs::path& directory) {
    std::vector<fs::path> sockets;
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(directory, ec))
        if (entry.is_socket(ec) && entry.path().extension() == ".sock") sockets.push_back(entry.path());
    return sockets;
}

// Where a daemon's socket may be, the likeliest first.
std::vector<fs::path> places(const std::string& file) {
    std::vector<fs::path> all;
    if (const char* runtime = std::getenv("RUNTIME_DIRECTORY"); runtime != nullptr) all.emplace_back(runtime);
    all.emplace_back("/run/sluice");
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(fs::path(file).parent_path() / ".sluice", ec))
        all.push_back(entry.path());
    return all;
}

} // namespace

std::optional<daemon_address> find_daemon(const common_options& common) {
    const auto file = find_file(common);
    const auto loaded = config::load(file, without_environment(file));
    if (loaded.declared)
        return daemon_address{loaded.declared->name, socket_path(*loaded.declared), loaded.declared->http};
    for (const auto& place : places(file))
        if (const auto sockets = sockets_in(place); sockets.size() == 1)
            return daemon_address{sockets.front().stem(), sockets.front(), {}};
    return std::nullopt;
}

} // namespace sluice
