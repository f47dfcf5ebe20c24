#pragma once
// Counters and histograms of what happened, kept as plain numbers and rendered by lib/http on a scrape.
// Written by the loop and the adapters' hooks, read on a scrape; all on the io_context's thread.

#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace sluice::control {

/// Cumulative on rendering, not here: one count per bucket, the last one for what is beyond all bounds.
struct histogram {
    static constexpr std::array<double, 11> bounds{
        0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
    }; // seconds

    std::array<std::uint64_t, bounds.size() + 1> counts{};
    std::uint64_t total = 0;
    double sum = 0; // seconds

    void observe(std::chrono::steady_clock::duration d);
};

class telemetry {
public:
    struct action_key {
        std::string pipeline, connect_cluster, action, outcome;
        friend auto operator<=>(const action_key&, const action_key&) = default;
    };
    struct request_key {
        std::string dependency, operation, outcome; // outcome: ok, or the word of the errc
        friend auto operator<=>(const request_key&, const request_key&) = default;
    };
    struct restart_key {
        std::string pipeline, sink, connect_cluster, connector, outcome;
        friend auto operator<=>(const restart_key&, const restart_key&) = default;
    };

    void count_action(action_key key) { ++actions[std::move(key)]; }
    void count_restart(restart_key key) { ++restarts[std::move(key)]; }
    void count_loop(const std::string& loop, std::chrono::steady_clock::duration took) {
        loops[loop].observe(took);
    }
    void count_loop_failure(const std::string& loop, const std::string& reason) {
        ++loop_failures[{loop, reason}];
    }
    void count_request(
        const std::string& dependency,
        const std::string& operation,
        const std::string& outcome,
        std::chrono::steady_clock::duration took
    );
    /// In the order of their names.
    void note_in_sync(const std::vector<std::string_view>& pipelines, wall_time when);

    std::map<action_key, std::uint64_t> actions;
    std::map<restart_key, std::uint64_t> restarts;
    std::map<std::string, histogram> loops;
    std::map<std::pair<std::string, std::string>, std::uint64_t> loop_failures; // loop, reason
    std::map<std::pair<std::string, std::string>, histogram> request_durations; // dependency, operation
    std::map<request_key, std::uint64_t> requests;
    std::map<std::string, wall_time> in_sync_at; // pipeline → last pass that ended converged
    std::uint64_t history_dropped = 0;           // events that could not be written
    std::uint64_t passes_not_recorded = 0;       // by the flight recorder
};

} // namespace sluice::control
