#include "base/ownership.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

namespace sluice {

namespace fs = std::filesystem;

namespace {

constexpr mode_t for_all_to_pass = 0755;
constexpr mode_t for_its_owner = 0700;

bool has_another_name(const struct stat& facts) {
    return !S_ISDIR(facts.st_mode) && facts.st_nlink > 1;
}

void give_away(const fs::path& directory) {
    const int opened = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0) return;
    give_to_owner_of(directory.parent_path(), opened);
    ::close(opened);
}

} // namespace

void give_to_owner_of(const std::string& directory, int file) {
    struct stat ours{};
    struct stat folder{};
    if (::geteuid() != 0 || ::fstat(file, &ours) != 0 || ::stat(directory.c_str(), &folder) != 0) return;
    if (ours.st_uid == folder.st_uid || has_another_name(ours)) return;
    (void)!::fchown(file, folder.st_uid, folder.st_gid);
}

std::error_code make_directory(const fs::path& directory) {
    std::error_code ec;
    const auto whole = fs::absolute(directory, ec).lexically_normal();
    std::vector<fs::path> missing;
    for (auto at = whole; !at.empty() && !fs::exists(at, ec) && at != at.parent_path(); at = at.parent_path())
        missing.push_back(at);
    for (; !missing.empty(); missing.pop_back()) {
        const auto& next = missing.back();
        const bool is_last = missing.size() == 1;
        const bool is_made = ::mkdir(next.c_str(), is_last ? for_its_owner : for_all_to_pass) == 0;
        if (!is_made && errno != EEXIST) return {errno, std::generic_category()};
        if (is_made) give_away(next);
    }
    return {};
}

} // namespace sluice
