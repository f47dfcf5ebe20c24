#include "control/import.hpp"

#include "config/load.hpp"
#include "control/plan_file.hpp"
#include "debezium/derive.hpp"
#include "debezium/observed_config.hpp"
#include "decide/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace sluice::control {

namespace {

using model::declaration;

config::surroundings surroundings_of(const std::vector<config::variable>& variables) {
    std::map<std::string, std::string> values;
    for (const auto& v : variables) values[v.name] = v.value ? v.value->reveal() : "localhost:9092";
    config::surroundings around;
    around.environment = [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto found = values.find(name);
        return found == values.end() ? std::nullopt : std::optional(found->second);
    };
    around.default_state_dir = [](const std::string& instance) { return "/" + instance; };
    return around;
}

template <class T>
model::reading<T> read(T value) {
    model::reading<T> r;
    r.value = std::move(value);
    return r;
}

/// Where Kafka was not asked, the topics that are wanted are taken to be there.
model::topic_list topics_in(const debezium::existing& there, const model::desired& desired) {
    if (there.topics) return *there.topics;
    model::topic_list topics;
    for (const auto& wanted : desired.topics)
        topics[wanted.name] = {wanted.name, wanted.partitions, wanted.replication_factor.value_or(1), {}};
    return topics;
}

model::plan plan_with(const declaration& declared, const debezium::existing& there) {
    const auto desired = debezium::derive(declared, there.plugins);
    model::observed observed;
    observed.plugins = read(there.plugins);
    observed.connectors = read(there.connectors);
    observed.topics = read(topics_in(there, desired));
    const model::memory memory;
    const decide::secret_matches secrets;
    const std::map<std::string, std::string> write_problems;
    const std::set<std::string> changing;
    const decide::inputs in{desired, observed, memory, secrets, {}, seconds(10), write_problems, changing};
    return lasting(decide::decide(in).plan);
}

/// Why a file with these pipelines and connectors would not do; empty: its plan shows no change.
std::string flaw_of(const declaration& declared, const debezium::existing& there) {
    const auto file = config::write(declared);
    const auto loaded = config::parse("import", file.yaml, surroundings_of(file.variables));
    if (!loaded.declared)
        return loaded.diagnostics.empty() ? "it cannot be read" : loaded.diagnostics.front().message;
    const auto plan = plan_with(*loaded.declared, there);
    if (plan.empty()) return {};
    const auto& change = plan.changes.front();
    return fmt::format(
        "its plan would {} {}{}",
        model::to_string(change.kind),
        change.subject,
        change.keys.empty() ? "" : ": " + change.keys.front().key
    );
}

/// Finds what a pipeline cannot say, step by step.
class importing {
public:
    importing(declaration base, debezium::existing there)
        : base_(std::move(base))
        , there_(std::move(there)) {}

    imported run() &&;

private:
    void leave_out_strangers();
    bool retreat(const debezium::recognised& found);
    bool retreat(const model::pipeline& alone);
    bool retreat_from_clash(const std::vector<model::pipeline>& pipelines);
    bool leave_out(const std::vector<model::plain_connector>& entries);
    [[nodiscard]] declaration
    with(std::vector<model::pipeline> pipelines, std::vector<model::plain_connector> entries) const;
    void remark(std::string text) { remarks_.push_back(std::move(text)); }

    declaration base_;
    debezium::existing there_;
    std::set<std::string> as_entries_;
    std::vector<std::string> remarks_;
};

declaration
importing::with(std::vector<model::pipeline> pipelines, std::vector<model::plain_connector> entries) const {
    auto declared = base_;
    declared.pipelines = std::move(pipelines);
    declared.connectors = std::move(entries);
    return declared;
}

void importing::leave_out_strangers() {
    std::erase_if(there_.connectors, [&](const auto& entry) {
        const auto& [name, c] = entry;
        if (!c.config) {
            remark(fmt::format("{}: Connect does not show its config yet; import again", name));
            return true;
        }
        const auto owner = debezium::observed_value(*c.config, std::string(model::owner_key));
        if (owner.empty() || owner == base_.name) return false;
        remark(fmt::format("{}: it belongs to the Sluice instance {}, and is left out", name, owner));
        return true;
    });
}

/// A source or sink that no pipeline can describe becomes an entry. False: this pipeline is fine.
bool importing::retreat(const model::pipeline& pipeline) {
    auto alone = pipeline;
    alone.sinks.clear();
    auto flaw = flaw_of(with({alone}, {}), there_);
    if (!flaw.empty()) {
        remark(fmt::format("{}: as the source of a pipeline {}", pipeline.source.connector, flaw));
        return as_entries_.insert(pipeline.source.connector).second;
    }
    bool any = false;
    for (const auto& sink : pipeline.sinks) {
        alone.sinks = {sink};
        flaw = flaw_of(with({alone}, {}), there_);
        if (flaw.empty()) continue;
        remark(fmt::format("{}: as a sink of a pipeline {}", sink.connector, flaw));
        any = as_entries_.insert(sink.connector).second || any;
    }
    return any;
}

/// Each is fine by itself, but not beside one before it: they share a publication, or a sink's table.
bool importing::retreat_from_clash(const std::vector<model::pipeline>& pipelines) {
    std::vector<model::pipeline> sound;
    for (const auto& pipeline : pipelines) {
        sound.push_back(pipeline);
        const auto flaw = flaw_of(with(sound, {}), there_);
        if (flaw.empty()) continue;
        remark(fmt::format("{}: beside the other pipelines {}", pipeline.source.connector, flaw));
        return as_entries_.insert(pipeline.source.connector).second;
    }
    return false;
}

/// An entry that cannot be written as it stands is left to whoever made it.
bool importing::leave_out(const std::vector<model::plain_connector>& entries) {
    bool any = false;
    for (const auto& entry : entries) {
        const auto flaw = flaw_of(with({}, {entry}), there_);
        if (flaw.empty()) continue;
        const auto& name = entry.connector.empty() ? entry.name : entry.connector;
        remark(fmt::format("{}: it is left out: {}", name, flaw));
        any = there_.connectors.erase(name) > 0 || any;
    }
    return any;
}

bool importing::retreat(const debezium::recognised& found) {
    bool any = false;
    for (const auto& pipeline : found.pipelines) any = retreat(pipeline) || any;
    if (any) return true;
    return retreat_from_clash(found.pipelines) || leave_out(found.connectors);
}

imported importing::run() && {
    leave_out_strangers();
    for (;;) {
        auto found = debezium::recognise(base_.name, there_, as_entries_);
        const auto declared = with(found.pipelines, found.connectors);
        const auto flaw = flaw_of(declared, there_);
        const bool goes_on = !flaw.empty() && retreat(found);
        if (goes_on) continue;
        if (!flaw.empty()) remark("the file needs your hand: " + flaw);
        found.remarks.insert(found.remarks.end(), remarks_.begin(), remarks_.end());
        return {declared, config::write(declared), std::move(found.remarks)};
    }
}

} // namespace

std::vector<std::string> topics_to_ask(const declaration& base, const debezium::existing& there) {
    auto declared = base;
    declared.pipelines = debezium::recognise(base.name, there).pipelines;
    std::vector<std::string> names;
    for (const auto& topic : debezium::derive(declared, there.plugins).topics) names.push_back(topic.name);
    return names;
}

imported import_connectors(const declaration& base, debezium::existing there) {
    return importing(base, std::move(there)).run();
}

} // namespace sluice::control
