#pragma once
// Where recorded passes are kept: a ring of files in the state directory. Texts in it hold no secret.

#include "base/blocking_lane.hpp"
#include "base/error.hpp"
#include "control/flight_pass.hpp"
#include "control/rotating_file.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

/// 16 MiB in all; more only where one pass that stands for itself takes more than half of a file.
inline constexpr rotation flight_files{"flight", 4ULL << 20, 4};

class flight_log {
public:
    virtual ~flight_log() = default;

    /// In the order of their numbers. True: the file is full, and the next pass must stand for itself, to
    /// begin another. Errors: io; then none of these passes may be built on.
    virtual boost::asio::awaitable<result<bool>> append(std::vector<flight_pass> passes) = 0;
};

/// Writes passes as lines. Blocking, and for one thread at a time.
class flight_writer {
public:
    /// `build` names the Sluice that decides: "0.1.0 (abc123)".
    flight_writer(std::string directory, std::string build, rotation files = flight_files);

    /// As flight_log's.
    result<bool> write(std::vector<flight_pass> passes);

private:
    result<void> write_one(flight_pass pass);
    [[nodiscard]] bool is_full() const;
    void mask_for(const flight_pass& pass);

    rotating_file files_;
    rotation limits_;
    std::string build_;
    std::string salt_;
    std::shared_ptr<const model::desired> masked_for_;
    std::shared_ptr<const flight_mask> mask_;
    std::uint64_t largest_ = 0; // of the passes that stand for themselves
};

/// In a state directory, written on the lane.
std::unique_ptr<flight_log>
make_file_flight_log(blocking_lane& lane, std::string directory, std::string build);

} // namespace sluice::control
