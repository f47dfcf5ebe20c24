#include "decide/diff.hpp"

#include "base/sensitive.hpp"
#include "debezium/consequence.hpp"
#include "debezium/kinds.hpp"
#include "decide/acceptance.hpp"
#include "decide/added_tables.hpp"
#include "decide/first_start.hpp"
#include "model/topic_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <tuple>

namespace sluice::decide {

namespace {

using model::change;
using model::change_kind;
using model::connector_state;
using model::consequence;
using model::desired_connector;
using model::desired_topic;
using model::observed_connector;
using model::obstacle;

const model::connector_memory* remembered(const inputs& in, const std::string& connector) {
    const auto found = in.memory.connectors.find(connector);
    return found == in.memory.connectors.end() ? nullptr : &found->second;
}

change make(change_kind kind, const desired_connector& connector, consequence cost) {
    change c;
    c.kind = kind;
    c.subject = connector.name;
    c.link = connector.link;
    c.cost = cost;
    return c;
}

std::string reported_only(const inputs& in) {
    return in.desired.drift == model::drift_policy::report
               ? "drift is reported, not corrected, here; `sluice apply` corrects it, `reconcile.drift: "
                 "correct` always does"
               : std::string();
}

// --- topics ---------------------------------------------------------------------------------------------

change make(change_kind kind, const desired_topic& topic, consequence cost) {
    change c;
    c.kind = kind;
    c.subject = topic.name;
    c.link.pipeline = topic.pipeline;
    c.cost = cost;
    return c;
}

change creation_of(const desired_topic& topic) {
    auto c = make(change_kind::create_topic, topic, consequence::none);
    c.keys.push_back({"partitions", {}, std::to_string(topic.partitions), false});
    if (topic.replication_factor)
        c.keys.push_back({"replication.factor", {}, std::to_string(*topic.replication_factor), false});
    for (const auto& [key, value] : topic.creation_config) c.keys.push_back({key, {}, value, false});
    return c;
}

std::optional<std::int64_t> number_in(const std::optional<std::string>& text) {
    std::int64_t number = 0;
    const auto whole = text.value_or("");
    const auto [end, ec] = std::from_chars(whole.data(), whole.data() + whole.size(), number);
    if (ec != std::errc{} || end != whole.data() + whole.size()) return std::nullopt;
    return number;
}

// -1 keeps records for ever.
bool keeps_longer(const model::key_change& k) {
    const auto before = number_in(k.before);
    const auto after = number_in(k.after);
    if (!before || !after || *before < 0) return false;
    return *after < 0 || *after > *before;
}

consequence cost_of_topic_change(const model::key_change& k) {
    // Another policy or a shorter retention deletes records that a late sink has not read; an unclean leader
    // takes over without those that only the last one had.
    const bool deletes =
        k.key == "cleanup.policy" || k.key.starts_with("retention.") || k.key == "delete.retention.ms";
    const bool forgets = k.key == "unclean.leader.election.enable" && k.after == "true";
    return (deletes && !keeps_longer(k)) || forgets ? consequence::data_loss : consequence::none;
}

// AlterConfigs of librdkafka 2.0.2 resets what it does not name, and what is sensitive cannot be read back.
bool has_sensitive_entry(const std::map<std::string, model::topic_entry>& entries) {
    const auto is_sensitive = [](const auto& entry) {
        return entry.second.sensitive && !entry.second.is_default;
    };
    return std::ranges::any_of(entries, is_sensitive);
}

std::optional<change> alteration_of(const desired_topic& topic, const model::observed_topic& found) {
    auto c = make(change_kind::alter_topic_config, topic, consequence::none);
    if (topic.written_config.empty()) return std::nullopt;
    if (found.config && has_sensitive_entry(*found.config))
        c.hold(
            model::obstacle::refusal,
            "the topic has a sensitive entry, which would be lost by a change; change it with kafka-configs"
        );
    if (!found.config) {
        c.hold(
            model::obstacle::refusal, "the topic's configuration cannot be read; grant DescribeConfigs on it"
        );
        return c;
    }
    for (const auto& [key, value] : topic.written_config) {
        const auto entry = found.config->find(key);
        if (entry != found.config->end() && model::is_same_topic_value(entry->second.value, value)) continue;
        model::key_change k{key, {}, value, false, consequence::none};
        if (entry != found.config->end()) k.before = entry->second.value;
        k.cost = cost_of_topic_change(k);
        c.cost = std::max(c.cost, k.cost);
        c.keys.push_back(std::move(k));
    }
    if (c.keys.empty()) return std::nullopt;
    return c;
}

std::optional<change> more_partitions(const desired_topic& topic, const model::observed_topic& found) {
    if (!topic.written_partitions || *topic.written_partitions <= found.partitions) return std::nullopt;
    auto c = make(change_kind::add_partitions, topic, consequence::event_shape);
    c.keys.push_back(
        {"partitions",
         std::to_string(found.partitions),
         std::to_string(*topic.written_partitions),
         false,
         consequence::event_shape}
    );
    c.because = "keys move to other partitions: the order of a row's events holds only within each";
    return c;
}

std::vector<change> changes_of(const desired_topic& topic, const model::topic_list& existing) {
    const auto found = existing.find(topic.name);
    if (found == existing.end()) return {creation_of(topic)};
    std::vector<change> changes;
    if (auto more = more_partitions(topic, found->second)) changes.push_back(std::move(*more));
    if (auto altered = alteration_of(topic, found->second)) changes.push_back(std::move(*altered));
    return changes;
}

void diff_topic(const inputs& in, const desired_topic& topic, std::vector<change>& changes) {
    const auto settled = in.memory.settled_topics.find(topic.name);
    const bool was_settled = settled != in.memory.settled_topics.end();
    const bool drifted = was_settled && settled->second == digest(topic);
    for (auto& c : changes_of(topic, *in.observed.topics.value)) {
        c.is_drift = drifted;
        // What nobody has seen settled yet may be another's: only a topic that is not there is then made.
        const bool the_file_asks = was_settled ? !drifted : c.kind == change_kind::create_topic;
        if (!the_file_asks) c.hold(obstacle::refusal, reported_only(in));
        changes.push_back(std::move(c));
    }
}

// --- connectors -----------------------------------------------------------------------------------------

std::string mark_of(const observed_connector& found) {
    if (!found.config) return {};
    const auto mark = found.config->find(std::string(model::owner_key));
    return mark == found.config->end() ? std::string() : mark->second;
}

std::string value_of(const std::map<std::string, std::string>& config, const std::string& key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string() : found->second;
}

// The name under which this link's connector is known and still there, if that is not the declared one:
// creating the new one beside it would do all its work twice.
std::string former_name(const inputs& in, const desired_connector& wanted) {
    for (const auto& [name, known] : in.memory.connectors) {
        const bool same_link = known.owned && known.link == wanted.link && name != wanted.name;
        if (same_link && in.observed.connectors.value->contains(name)) return name;
    }
    return {};
}

// A connector that still serves a declared link under its old name is not one that the file has dropped.
bool serves_declared_link(const inputs& in, const model::connector_memory& known) {
    const auto has_link = [&](const desired_connector& c) { return c.link == known.link; };
    return std::ranges::any_of(in.desired.connectors, has_link);
}

// The link's new connector is accepted, and waits only for the old one to go.
bool gives_way(const std::vector<change>& planned, const model::link_id& link) {
    return std::ranges::any_of(planned, [&](const change& c) {
        return c.kind == change_kind::create_connector && c.link == link && c.held == obstacle::order;
    });
}

void wait_for_topics(const inputs& in, const desired_connector& wanted, change& c) {
    if (wanted.topics.empty()) return;
    if (!in.observed.topics.fresh())
        return c.hold(obstacle::refusal, "its topics are not known to exist: Kafka has not answered");
    for (const auto& topic : wanted.topics)
        if (!in.observed.topics.value->contains(topic))
            return c.hold(obstacle::order, fmt::format("waits for topic {}", topic));
}

bool has_drifted(const inputs& in, const desired_connector& wanted) {
    const auto* known = remembered(in, wanted.name);
    return known != nullptr && !known->settled_digest.empty() && known->settled_digest == digest(wanted);
}

// Without memory it cannot be told whether the file or the world moved; then nothing is overwritten.
std::string drift_refusal(const inputs& in, const desired_connector& wanted) {
    const auto* known = remembered(in, wanted.name);
    const bool file_moved = known != nullptr && !known->settled_digest.empty() && !has_drifted(in, wanted);
    return file_moved ? std::string() : reported_only(in);
}

// The slot stays when its connector is deleted, and holds WAL back until the source's disk is full.
std::string what_stays(const observed_connector& found) {
    const auto slot = found.config ? debezium::slot_of(*found.config) : std::string();
    if (slot.empty()) return "its topics and offsets stay";
    return fmt::format(
        "its offsets, topics and publication stay, and its slot {} on {}:{} stays and holds WAL until it is "
        "dropped: SELECT pg_drop_replication_slot('{}')",
        slot,
        value_of(*found.config, "database.hostname"),
        value_of(*found.config, "database.port"),
        slot
    );
}

change deletion_of(const inputs& in, const std::string& connector, const model::link_id& link) {
    change c;
    c.kind = change_kind::delete_connector;
    c.subject = connector;
    c.link = link;
    c.cost = consequence::remove;
    const auto& found = in.observed.connectors.value->at(connector);
    c.because = "the file no longer names it; " + what_stays(found);
    return c;
}

// Under another name a connector has no stored position: it begins anew, once the old one is gone.
void take_over_from(const inputs& in, const std::string& former, const desired_connector& wanted, change& c) {
    c.cost = debezium::consequence_of(wanted.role, "name");
    c.because = fmt::format(
        "it is called {} until now, and a connector's name is part of its offsets and its group: under "
        "another name it reads everything again; `connector: {}` keeps the name",
        former,
        former
    );
    if (may_delete(in, deletion_of(in, former, wanted.link)))
        c.hold(obstacle::order, fmt::format("waits until {}, its name until now, is deleted", former));
    else if (in.desired.accepted.contains(c.cost) || in.desired.accepted_plans.contains(id_of(c)))
        c.hold(
            obstacle::refusal,
            fmt::format(
                "its connector is called {} until now, and nobody accepted that this one is deleted; set "
                "`connector: {}` to keep it, or accept delete too",
                former,
                former
            )
        );
}

// What keeps the config of a connector from being derived: its plugin is not installed, …
std::string why_unresolved(const inputs& in, const desired_connector& wanted) {
    const auto found = in.desired.unresolved.find(wanted.link);
    return found == in.desired.unresolved.end() ? std::string() : found->second;
}

change without_config(change_kind kind, const desired_connector& wanted, const std::string& reason) {
    auto c = make(kind, wanted, consequence::none);
    c.hold(obstacle::refusal, reason);
    return c;
}

void diff_missing(
    const inputs& in, const desired_connector& wanted, occupants& others, std::vector<change>& changes
) {
    if (const auto reason = why_unresolved(in, wanted); !reason.empty())
        return changes.push_back(without_config(change_kind::create_connector, wanted, reason));
    auto c = make(change_kind::create_connector, wanted, consequence::none);
    for (const auto& [key, value] : wanted.config) {
        if (key.starts_with(model::own_key_prefix)) continue;
        const bool hidden = model::must_be_hidden(key, value);
        c.keys.push_back(
            {key,
             {},
             hidden ? std::nullopt : std::optional(without_embedded_secrets(model::reveal(value))),
             hidden}
        );
    }
    c.is_drift = has_drifted(in, wanted);
    if (c.is_drift) {
        c.because = "it was there and is gone";
        c.hold(obstacle::refusal, reported_only(in));
    }
    const auto former = former_name(in, wanted);
    if (!former.empty()) take_over_from(in, former, wanted, c);
    c.hold(obstacle::refusal, others.in_the_way_of(wanted, nullptr, former));
    wait_for_topics(in, wanted, c);
    changes.push_back(std::move(c));
}

// What each key costs, and what the highest of them is.
consequence put_costs(const desired_connector& wanted, std::vector<model::key_change>& keys) {
    auto highest = consequence::task_restart;
    for (auto& k : keys) {
        k.cost = debezium::consequence_of(wanted.role, k);
        highest = std::max(highest, k.cost);
    }
    return highest;
}

std::optional<change_kind> transition(model::target_state target, connector_state now) {
    const bool settled =
        now == connector_state::running || now == connector_state::paused || now == connector_state::stopped;
    switch (target) {
    case model::target_state::running:
        if (now == connector_state::paused || now == connector_state::stopped) return change_kind::resume;
        return std::nullopt;
    case model::target_state::paused:
        if (settled && now != connector_state::paused) return change_kind::pause;
        return std::nullopt;
    case model::target_state::stopped:
        // Unlike a pause, a stop also takes hold of a failed connector.
        if ((settled && now != connector_state::stopped) || now == connector_state::failed)
            return change_kind::stop;
        return std::nullopt;
    }
    return std::nullopt;
}

// A difference of our own keys alone is none, until somebody accepts the restart that writing them takes.
std::optional<model::key_change> mark_to_write(const inputs& in, const observed_connector& found) {
    const auto mark = mark_of(found);
    const bool asked = in.desired.accepted.contains(consequence::task_restart);
    if (!asked || mark == in.desired.instance) return std::nullopt;
    model::key_change k{std::string(model::owner_key), {}, in.desired.instance, false, consequence::none};
    if (!mark.empty()) k.before = mark;
    return k;
}

void start_after_a_look(bool config_differs, change& c) {
    c.because = "it was created stopped, and is looked at before it runs";
    if (config_differs) c.hold(obstacle::order, "waits until its config is as declared");
}

void put_back_in_state(const inputs& in, const desired_connector& wanted, connector_state now, change& c) {
    const auto& because = wanted.state_because;
    c.because =
        because.empty()
            ? fmt::format("it is {}, declared {}", model::to_string(now), model::to_string(wanted.state))
            : fmt::format("it is {}; {}", model::to_string(now), because);
    c.is_drift = has_drifted(in, wanted);
    c.hold(obstacle::refusal, drift_refusal(in, wanted));
}

void diff_config(
    const inputs& in,
    const desired_connector& wanted,
    const observed_connector& found,
    occupants& others,
    std::vector<change>& changes
) {
    if (const auto reason = why_unresolved(in, wanted); !reason.empty())
        return changes.push_back(without_config(change_kind::update_config, wanted, reason));
    const auto refusal = refusal_to_manage(in, wanted, found);
    const bool is_new = awaits_first_start(wanted, remembered(in, wanted.name));
    auto keys = config_changes(wanted, *found.config, in.secrets);
    const bool differs = !keys.empty();
    if (const auto mark = mark_to_write(in, found); mark && refusal.empty()) keys.push_back(*mark);
    std::ranges::sort(keys, {}, &model::key_change::key);
    if (keys.empty() && refusal.empty()) return;
    auto c = make(change_kind::update_config, wanted, consequence::task_restart);
    c.cost = put_costs(wanted, keys);
    c.hold(obstacle::refusal, refusal);
    if (differs) c.hold(obstacle::refusal, others.in_the_way_of(wanted, &*found.config));
    if (!is_new) c.hold(obstacle::refusal, drift_refusal(in, wanted));
    wait_for_topics(in, wanted, c);
    c.is_drift = differs && has_drifted(in, wanted);
    if (!keys.empty() && !differs) c.because = "the mark of ownership is written into it";
    if (!is_new && c.because.empty()) c.because = what_is_not_copied(tables_not_copied(wanted, keys));
    c.keys = std::move(keys);
    changes.push_back(std::move(c));
}

void diff_existing(
    const inputs& in,
    const desired_connector& wanted,
    const observed_connector& found,
    occupants& others,
    std::vector<change>& changes
) {
    if (!found.config) return; // just created: Connect does not show it whole yet
    diff_config(in, wanted, found, others, changes);
    if (!found.status || !refusal_to_manage(in, wanted, found).empty()) return;
    const bool is_new = awaits_first_start(wanted, remembered(in, wanted.name));
    if (const auto kind = transition(wanted.state, found.status->state)) {
        auto c = make(*kind, wanted, consequence::none);
        c.is_first_start = is_new && *kind == change_kind::resume;
        if (c.is_first_start)
            start_after_a_look(!changes.empty() && changes.back().subject == wanted.name, c);
        else
            put_back_in_state(in, wanted, found.status->state, c);
        changes.push_back(std::move(c));
    }
}

/// Why the source does not come to be what the file says: another connector is in its place. Empty: none is.
std::string waits_for_another(const inputs& in, const desired_connector& source, occupants& others) {
    const auto found = in.observed.connectors.value->find(source.name);
    if (found == in.observed.connectors.value->end()) {
        const auto former = former_name(in, source);
        if (!former.empty()) return fmt::format("it is called {} until now", former);
        return others.in_the_way_of(source);
    }
    const auto& config = found->second.config;
    return config ? others.in_the_way_of(source, &*config) : std::string();
}

bool changes_what_is_read(const change& c) {
    if (c.kind == change_kind::create_connector) return true;
    return c.kind == change_kind::update_config &&
           std::ranges::any_of(c.keys, [](const model::key_change& k) {
               return k.key == "topics" || k.key == "topics.regex";
           });
}

// Sinks follow their source: what they would read meanwhile is another's, or not there.
void hold_sinks_with_source(
    const inputs& in, const slice& pipeline, occupants& others, std::vector<change>& changes
) {
    const auto is_source = [](const desired_connector* c) {
        return c->role == model::connector_role::source;
    };
    const auto source = std::ranges::find_if(pipeline.connectors, is_source);
    if (source == pipeline.connectors.end()) return;
    std::optional<std::string> reason;
    for (auto& c : changes) {
        const auto* sink = model::find_connector(in.desired, c.subject);
        const bool is_sink = sink != nullptr && sink->role == model::connector_role::sink;
        if (!is_sink || !changes_what_is_read(c) || !former_name(in, *sink).empty()) continue;
        if (!reason) reason = waits_for_another(in, **source, others);
        if (reason->empty()) return;
        c.hold(obstacle::refusal, fmt::format("its source {} is held back: {}", (*source)->name, *reason));
    }
}

// --- connectors that nobody declares --------------------------------------------------------------------

bool is_declared(const inputs& in, const std::string& name) {
    return std::ranges::binary_search(in.desired.connectors, name, {}, &desired_connector::name);
}

// A file cut short must not take most of what runs with it.
void hold_back_mass_deletion(const inputs& in, std::size_t owned, std::vector<change>& deletions) {
    const bool accepted = in.desired.accepted.contains(consequence::remove);
    if (accepted || deletions.size() <= 1 || deletions.size() * 2 <= owned) return;
    for (auto& c : deletions) {
        c.to_accept = {consequence::remove};
        c.hold(
            obstacle::acceptance,
            fmt::format(
                "the file would delete {} of {} owned connectors; if that is meant: sluice apply "
                "--accept=delete",
                deletions.size(),
                owned
            )
        );
    }
}

} // namespace

bool is_of_another(const inputs& in, const desired_connector& wanted, const observed_connector& found) {
    const auto mark = mark_of(found);
    return !mark.empty() && mark != in.desired.instance && !wanted.adopt;
}

std::string
refusal_to_manage(const inputs& in, const desired_connector& wanted, const observed_connector& found) {
    const auto mark = mark_of(found);
    if (mark == in.desired.instance || wanted.adopt) return {};
    if (is_of_another(in, wanted, found))
        return fmt::format(
            "it belongs to the Sluice instance {}; to take it over set `adopt: true` here and stop that "
            "instance",
            mark
        );
    if (const auto* known = remembered(in, wanted.name); known != nullptr && known->adopted) return {};
    return "a connector of this name exists and is not managed by this instance; set `adopt: true` on it to "
           "take it over, "
           "or give this one another name";
}

std::vector<change> diff(const inputs& in, const slice& wanted, occupants& others) {
    std::vector<change> changes;
    if (in.observed.topics.fresh())
        for (const auto* topic : wanted.topics) diff_topic(in, *topic, changes);
    if (!in.observed.connectors.fresh()) return changes;
    const auto& existing = *in.observed.connectors.value;
    for (const auto* connector : wanted.connectors) {
        const auto found = existing.find(connector->name);
        if (found == existing.end())
            diff_missing(in, *connector, others, changes);
        else
            diff_existing(in, *connector, found->second, others, changes);
    }
    hold_sinks_with_source(in, wanted, others, changes);
    return changes;
}

void learn_settled_topics(const inputs& in, model::memory& memory) {
    std::erase_if(memory.settled_topics, [&](const auto& known) {
        return model::find_topic(in.desired, known.first) == nullptr;
    });
    if (!in.observed.topics.fresh()) return;
    for (const auto& topic : in.desired.topics)
        if (changes_of(topic, *in.observed.topics.value).empty())
            memory.settled_topics[topic.name] = digest(topic);
}

undeclared find_undeclared(const inputs& in, const std::vector<change>& planned) {
    undeclared out;
    if (!in.observed.connectors.fresh()) return out;
    std::size_t owned = 0;
    for (const auto& [name, found] : *in.observed.connectors.value) {
        const bool marked = mark_of(found) == in.desired.instance;
        if (marked) ++owned;
        if (is_declared(in, name)) continue;
        out.names.push_back(name);
        if (!marked) continue;
        out.ours.push_back(name);
        const auto* known = remembered(in, name);
        if (known == nullptr || !known->owned) continue;
        auto deletion = deletion_of(in, name, known->link);
        const bool renamed = serves_declared_link(in, *known);
        if (renamed ? gives_way(planned, known->link) : in.desired.prune)
            out.deletions.push_back(std::move(deletion));
    }
    hold_back_mass_deletion(in, owned, out.deletions);
    return out;
}

void put_in_order(std::vector<change>& changes) {
    const auto before = [](const change& a, const change& b) {
        return std::tie(a.kind, a.subject) < std::tie(b.kind, b.subject);
    };
    std::ranges::sort(changes, before);
}

} // namespace sluice::decide
