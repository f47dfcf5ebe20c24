#pragma once
// Weeks over a whole fleet. As long as Sluice has something to do, a deadline or something to watch, and as
// long as anything in the world moves by itself, every pass of it is run. Where there is nothing of that, the
// time until a task starts or fails is slept through, as by a machine that was suspended.

#include "pipeline_fixture.hpp"

namespace sluice::testing {

class long_time {
public:
    explicit long_time(pipeline_fixture& sluice) : sluice_(sluice) {}

    bool sleeps = true; // else every pass is run

    void run_for(std::chrono::steady_clock::duration d);
    [[nodiscard]] std::chrono::steady_clock::duration slept() const { return slept_; }

private:
    [[nodiscard]] bool nothing_happens() const;

    pipeline_fixture& sluice_;
    std::chrono::steady_clock::duration slept_{};
};

} // namespace sluice::testing
