#include "decide/workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace sluice::decide {

namespace {

using model::connector_state;

constexpr milliseconds conflict_counts = seconds(8); // longer than between two tries of a write
constexpr milliseconds move_counts = seconds(10);
// A task that is blocked in start() after a rebalance stays UNASSIGNED for as long as it is blocked.
constexpr milliseconds unassigned_counts = std::chrono::minutes(2);

bool within(const inputs& in, const std::optional<mono_time>& at, milliseconds limit) {
    return at && in.now.mono - *at < limit;
}

bool is_unassigned(const model::connector_status& status) {
    const auto lost = [](const model::observed_task& t) { return t.state == connector_state::unassigned; };
    return status.state == connector_state::unassigned || std::ranges::any_of(status.tasks, lost);
}

// FNV-1a: the same in every process, and cheap for thousands of tasks at every look.
void mix(std::uint64_t& hash, std::string_view text) {
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 1'099'511'628'211ULL;
    }
    hash ^= 0xff; // the end of a name
    hash *= 1'099'511'628'211ULL;
}

// Of the connector and each of its tasks, by number: a task more or less is no move, so their number counts
// too.
std::uint64_t placement_of(const model::connector_status& status) {
    std::uint64_t hash = 14'695'981'039'346'656'037ULL;
    mix(hash, status.worker_id);
    for (const auto& task : status.tasks) mix(hash, task.worker_id);
    return hash;
}

std::set<std::string> in_statuses(const model::connector_list& list) {
    std::set<std::string> workers;
    for (const auto& [name, connector] : list) {
        if (!connector.status) continue;
        workers.insert(connector.status->worker_id);
        for (const auto& task : connector.status->tasks) workers.insert(task.worker_id);
    }
    workers.erase("");
    return workers;
}

// Absent while the group rebalances: then Kafka names the members, and not what they call themselves.
std::optional<std::set<std::string>> in_group(const model::connect_group& group) {
    if (group.state != model::group_state::stable) return std::nullopt;
    std::set<std::string> workers;
    for (const auto& member : group.members) workers.insert(member.worker);
    if (workers.empty() || workers.contains("")) return std::nullopt;
    return workers;
}

workers_view as_kafka_sees_it(const inputs& in) {
    const auto& group = in.observed.group;
    workers_view v;
    v.alive = in_group(*group.value);
    // What was refused since is news that Kafka has not been asked about.
    const bool refused_since =
        within(in, in.observed.conflict_at, conflict_counts) && *in.observed.conflict_at > group.read_at.mono;
    if (group.value->state == model::group_state::rebalancing) {
        v.state = division::rebalancing;
        v.because = "the Connect workers' group rebalances";
    } else if (refused_since) {
        v.state = division::rebalancing;
        v.because = "Connect just refused a write because it rebalances";
    } else if (group.value->state == model::group_state::stable) {
        v.state = division::settled;
    }
    return v;
}

workers_view inferred(const inputs& in, const model::workers_memory& known) {
    workers_view v;
    const auto rebalancing = [&v](std::string because) {
        v.state = division::rebalancing;
        v.because = std::move(because);
    };
    if (within(in, in.observed.conflict_at, conflict_counts))
        rebalancing("Connect just refused a write because it rebalances");
    else if (within(in, known.unassigned_since, unassigned_counts))
        rebalancing("Connect shows work that no worker has (UNASSIGNED)");
    else if (within(in, known.moved_at, move_counts))
        rebalancing("Connect's workers just exchanged work");
    return v;
}

void learn_placements(const inputs& in, model::memory& memory) {
    bool unassigned = false;
    for (const auto& wanted : in.desired.connectors) {
        const auto found = in.observed.connectors.value->find(wanted.name);
        if (found == in.observed.connectors.value->end() || !found->second.status) continue;
        const auto& status = *found->second.status;
        unassigned = unassigned || is_unassigned(status);
        // What we change ourselves comes and goes; that is no rebalance.
        if (in.changing.contains(wanted.name) || is_unassigned(status)) continue;
        auto& known = memory.connectors[wanted.name];
        const auto placed = placement_of(status);
        if (known.tasks_placed == status.tasks.size() && known.placement != 0 && known.placement != placed)
            memory.workers.moved_at = in.now.mono;
        known.placement = placed;
        known.tasks_placed = status.tasks.size();
    }
    if (!unassigned)
        memory.workers.unassigned_since.reset();
    else if (!memory.workers.unassigned_since)
        memory.workers.unassigned_since = in.now.mono;
}

// A rebalance is counted where it begins; one that came and went between two looks, by who is there since.
void count_rebalances(const inputs& in, model::memory& memory) {
    auto& known = memory.workers;
    const auto view = workers_of(in, memory);
    const bool rebalances = view.state == division::rebalancing;
    auto seen = view.alive;
    if (!seen && !in.observed.group.fresh() && in.observed.connectors.fresh())
        seen = in_statuses(*in.observed.connectors.value);
    const bool others = seen && !known.seen.empty() && *seen != known.seen;
    if ((rebalances && !known.rebalancing) || (others && !rebalances && !known.rebalancing))
        ++known.rebalances;
    known.rebalancing = rebalances;
    if (seen && !seen->empty()) known.seen = std::move(*seen);
}

} // namespace

std::string_view to_string(division d) {
    switch (d) {
    case division::settled: return "settled";
    case division::rebalancing: return "rebalancing";
    case division::unknown: return "unknown";
    }
    return "unknown";
}

workers_view workers_of(const inputs& in, const model::memory& memory) {
    if (in.observed.group.fresh()) return as_kafka_sees_it(in);
    return inferred(in, memory.workers);
}

std::string rebalancing(const inputs& in, const model::memory& memory) {
    return workers_of(in, memory).because;
}

bool refuses_writes(const inputs& in) {
    return within(in, in.observed.conflict_at, conflict_counts);
}

bool is_dead(const workers_view& workers, const std::string& worker_id) {
    return workers.alive && !worker_id.empty() && !workers.alive->contains(worker_id);
}

void learn_workers(const inputs& in, model::memory& memory) {
    if (in.observed.connectors.fresh()) learn_placements(in, memory);
    count_rebalances(in, memory);
}

} // namespace sluice::decide
