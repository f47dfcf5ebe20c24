#include "decide/acceptance.hpp"

#include "base/digest.hpp"
#include "debezium/consequence.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using model::acceptance_state;
using model::change;
using model::change_kind;
using model::consequence;

std::string value_text(const std::optional<std::string>& value) {
    return value ? '=' + *value : std::string("!");
}

bool is_accepted_by_id(const inputs& in, const std::string& id) {
    if (!in.desired.accepted_plans.contains(id)) return false;
    const auto known = in.memory.acceptances.find(id);
    return known == in.memory.acceptances.end() || known->second != acceptance_state::spent;
}

/// What the change costs beyond what goes by itself and what is accepted.
std::set<consequence> missing(const inputs& in, const change& c) {
    std::set<consequence> needed{c.cost};
    for (const auto& k : c.keys) needed.insert(k.cost);
    std::erase_if(needed, [&](consequence cost) {
        return model::goes_by_itself(cost) || in.desired.accepted.contains(cost);
    });
    // `prune: true` accepts the deletion of connectors, and nothing else.
    if (c.kind == change_kind::delete_connector && in.desired.prune) needed.erase(consequence::remove);
    return needed;
}

model::connector_role role_of(const inputs& in, const std::string& connector) {
    const auto& all = in.desired.connectors;
    const auto found = std::ranges::lower_bound(all, connector, {}, &model::desired_connector::name);
    const bool is_it = found != all.end() && found->name == connector;
    return is_it ? found->role : model::connector_role::plain;
}

/// The key that costs most, in words: "slot.name decides the replication slot: a new slot begins now …".
std::string reason_of(const inputs& in, const change& c, consequence worst) {
    const auto role = role_of(in, c.subject);
    for (const auto& k : c.keys) {
        if (k.cost != worst) continue;
        const auto what = debezium::what_it_decides(role, k.key);
        return fmt::format("{}: {}", what.empty() ? k.key : what, model::meaning(worst));
    }
    return std::string(c.because.empty() ? model::meaning(worst) : c.because);
}

std::string alternative(const inputs& in, const change& c) {
    const auto role = role_of(in, c.subject);
    for (const auto& k : c.keys)
        if (const auto instead = debezium::instead_of_changing(role, k.key); !instead.empty())
            return fmt::format("; or {}", instead);
    return {};
}

std::string sentence(const inputs& in, const change& c, const std::set<consequence>& needed) {
    std::vector<std::string_view> words;
    for (const auto cost : needed) words.push_back(model::to_string(cost));
    return fmt::format(
        "awaits acceptance of {} ({}); accept it with `sluice apply --accept={}`, or by `accept: [{}]` under "
        "`reconcile:`{}",
        fmt::join(words, " and "),
        reason_of(in, c, *needed.rbegin()),
        fmt::join(words, ","),
        c.id,
        alternative(in, c)
    );
}

void hold_until_accepted(const inputs& in, change& c) {
    if (c.held == model::obstacle::refusal || c.held == model::obstacle::acceptance) return;
    auto needed = missing(in, c);
    if (needed.empty() || is_accepted_by_id(in, c.id)) return;
    c.held = model::obstacle::none; // what it would wait for next does not matter yet
    c.hold(model::obstacle::acceptance, sentence(in, c, needed));
    c.to_accept = std::move(needed);
}

} // namespace

std::string id_of(const change& c) {
    auto text =
        fmt::format("{}\n{}\n{}\n{}\n", model::to_string(c.kind), c.subject, c.link.pipeline, c.link.sink);
    for (const auto& k : c.keys)
        text += fmt::format("{}\n{}\n{}\n", k.key, value_text(k.before), value_text(k.after));
    return sha256_hex(text).substr(0, 8);
}

void require_acceptance(const inputs& in, std::vector<change>& changes) {
    for (auto& c : changes) {
        c.id = id_of(c);
        hold_until_accepted(in, c);
    }
}

bool may_delete(const inputs& in, const change& deletion) {
    return missing(in, deletion).empty() || is_accepted_by_id(in, id_of(deletion));
}

void note_acceptances(const inputs& in, const model::plan& planned, model::memory& memory) {
    std::erase_if(memory.acceptances, [&](const auto& known) {
        return !in.desired.accepted_plans.contains(known.first);
    });
    const bool all_is_known = in.observed.connectors.fresh() && in.observed.topics.fresh();
    if (!all_is_known) return;
    for (auto& [id, state] : memory.acceptances) {
        const auto is_this = [&id = id](const change& c) { return c.id == id; };
        if (state == acceptance_state::begun && std::ranges::none_of(planned.changes, is_this))
            state = acceptance_state::spent;
    }
}

void note_begun(const model::desired& desired, const change& c, model::memory& memory) {
    if (desired.accepted_plans.contains(c.id)) memory.acceptances.emplace(c.id, acceptance_state::begun);
}

} // namespace sluice::decide
