#pragma once
// A run from a seed in which everything goes wrong that can, mixed, with reloads in between, and what must
// hold all the while: nothing of others is touched, nothing is deleted unasked, nothing is created twice. A
// step that breaks it fails the test, which then tells the seed and the story.

#include "pipeline_fixture.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sluice::testing {

/// SLUICE_SIM_FIRST_SEED, SLUICE_SIM_SEEDS: a seed that failed is run alone with both.
std::uint32_t setting(const char* name, std::uint32_t otherwise);

struct trouble_settings {
    int events = 60;
    milliseconds longest_pause = seconds(60); // between two of them
    std::uint32_t workers = 3;
    bool only_stale_views =
        false; // what is done is done by the file and by hand; what goes wrong is the view
};

class troubled_run {
public:
    explicit troubled_run(std::uint32_t seed, trouble_settings settings = {});

    void trouble();
    /// Everything that is broken is mended, and the file asks for running connectors.
    void make_peace();
    /// It converges, then plans nothing and writes nothing for so long.
    void check_convergence(std::chrono::steady_clock::duration quiet);

    /// What happened and what was written, in the order of time, then the log.
    [[nodiscard]] std::string story() const;
    [[nodiscard]] const pipeline_fixture& sluice() const { return sluice_; }

private:
    using event = void (troubled_run::*)();

    void happen();
    void draw_faults();
    void draw_stale_views();
    void draw_broker_faults();
    void something_is_hidden();
    void storm_of_rebalances();
    void connect_goes_or_comes();
    void kafka_goes_or_comes();
    void databases_go_or_come();
    void validation_turns();
    void worker_goes_or_comes();
    void worker_bounces();
    void task_fails_or_heals();
    void task_flaps();
    void hand_edits();
    void hand_pauses();
    void hand_deletes();
    void tables_change();
    void options_change();
    void sinks_change();
    void wall_jumps();
    void machine_sleeps();
    void accept_what_waits();
    void correct_what_was_taken_back();

    void toggle(std::string_view what, bool& is_away);
    void drop_archive();
    [[nodiscard]] bool has_archive() const;
    void reload(const std::string& what);
    void check_others();
    void check_creations();
    void check_restarts();
    std::string any_name();
    model_connector* any_of_ours();
    void note(const std::string& what);
    bool chance(double probability);
    int number(int from, int to);

    std::minstd_rand random_;
    trouble_settings settings_;
    pipeline_fixture sluice_;
    model::declaration declared_;
    std::vector<std::string> events_;
    bool archive_is_theirs_ = false;
    std::map<std::string, int> deleted_; // by hand
};

/// The given seeds, one after the other: every `parts`th from `part` on, so that parts can run side by side.
void run_seeds(
    std::uint32_t seeds,
    std::uint32_t part,
    std::uint32_t parts,
    const trouble_settings& settings,
    std::chrono::steady_clock::duration quiet
);

} // namespace sluice::testing
