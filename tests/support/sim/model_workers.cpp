#include "support/sim/model_workers.hpp"

#include <algorithm>
#include <string>

namespace sluice::testing {

namespace {

constexpr milliseconds a_rebalance_takes = seconds(1);
constexpr milliseconds work_starts_after = seconds(2); // of a worker that is back

} // namespace

model_workers::model_workers(sim_time& time, std::uint32_t seed) : time_(time), random_(seed) {
    be(1);
}

void model_workers::be(std::size_t count) {
    workers_.clear();
    owners_.clear();
    leader_ = 0;
    for (std::size_t i = 1; i <= count; ++i) {
        worker one;
        one.id = "worker-" + std::to_string(i);
        workers_.push_back(std::move(one));
    }
}

void model_workers::kill(std::size_t number) {
    catch_up();
    auto& w = workers_.at(number);
    if (!w.is_alive) return;
    w.is_alive = false;
    w.is_missed = false;
    const int timeout = std::uniform_int_distribution<>(10'000, 15'000)(random_);
    w.missed_at = time_.now().mono + milliseconds(timeout);
}

void model_workers::start(std::size_t number) {
    catch_up();
    auto& w = workers_.at(number);
    if (w.is_alive) return;
    const auto now = time_.now().mono;
    w.is_alive = true;
    w.assigned_at = now + work_starts_after;
    rebalances_until_ = std::max(rebalances_until_, now + a_rebalance_takes);
    if (!workers_[leader_].is_alive) leader_ = number;
}

bool model_workers::any_is_alive() const {
    return std::ranges::any_of(workers_, &worker::is_alive);
}

std::vector<std::string> model_workers::members() {
    catch_up();
    std::vector<std::string> ids;
    for (const auto& w : workers_)
        if (w.is_alive || !w.is_missed) ids.push_back(w.id);
    return ids;
}

bool model_workers::is_rebalancing() {
    catch_up();
    return time_.now().mono < rebalances_until_;
}

bool model_workers::are_at_rest() {
    const auto now = time_.now().mono;
    const auto works = [&](const worker& w) { return w.is_alive && w.assigned_at <= now; };
    return !is_rebalancing() && std::ranges::all_of(workers_, works);
}

bool model_workers::leader_is_dead() {
    catch_up();
    return !workers_[leader_].is_alive;
}

worker_place model_workers::place_of(const std::string& connector) {
    catch_up();
    const auto known = owners_.find(connector);
    const auto owner = known != owners_.end() ? known->second : next_alive();
    owners_[connector] = owner;
    const auto& w = workers_[owner];
    const bool is_waiting = w.is_alive ? time_.now().mono < w.assigned_at : w.is_missed;
    return {w.id, !is_waiting};
}

// What has happened since the last look.
void model_workers::catch_up() {
    const auto now = time_.now().mono;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        auto& w = workers_[i];
        if (w.is_alive || now < w.missed_at) continue;
        notice(w);
        if (now >= w.missed_at + rebalance_delay && any_is_alive()) hand_over_work_of(i);
    }
}

void model_workers::notice(worker& dead) {
    if (dead.is_missed) return;
    dead.is_missed = true;
    rebalances_until_ = std::max(rebalances_until_, dead.missed_at + a_rebalance_takes);
    if (!workers_[leader_].is_alive && any_is_alive()) leader_ = next_alive();
}

void model_workers::hand_over_work_of(std::size_t dead) {
    for (auto& [connector, owner] : owners_)
        if (owner == dead) owner = next_alive();
}

std::size_t model_workers::next_alive() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        const auto candidate = turn_++ % workers_.size();
        if (workers_[candidate].is_alive) return candidate;
    }
    return 0;
}

} // namespace sluice::testing
