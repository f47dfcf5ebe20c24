#include "config/load.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace sluice::config {

namespace {

std::optional<std::string> environment_variable(const std::string& name) {
    const char* const value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
}

/// The system's own place where an administrator (or systemd's StateDirectory) made it for us, else beside
/// the file, so that everything also works as an ordinary user.
std::string state_dir_of(const std::string& file, const std::string& instance) {
    const std::filesystem::path shared = "/var/lib/sluice";
    std::error_code ignored;
    const bool usable =
        std::filesystem::is_directory(shared, ignored) && ::access(shared.c_str(), W_OK | X_OK) == 0;
    if (usable) return (shared / instance).string();
    const auto beside = std::filesystem::absolute(file).parent_path() / ".sluice" / instance;
    return beside.lexically_normal().string();
}

} // namespace

surroundings process_surroundings(const std::string& file) {
    auto state_dir = [file](const std::string& instance) { return state_dir_of(file, instance); };
    return {environment_variable, std::move(state_dir), std::nullopt, {}, {}};
}

surroundings offline_surroundings(const std::string& file) {
    auto around = process_surroundings(file);
    around.offline = true;
    return around;
}

} // namespace sluice::config
