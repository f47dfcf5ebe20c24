#pragma once
// How long to wait before trying again: base * 2^n, capped, with jitter. Pure.

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sluice {

struct backoff_policy {
    std::chrono::milliseconds base;
    std::chrono::milliseconds cap;
    double jitter = 0.0; // share of the delay by which it may differ, both ways: 0.2 is ± 20 %
};

/// The delay after `failures` failures in a row (1 gives the base). `random` is uniform in [0, 1).
inline std::chrono::milliseconds
delay_after(const backoff_policy& policy, std::uint32_t failures, double random = 0.5) {
    if (failures == 0) return std::chrono::milliseconds(0);
    const auto doublings = std::min<std::uint32_t>(failures - 1, 30);
    const auto grown = static_cast<double>(policy.base.count()) * static_cast<double>(1U << doublings);
    const auto capped = std::min(grown, static_cast<double>(policy.cap.count()));
    const auto spread = 1.0 + policy.jitter * (2.0 * random - 1.0);
    return std::chrono::milliseconds(static_cast<std::int64_t>(capped * spread));
}

} // namespace sluice
