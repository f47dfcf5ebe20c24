#include "restart_policy.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

namespace sluice::testing {

using std::chrono::duration;
using std::chrono::hours;

namespace {

constexpr double first_delay = 10; // seconds, doubled with each attempt
constexpr double longest_delay = 1800;
constexpr double jitter = 0.2;
constexpr double healthy_after = 300;
constexpr double starts_in = 2;   // of the model
constexpr double look_takes = 12; // an interval, a login, and the call

double in_seconds(std::chrono::steady_clock::duration d) {
    return duration<double>(d).count();
}

/// After so many restarts in a row, without the jitter.
double delay_after(std::size_t attempts) {
    return attempts == 0 ? 0 : std::min(longest_delay, first_delay * std::pow(2, attempts - 1));
}

double shortest(std::size_t attempts) {
    return delay_after(attempts) * (1 - jitter);
}

double longest(std::size_t attempts) {
    return std::min(longest_delay, delay_after(attempts) * (1 + jitter));
}

void require_no_hour_with_more(std::vector<mono_time> at, std::size_t most, milliseconds slack) {
    std::ranges::sort(at);
    for (std::size_t i = most; i < at.size(); ++i) {
        INFO("restart " << i + 1 << " of " << at.size());
        REQUIRE(at[i] - at[i - most] >= hours(1) - slack);
    }
}

bool budget_is_spent(const std::vector<mono_time>& at, std::size_t i) {
    const std::size_t budget = restart_policy{}.budget;
    return i >= budget && at[i] - at[i - budget] < hours(1) + seconds(static_cast<int>(look_takes));
}

} // namespace

void require_budgets(
    const model_connect& connect,
    const std::set<std::string>& connectors,
    milliseconds slack,
    const restart_policy& policy
) {
    std::vector<mono_time> all;
    for (const auto& name : connectors) {
        INFO(name);
        const auto at = connect.times_of("restart", name);
        require_no_hour_with_more(at, policy.budget, slack);
        all.insert(all.end(), at.begin(), at.end());
    }
    require_no_hour_with_more(all, policy.cluster_budget, slack);
}

void require_delays(const std::vector<mono_time>& at, milliseconds runs_for) {
    const double healthy = in_seconds(runs_for);
    std::size_t fewest = 1; // attempts in a row, as far as the jitter lets it be told
    std::size_t most = 1;
    for (std::size_t i = 1; i < at.size(); ++i) {
        INFO("restart " << i + 1 << " of " << at.size());
        const double pause = in_seconds(at[i] - at[i - 1]);
        if (healthy >= std::max(healthy_after, shortest(fewest))) fewest = 0;         // it may be forgotten,
        if (healthy >= std::max(healthy_after, longest(most)) + look_takes) most = 0; // or must be
        REQUIRE(pause >= std::max(healthy, shortest(fewest)));
        const double failed_at = starts_in + healthy;
        if (!budget_is_spent(at, i)) REQUIRE(pause <= std::max(failed_at, longest(most)) + look_takes);
        ++fewest;
        ++most;
    }
}

} // namespace sluice::testing
