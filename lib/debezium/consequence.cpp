#include "debezium/consequence.hpp"

#include "debezium/config_text.hpp"
#include "debezium/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

namespace sluice::debezium {

namespace {

using model::connector_role;
using model::consequence;

// Connect's own keys, of every connector.
constexpr std::array connect_costs{
    key_cost{"sluice.", consequence::none, {}},
    key_cost{"name", consequence::resnapshot, {}}, // part of a source's offsets and of a sink's group
    key_cost{"connector.class", consequence::resnapshot, {}},
    key_cost{"connector.plugin.version", consequence::event_shape, {}},
    key_cost{"offsets.storage.topic", consequence::resnapshot, {}},
    key_cost{"tasks.max", consequence::task_restart, "1"},
    key_cost{"tasks.max.enforce", consequence::task_restart, {}},
    key_cost{"topics", consequence::gap_risk, {}},
    key_cost{"topics.regex", consequence::gap_risk, {}},
    key_cost{"key.converter", consequence::event_shape, {}},
    key_cost{"key.converter.", consequence::event_shape, {}},
    key_cost{"value.converter", consequence::event_shape, {}},
    key_cost{"value.converter.", consequence::event_shape, {}},
    key_cost{"header.converter", consequence::event_shape, {}},
    key_cost{"header.converter.", consequence::event_shape, {}},
    key_cost{"transforms", consequence::event_shape, {}},
    key_cost{"transforms.", consequence::event_shape, {}},
    key_cost{"predicates", consequence::event_shape, {}},
    key_cost{"predicates.", consequence::event_shape, {}},
    key_cost{"errors.tolerance", consequence::data_loss, "none"},
    key_cost{"errors.", consequence::task_restart, {}},
    key_cost{"producer.override.", consequence::task_restart, {}},
    key_cost{"consumer.override.", consequence::task_restart, {}},
    key_cost{"admin.override.", consequence::task_restart, {}},
    key_cost{"config.action.reload", consequence::task_restart, {}},
    key_cost{"exactly.once.support", consequence::task_restart, {}},
    key_cost{"transaction.", consequence::task_restart, {}},
    key_cost{"topic.creation.", consequence::task_restart, {}}, // of topics that do not exist yet
};

template <class Entry, class Matches>
const Entry* search(std::span<const Entry> entries, const Matches& matches) {
    const auto found = std::find_if(entries.begin(), entries.end(), matches);
    return found == entries.end() ? nullptr : &*found;
}

/// The first entry that matches in a table of the kinds of this role.
template <class Entry, class Matches>
const Entry* search_kinds(
    connector_role role,
    std::span<const Entry> source_kind::* of_source,
    std::span<const Entry> sink_kind::* of_sink,
    const Matches& matches
) {
    if (role == connector_role::source) {
        for (const auto& kind : source_kinds()) {
            if (const auto* found = search(kind.*of_source, matches)) return found;
        }
    }
    if (role == connector_role::sink) {
        for (const auto& kind : sink_kinds()) {
            if (const auto* found = search(kind.*of_sink, matches)) return found;
        }
    }
    return nullptr;
}

/// What the connector's own type says of a key counts before what Connect says.
const key_cost* find_cost(connector_role role, std::string_view key) {
    const auto names_it = [key](const key_cost& cost) { return cost.matches(key); };
    const auto* found = search_kinds(role, &source_kind::costs, &sink_kind::costs, names_it);
    return found ? found : search(std::span<const key_cost>(connect_costs), names_it);
}

const identity_key* find_identity(connector_role role, std::string_view key) {
    const auto names_it = [key](const identity_key& identity) { return identity.key == key; };
    return search_kinds(role, &source_kind::identity, &sink_kind::identity, names_it);
}

consequence unknown_key(connector_role role) {
    return role == connector_role::plain ? consequence::task_restart : consequence::event_shape;
}

/// Written out or left out with the value that holds anyway.
bool keeps_its_meaning(const key_cost& cost, const model::key_change& change) {
    if (cost.initially.empty() || change.is_secret) return false;
    const std::string initially(cost.initially);
    return change.before.value_or(initially) == change.after.value_or(initially);
}

bool only_adds(const model::key_change& change) {
    const auto before = split_list(change.before.value_or(""));
    const auto after = split_list(change.after.value_or(""));
    const auto stays = [&](const std::string& item) {
        return std::find(after.begin(), after.end(), item) != after.end();
    };
    return !before.empty() && std::all_of(before.begin(), before.end(), stays);
}

/// From a value that can lose events back to the one that holds anyway. The stop that comes with the change
/// is still made with the old value, and drops the slot where that says so.
bool goes_back_to_safety(const key_cost& cost, const model::key_change& change) {
    const bool is_risk = cost.cost == consequence::data_loss || change.key == "errors.tolerance";
    if (!is_risk || cost.initially.empty() || change.key == "slot.drop.on.stop") return false;
    const std::string initially(cost.initially);
    return change.after.value_or(initially) == initially;
}

/// Where the values tell more than the key: the milder consequence, or none if they do not.
std::optional<consequence> milder(const key_cost& cost, const model::key_change& change) {
    const auto after = change.after.value_or("");
    if (change.key == "table.include.list" || change.key == "topics") {
        if (only_adds(change)) return consequence::task_restart;
    } else if (change.key == "snapshot.mode") {
        const bool may_snapshot = after == "always" || after == "when_needed";
        if (!may_snapshot) return consequence::gap_risk;
    } else if (goes_back_to_safety(cost, change)) {
        return consequence::task_restart;
    }
    return std::nullopt;
}

} // namespace

std::span<const key_cost> costs_of_connect() {
    return connect_costs;
}

std::optional<consequence> known_consequence(connector_role role, std::string_view key) {
    const auto* cost = find_cost(role, key);
    return cost ? std::optional(cost->cost) : std::nullopt;
}

consequence consequence_of(connector_role role, std::string_view key) {
    return known_consequence(role, key).value_or(unknown_key(role));
}

consequence consequence_of(connector_role role, const model::key_change& change) {
    const auto* cost = find_cost(role, change.key);
    if (!cost) return unknown_key(role);
    if (keeps_its_meaning(*cost, change)) return std::min(cost->cost, consequence::task_restart);
    return std::min(cost->cost, milder(*cost, change).value_or(cost->cost));
}

std::string what_it_decides(connector_role role, std::string_view key) {
    const auto* identity = find_identity(role, key);
    return identity ? fmt::format("{} decides {}", key, identity->what) : std::string();
}

std::string_view instead_of_changing(connector_role role, std::string_view key) {
    const auto* identity = find_identity(role, key);
    return identity ? identity->instead : std::string_view();
}

} // namespace sluice::debezium
