#include "control/plan_file.hpp"

#include "base/digest.hpp"
#include "base/instant.hpp"
#include "base/json_fields.hpp"
#include "control/status_json.hpp"
#include "decide/acceptance.hpp"
#include "decide/diff.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::control {

namespace json = boost::json;

namespace {

using model::change;
using model::change_kind;

constexpr std::string_view format_name = "sluice-plan";
constexpr int format_version = 1;

std::string digest(const model::desired_topic& topic) {
    auto text = fmt::format(
        "{}\n{}\n{}\n",
        topic.partitions,
        topic.replication_factor.value_or(-1),
        topic.written_partitions.value_or(-1)
    );
    for (const auto& [key, value] : topic.creation_config) text += fmt::format("{}={}\n", key, value);
    text += '\n';
    for (const auto& [key, value] : topic.written_config) text += fmt::format("{}={}\n", key, value);
    return sha256_hex(text);
}

std::string name_of(const change& c) {
    return fmt::format("{} {}", model::to_string(c.kind), c.subject);
}

// --- reading --------------------------------------------------------------------------------------------

std::unexpected<error> flawed(std::string what) {
    return fail(errc::bad_answer, "read", "the plan file", std::move(what));
}

std::optional<change_kind> kind_from(std::string_view word) {
    for (int i = 0; i <= static_cast<int>(change_kind::delete_connector); ++i)
        if (const auto kind = static_cast<change_kind>(i); model::to_string(kind) == word) return kind;
    return std::nullopt;
}

std::optional<std::string> optional_text(const json::object& in, std::string_view key) {
    const auto* value = in.if_contains(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return std::string(value->get_string());
}

std::optional<model::consequence> consequence_in(const json::value& word) {
    if (!word.is_string()) return std::nullopt;
    return model::consequence_from(word.get_string().c_str());
}

model::key_change key_from(const json::object& in) {
    model::key_change k;
    k.key = text_of(in, "key");
    k.is_secret = flag_of(in, "secret");
    k.before = optional_text(in, "before");
    k.after = optional_text(in, "after");
    k.cost = model::consequence_from(text_of(in, "consequence")).value_or(model::consequence::none);
    return k;
}

result<change> change_from(const json::value& value) {
    if (!value.is_object()) return flawed("a change is no object");
    const auto& in = value.get_object();
    const auto kind = kind_from(text_of(in, "kind"));
    const auto cost = model::consequence_from(text_of(in, "consequence"));
    if (!kind || !cost)
        return flawed(fmt::format("it holds a change of the unknown kind {}", text_of(in, "kind")));
    change c;
    c.kind = *kind;
    c.cost = *cost;
    c.subject = text_of(in, "subject");
    c.link = {text_of(in, "pipeline"), text_of(in, "sink")};
    c.because = text_of(in, "because");
    c.id = text_of(in, "id");
    for (const auto& key : array_of(in, "keys"))
        if (key.is_object()) c.keys.push_back(key_from(key.get_object()));
    if (decide::id_of(c) != c.id) return flawed(fmt::format("{} is not as it was written", name_of(c)));
    return c;
}

// --- what moved -----------------------------------------------------------------------------------------

std::vector<std::string>
moved_wishes(const std::map<std::string, std::string>& then, const std::map<std::string, std::string>& now) {
    std::vector<std::string> moved;
    for (const auto& [thing, wish] : then) {
        const auto found = now.find(thing);
        if (found == now.end())
            moved.push_back(fmt::format("the file no longer asks for {}", thing));
        else if (found->second != wish)
            moved.push_back(
                fmt::format("the file, or its plugin's version in Connect, wants {} otherwise", thing)
            );
    }
    for (const auto& [thing, wish] : now)
        if (!then.contains(thing)) moved.push_back(fmt::format("the file now asks for {}", thing));
    return moved;
}

std::string shown(const std::optional<std::string>& value) {
    return value ? fmt::format("\"{}\"", *value) : std::string("absent");
}

/// Where the state that a change begins from is another one.
std::string moved_keys(const change& then, const change& now) {
    std::string text;
    const auto add = [&](const std::string& more) { text += (text.empty() ? "" : ", ") + more; };
    for (const auto& k : now.keys) {
        const auto was = std::ranges::find(then.keys, k.key, &model::key_change::key);
        if (was == then.keys.end())
            add(fmt::format("{} differs now too", k.key));
        else if (was->before != k.before)
            add(fmt::format("{} was {}, is {}", k.key, shown(was->before), shown(k.before)));
    }
    for (const auto& k : then.keys)
        if (std::ranges::find(now.keys, k.key, &model::key_change::key) == now.keys.end())
            add(fmt::format("{} does not differ any more", k.key));
    return text;
}

std::vector<std::string> moved_changes(const std::vector<change>& then, const std::vector<change>& now) {
    using place = std::pair<change_kind, std::string>;
    std::map<place, const change*> planned;
    for (const auto& c : then) planned.emplace(place(c.kind, c.subject), &c);
    std::vector<std::string> moved;
    for (const auto& c : now) {
        const auto found = planned.find({c.kind, c.subject});
        if (found == planned.end())
            moved.push_back(fmt::format("{} is to be done now, and was not planned", name_of(c)));
        else if (found->second->id != c.id)
            moved.push_back(fmt::format("{}: {}", name_of(c), moved_keys(*found->second, c)));
        if (found != planned.end()) planned.erase(found);
    }
    for (const auto& [where, c] : planned)
        moved.push_back(fmt::format("{} was planned, and is not to be done any more", name_of(*c)));
    return moved;
}

} // namespace

model::plan lasting(const model::plan& plan) {
    auto kept = plan;
    std::erase_if(kept.changes, [](const change& c) { return c.kind == change_kind::restart_failed; });
    return kept;
}

std::map<std::string, std::string> wishes_of(const model::desired& desired) {
    std::map<std::string, std::string> wishes;
    for (const auto& connector : desired.connectors) {
        const auto text = fmt::format("{} adopt={}", decide::digest(connector), connector.adopt);
        wishes["connector " + connector.name] = sha256_hex(text).substr(0, 16);
    }
    for (const auto& topic : desired.topics) wishes["topic " + topic.name] = digest(topic).substr(0, 16);
    for (const auto& [link, why] : desired.unresolved)
        wishes[fmt::format("link {}/{}", link.pipeline, link.sink)] = "unresolved";
    return wishes;
}

std::string to_text(const plan_file& plan) {
    json::object out{{"format", format_name}, {"version", format_version}, {"instance", plan.instance}};
    out["file"] = plan.file;
    out["made_at"] = to_rfc3339(plan.made_at);
    json::array accepted;
    for (const auto cost : plan.accepted) accepted.emplace_back(model::to_string(cost));
    out["accepted"] = std::move(accepted);
    out["prune"] = plan.prune;
    json::object wishes;
    for (const auto& [thing, wish] : plan.wishes) wishes[thing] = wish;
    out["wishes"] = std::move(wishes);
    out["changes"] = to_json(model::plan{plan.changes})["changes"];
    return json::serialize(out) + '\n';
}

result<plan_file> plan_file_from(std::string_view text) {
    boost::system::error_code ec;
    const auto parsed = json::parse(text, ec);
    if (ec || !parsed.is_object() || text_of(parsed.get_object(), "format") != format_name)
        return flawed("it is none: `sluice plan --out FILE` writes one, and the pipeline file is named by -c"
        );
    const auto& in = parsed.get_object();
    if (number_of(in, "version") != format_version)
        return flawed(fmt::format("its version {} is not known", number_of(in, "version")));
    plan_file plan;
    plan.instance = text_of(in, "instance");
    plan.file = text_of(in, "file");
    if (const auto at = parse_rfc3339(text_of(in, "made_at"))) plan.made_at = *at;
    for (const auto& word : array_of(in, "accepted"))
        if (const auto cost = consequence_in(word)) plan.accepted.insert(*cost);
    plan.prune = flag_of(in, "prune");
    if (const auto* wishes = in.if_contains("wishes"); wishes != nullptr && wishes->is_object())
        for (const auto& wish : wishes->get_object())
            if (wish.value().is_string()) plan.wishes[std::string(wish.key())] = wish.value().get_string();
    for (const auto& value : array_of(in, "changes")) {
        auto c = change_from(value);
        if (!c) return std::unexpected(c.error());
        plan.changes.push_back(std::move(*c));
    }
    return plan;
}

std::vector<std::string>
what_moved(const plan_file& then, const model::desired& desired, const model::plan& plan) {
    if (then.instance != desired.instance)
        return {fmt::format("the plan is of the instance {}, the file of {}", then.instance, desired.instance)
        };
    auto moved = moved_wishes(then.wishes, wishes_of(desired));
    if (!moved.empty()) return moved;
    return moved_changes(then.changes, lasting(plan).changes);
}

} // namespace sluice::control
