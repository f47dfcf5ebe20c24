#pragma once
// The workers of a model Connect cluster: who is alive, who leads, and what the group knows of it. A kill is
// not noticed before a session timeout of 10 to 15 s: until then its work reads RUNNING on it, and what the
// others forward to a dead leader fails. Then the group rebalances, and the lost work waits to be assigned.

#include "support/sim/sim_time.hpp"

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace sluice::testing {

/// Where a connector and its tasks are.
struct worker_place {
    std::string worker; // its id, dead or alive
    bool is_assigned = true;
};

class model_workers {
public:
    /// One worker, "worker-1".
    model_workers(sim_time& time, std::uint32_t seed);

    milliseconds rebalance_delay = seconds(5); // scheduled.rebalance.max.delay.ms

    /// So many, all of them alive; the first leads. What was assigned is forgotten.
    void be(std::size_t count);
    void kill(std::size_t number);
    /// A worker that is back rebalances the group, whether it was missed or not.
    void start(std::size_t number);

    [[nodiscard]] std::size_t size() const { return workers_.size(); }
    [[nodiscard]] bool is_alive(std::size_t number) const { return workers_.at(number).is_alive; }
    [[nodiscard]] bool any_is_alive() const;
    /// As the group's members are listed: those that died are in it until that is noticed.
    [[nodiscard]] std::vector<std::string> members();

    [[nodiscard]] bool is_rebalancing();
    /// All are alive and have their work: until one is killed nothing happens.
    [[nodiscard]] bool are_at_rest();
    [[nodiscard]] bool leader_is_dead(); // and nobody has noticed
    [[nodiscard]] worker_place place_of(const std::string& connector);

private:
    struct worker {
        std::string id;
        bool is_alive = true;
        bool is_missed = false; // dead, and the group knows
        mono_time missed_at{};
        mono_time assigned_at{}; // its work, after it came back
    };

    void catch_up();
    void notice(worker& dead);
    void hand_over_work_of(std::size_t dead);
    std::size_t next_alive();

    sim_time& time_;
    std::minstd_rand random_;
    std::vector<worker> workers_;
    std::map<std::string, std::size_t> owners_; // by connector
    std::size_t leader_ = 0;
    std::size_t turn_ = 0;
    mono_time rebalances_until_{};
};

} // namespace sluice::testing
