#pragma once
// Where Sluice keeps what it must remember between restarts: keyed records of text. A file today.

#include "base/blocking_lane.hpp"
#include "base/error.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>

namespace sluice::control {

using records = std::map<std::string, std::string>;

class memory_store {
public:
    virtual ~memory_store() = default;

    /// Everything that is kept. An empty store is no error. Errors: io, bad_answer (not our file,
    /// or of a version that this one does not know: it is left alone).
    virtual boost::asio::awaitable<result<records>> load() = 0;

    /// Replaces everything at once: after a crash the old or the new content is there, whole. Errors: io.
    virtual boost::asio::awaitable<result<void>> save(records all) = 0;
};

/// `<directory>/memory.json`, written beside and renamed, with fsync, on the lane.
std::unique_ptr<memory_store> make_file_memory_store(blocking_lane& lane, std::string directory);

/// Keeps nothing: for commands that only look, and for a state directory that belongs to a running daemon.
class forgetful_store final : public memory_store {
public:
    explicit forgetful_store(records known = {}) : known_(std::move(known)) {}
    boost::asio::awaitable<result<records>> load() override;
    boost::asio::awaitable<result<void>> save(records all) override;

private:
    records known_;
};

} // namespace sluice::control
