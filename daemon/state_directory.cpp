#include "state_directory.hpp"

#include "base/ownership.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace sluice {

namespace {

constexpr int tries = 10;
constexpr std::chrono::milliseconds between_tries(20);

std::string lock_path(const std::string& directory) {
    return directory + "/lock";
}

// Whoever asks whether a daemon runs (is_locked) has the lock for an instant; a daemon keeps it.
bool take_lock(int file) {
    for (int i = 1; ::flock(file, LOCK_EX | LOCK_NB) != 0; ++i) {
        if (errno != EWOULDBLOCK || i == tries) return false;
        std::this_thread::sleep_for(between_tries);
    }
    return true;
}

std::unexpected<error> cannot_use(const std::string& directory, int why) {
    const bool is_forbidden = why == EACCES || why == EPERM || why == EROFS;
    return fail(
        is_forbidden ? errc::unauthorized : errc::io,
        "write to the state directory",
        directory,
        std::string(std::strerror(why)) + "; make it writable, or set `state_dir:` in the file"
    );
}

} // namespace

result<state_lock> state_lock::acquire(const std::string& directory) {
    const auto not_made = make_directory(directory);
    if (not_made) return cannot_use(directory, not_made.value());
    const int file = ::open(lock_path(directory).c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file < 0) return cannot_use(directory, errno);
    give_to_owner_of(directory, file);
    if (!take_lock(file)) {
        ::close(file);
        return fail(
            errc::busy,
            "take the state directory",
            directory,
            "another Sluice of this name is using it; stop that one, or give this instance another `name:`"
        );
    }
    return state_lock(file);
}

state_lock& state_lock::operator=(state_lock&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}

state_lock::~state_lock() {
    if (file_ >= 0) ::close(file_);
}

bool is_locked(const std::string& directory) {
    const int file = ::open(lock_path(directory).c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool locked = ::flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    ::close(file);
    return locked;
}

std::string socket_path(const model::declaration& declared) {
    const std::string file = declared.name + ".sock";
    if (const char* runtime = std::getenv("RUNTIME_DIRECTORY"); runtime != nullptr && *runtime != '\0')
        return std::string(runtime) + '/' + file;
    if (::geteuid() == 0) return "/run/sluice/" + file;
    return declared.state_dir + '/' + file;
}

} // namespace sluice
