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

void collect_sockets(const fs::path& directory, std::vector<fs::path>& sockets) {
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(directory, ec))
        if (entry.is_socket(ec) && entry.path().extension() == ".sock") sockets.push_back(entry.path());
}

std::vector<fs::path> sockets_around(const std::string& file) {
    std::vector<fs::path> sockets;
    if (const char* runtime = std::getenv("RUNTIME_DIRECTORY"); runtime != nullptr) collect_sockets(runtime, sockets);
    collect_sockets("/run/sluice", sockets);
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(fs::path(file).parent_path() / ".sluice", ec)) collect_sockets(entry.path(), sockets);
    return sockets;
}

} // namespace

std::optional<daemon_address> find_daemon(const common_options& common) {
    const auto file = find_file(common);
    const auto loaded = config::load(file, without_environment(file));
    if (loaded.declared) return daemon_address{loaded.declared->name, socket_path(*loaded.declared), loaded.declared->http};
    const auto sockets = sockets_around(file);
    if (sockets.size() != 1) return std::nullopt;
    return daemon_address{sockets.front().stem(), sockets.front(), {}};
}

} // namespace sluice
