#pragma once
// The connector types. One type is one unit (postgres_source, jdbc_sink): how it is configured, which topics
// it writes or reads, what a change of each of its keys costs, which keys decide what it works on. A new type
// is one more file and one more line in the tables of kinds.cpp.

#include "debezium/observed_config.hpp"
#include "debezium/plugins.hpp"
#include "model/declared.hpp"
#include "model/plan.hpp"

#include <expected>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::debezium {

/// A key, or all keys that begin so ("transforms."), and what changing it costs at worst.
struct key_cost {
    std::string_view key;
    model::consequence cost;
    std::string_view
        initially; // what holds while the key is not written; empty: not known, or no single value

    [[nodiscard]] bool matches(std::string_view name) const {
        return key.ends_with('.') ? name.starts_with(key) : name == key;
    }
};

/// A key that says which things a connector works on.
struct identity_key {
    std::string_view key;
    std::string_view what;    // "the replication slot"
    std::string_view instead; // the way out, as a clause
};

/// The topics that a source writes, with its `config:` taken into account.
struct source_topics {
    std::string prefix;
    std::string delimiter;
    std::vector<std::string> tables; // in the order of the file
    std::string heartbeat;           // empty: none
    std::string
        unknown_because; // a config that Sluice cannot follow names the topics; then `tables` is empty
};

struct derived_config {
    model::config_map config; // with the user's, without the ownership mark
    std::optional<int> tasks;
    std::optional<model::database> database; // absent where the config goes its own way
};

struct derived_source : derived_config {
    source_topics topics;
};

struct derived_sink : derived_config {
    std::vector<std::string> topics; // that it reads, as far as they are known
    std::string dead_letter_topic;   // empty: none
};

struct source_kind {
    std::string_view type; // as the file names it
    std::string_view class_name;
    derived_source (*derive)(const model::pipeline&, plugin_version);
    std::span<const key_cost> costs;
    std::span<const identity_key> identity;
    std::string_view default_slot; // where slot.name is not written
    /// The file's own keys, read back from a config; absent: it lacks what a pipeline's source needs.
    std::optional<model::source> (*recognise)(const observed_config&);
};

/// A sink that cannot work with this pipeline is an error: one sentence, with the remedy.
struct sink_kind {
    std::string_view type;
    std::string_view class_name;
    std::expected<derived_sink, std::string> (*derive)(
        const model::pipeline&, const model::sink&, const source_topics&, plugin_version
    );
    std::span<const key_cost> costs;
    std::span<const identity_key> identity;
    std::optional<model::sink> (*recognise)(const observed_config&); // as of a source
};

std::span<const source_kind> source_kinds();
std::span<const sink_kind> sink_kinds();

/// The replication slot of a connector with this config, as Connect shows it; empty: it has none.
std::string slot_of(const observed_config& observed);

} // namespace sluice::debezium
