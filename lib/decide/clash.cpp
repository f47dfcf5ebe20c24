#include "decide/clash.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::decide {

namespace {

using debezium::holding;
using debezium::holding_kind;

bool is_of_a_sink(const holding& held) {
    return held.kind >= holding_kind::table;
}

debezium::observed_config as_shown(const model::config_map& config) {
    debezium::observed_config shown;
    for (const auto& [key, value] : config) shown.emplace(key, model::reveal(value));
    return shown;
}

std::string what_it_does(const holding& held) {
    switch (held.kind) {
    case holding_kind::slot: return fmt::format("reads slot {}", held.name);
    case holding_kind::publication:
        return fmt::format("works with publication {}, whose tables each would set anew", held.name);
    case holding_kind::topic_prefix: return fmt::format("writes topics with the prefix {}", held.name);
    case holding_kind::table:
        return fmt::format(
            "writes table {} of the same database, and a second one would put old rows over new ones",
            held.name
        );
    case holding_kind::topic:
    case holding_kind::topic_pattern:
        return fmt::format(
            "writes topic {} into the same database, and a second one would put old rows over new ones",
            held.name
        );
    case holding_kind::dead_letter_topic: return fmt::format("has the dead letter topic {}", held.name);
    }
    return {};
}

std::string_view another(holding_kind kind) {
    switch (kind) {
    case holding_kind::slot: return "give this pipeline another `slot:`";
    case holding_kind::publication: return "give this pipeline another `publication:`";
    case holding_kind::topic_prefix: return "give this pipeline another `topic_prefix:`";
    case holding_kind::table: return "give this sink another `table_name:` or another database";
    case holding_kind::dead_letter_topic: return "give this sink another `dead_letter:` topic";
    default: return "give this sink another database";
    }
}

// What a pipeline derives from its name, and must say where it takes over what another has left.
std::string keys_to_go_on_with(const std::string& connector, const debezium::observed_config& config) {
    auto keys = fmt::format("`connector: {}`", connector);
    if (const auto slot = debezium::observed_value(config, "slot.name"); !slot.empty())
        keys += fmt::format(", `slot: {}`", slot);
    if (const auto publication = debezium::observed_value(config, "publication.name"); !publication.empty())
        keys += fmt::format(", `publication: {}`", publication);
    // Of a publication that is given Sluice takes it that somebody else looks after it.
    const std::string mode = "publication.autocreate.mode";
    if (const auto makes = debezium::observed_value(config, mode); !makes.empty() && makes != "disabled")
        keys += fmt::format(", `config: {{{}: {}}}`", mode, makes);
    return keys;
}

} // namespace

// A stopped sink writes nothing; a stopped source still has its slot.
void occupants::add(const model::observed_connector& other, overview& all) const {
    if (!other.config) return;
    const bool is_stopped = other.status && other.status->state == model::connector_state::stopped;
    for (auto& held : debezium::holdings_of(*other.config)) {
        if (is_stopped && is_of_a_sink(held)) continue;
        const place at{held.kind, held.where, held.name};
        all.by_place[at].push_back({other.name, held.is_sole});
        if (held.kind == holding_kind::topic_pattern) all.patterns[held.where].push_back(at);
    }
}

const occupants::overview& occupants::look() {
    if (overview_) return *overview_;
    overview_.emplace();
    for (const auto& [name, other] : *in_.observed.connectors.value) add(other, *overview_);
    return *overview_;
}

std::vector<occupants::occupant> occupants::sharing(const holding& held) {
    const auto& all = look();
    std::vector<occupant> found;
    const auto take = [&](const place& at) {
        const auto there = all.by_place.find(at);
        if (there == all.by_place.end()) return;
        std::ranges::copy(there->second, std::back_inserter(found));
    };
    take({held.kind, held.where, held.name});
    if (held.kind == holding_kind::topic) {
        const auto patterns = all.patterns.find(held.where);
        if (patterns != all.patterns.end())
            for (const auto& at : patterns->second)
                if (debezium::reads_topic(std::get<2>(at), held.name)) take(at);
    }
    if (held.kind == holding_kind::topic_pattern) {
        const place first{holding_kind::topic, held.where, {}};
        for (auto at = all.by_place.lower_bound(first); at != all.by_place.end(); ++at) {
            const auto& [kind, where, topic] = at->first;
            if (kind != holding_kind::topic || where != held.where) break;
            if (debezium::reads_topic(held.name, topic)) take(at->first);
        }
    }
    std::erase_if(found, [&](const occupant& other) { return !held.is_sole && !other.is_sole; });
    return found;
}

std::string occupants::sentence(const occupant& other, const holding& held) const {
    if (model::find_connector(in_.desired, other.connector) != nullptr)
        return fmt::format(
            "connector {}, which the file declares too, {}; {}",
            other.connector,
            what_it_does(held),
            another(held.kind)
        );
    const auto& config = in_.observed.connectors.value->at(other.connector).config;
    const bool is_ours =
        debezium::observed_value(*config, std::string(model::owner_key)) == in_.desired.instance;
    return fmt::format(
        "connector {} already {}; {}delete that connector, or {}",
        other.connector,
        what_it_does(held),
        is_ours ? fmt::format("go on with it by {}, ", keys_to_go_on_with(other.connector, *config))
                : std::string(),
        another(held.kind)
    );
}

std::string occupants::in_the_way_of(
    const model::desired_connector& wanted, const debezium::observed_config* now, const std::string& former
) {
    if (wanted.role == model::connector_role::plain) return {}; // managed as it stands
    const auto has_now = now == nullptr ? std::vector<holding>() : debezium::holdings_of(*now);
    for (const auto& held : debezium::holdings_of(as_shown(wanted.config))) {
        if (std::ranges::binary_search(has_now, held)) continue;
        for (const auto& other : sharing(held))
            if (other.connector != wanted.name && other.connector != former) return sentence(other, held);
    }
    return {};
}

} // namespace sluice::decide
