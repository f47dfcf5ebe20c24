#pragma once
// The state directory of an instance, one daemon each, and the socket over which that daemon is reached.

#include "base/error.hpp"
#include "model/declared.hpp"

#include <string>
#include <utility>

namespace sluice {

/// The lock on a state directory, held while this lives.
class state_lock {
public:
    /// Makes the directory (0700) where it is missing, the owner's of the one that it is in even when root
    /// makes it; waits a fifth of a second for a lock that goes away.
    /// Errors: busy (another Sluice has it), unauthorized (it must not be made or written), io.
    static result<state_lock> acquire(const std::string& directory);

    state_lock(state_lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    state_lock& operator=(state_lock&& other) noexcept;
    ~state_lock();

private:
    explicit state_lock(int file) : file_(file) {}
    int file_;
};

/// Whether some process holds the lock: a daemon runs, whether it answers or not.
bool is_locked(const std::string& directory);

/// `<name>.sock` in $RUNTIME_DIRECTORY, in /run/sluice for root, else in the state directory.
std::string socket_path(const model::declaration& declared);

} // namespace sluice
