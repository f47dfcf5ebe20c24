#include "decide/review.hpp"

namespace sluice::decide {

namespace {

using model::connector_state;

connector_state state_of(model::target_state target) {
    switch (target) {
    case model::target_state::running: return connector_state::running;
    case model::target_state::paused: return connector_state::paused;
    case model::target_state::stopped: return connector_state::stopped;
    }
    return connector_state::unknown;
}

model::observed_connector carried_out(const model::desired_connector& wanted) {
    model::observed_connector c;
    c.name = wanted.name;
    c.config.emplace();
    for (const auto& [key, value] : wanted.config) c.config->emplace(key, model::reveal(value));
    c.task_count = wanted.tasks.value_or(1);
    c.status.emplace();
    c.status->state = state_of(wanted.state);
    return c;
}

model::observed_topic carried_out(const model::desired_topic& wanted) {
    model::observed_topic t;
    t.name = wanted.name;
    t.partitions = wanted.partitions;
    t.replication_factor = wanted.replication_factor.value_or(1);
    t.config.emplace();
    for (const auto& [key, value] : wanted.creation_config)
        t.config->emplace(key, model::topic_entry{value, false, false, false});
    return t;
}

template <class T>
model::reading<T> read(T value) {
    model::reading<T> r;
    r.value = std::move(value);
    return r;
}

model::observed world_of(const model::desired& desired) {
    model::connector_list connectors;
    for (const auto& wanted : desired.connectors)
        if (!desired.unresolved.contains(wanted.link)) connectors.emplace(wanted.name, carried_out(wanted));
    model::topic_list topics;
    for (const auto& wanted : desired.topics) topics.emplace(wanted.name, carried_out(wanted));
    model::observed world;
    world.connectors = read(std::move(connectors));
    world.topics = read(std::move(topics));
    return world;
}

model::memory memory_of(const model::desired& desired) {
    model::memory memory;
    for (const auto& wanted : desired.connectors) {
        auto& known = memory.connectors[wanted.name];
        known.owned = true;
        known.link = wanted.link;
        known.settled_digest =
            "of the file before"; // equals none: what differs is the file's doing, not drift
    }
    return memory;
}

// What neither file can say a config for, for the same reason, is no change.
void leave_out_unresolved(const model::desired& before, model::desired& after) {
    std::erase_if(after.unresolved, [&](const auto& entry) {
        const auto was = before.unresolved.find(entry.first);
        const bool stays = was != before.unresolved.end() && was->second == entry.second;
        const auto is_it = [&](const model::desired_connector& c) { return c.link == entry.first; };
        if (stays) std::erase_if(after.connectors, is_it);
        return stays;
    });
}

} // namespace

decision review(const model::desired& before, const model::desired& after) {
    auto compared = after;
    leave_out_unresolved(before, compared);
    const auto world = world_of(before);
    const auto memory = memory_of(before);
    const secret_matches secrets;
    const std::map<std::string, std::string> write_problems;
    const std::set<std::string> changing;
    const inputs in{compared, world, memory, secrets, {}, seconds(10), write_problems, changing};
    return decide(in);
}

} // namespace sluice::decide
