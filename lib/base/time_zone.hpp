#pragma once
// Time zones by their names, from the machine's tzdata (its table reaches to the year 2037; it is read once,
// when the first zone is asked for). Whoever reads a clock on a wall there gets what this says, on the days
// on which it is put forward or back, too.

#include "base/error.hpp"
#include "base/time.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace sluice {

/// What the clocks of some zone show: no instant before the zone is known.
using local_minutes = std::chrono::local_time<std::chrono::minutes>;

/// An hour that the clocks show twice means the first or the last of both.
enum class shown_twice : std::uint8_t { first, last };

class time_zone {
public:
    /// "Europe/Berlin", "UTC". Errors: invalid, with the nearest name; io, when the machine has no tzdata.
    static result<time_zone> find(std::string_view name);

    /// To the minute, rounded down.
    [[nodiscard]] local_minutes to_local(wall_time t) const;

    /// A time that the clocks skip is the moment at which they do.
    [[nodiscard]] wall_time to_wall(local_minutes t, shown_twice which) const;

private:
    explicit time_zone(const void* zone) : zone_(zone) {}

    const void* zone_; // of tzdata, which is never unloaded
};

} // namespace sluice
