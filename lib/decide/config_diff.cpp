// How a connector's config differs from the desired one, secrets compared without being shown.
#include "base/digest.hpp"
#include "base/sensitive.hpp"
#include "decide/diff.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::decide {

namespace {

using model::config_value;
using model::key_change;

bool is_own_key(std::string_view key) {
    return key == "name" || key.starts_with(model::own_key_prefix);
}

// Masked or not, is the observed value ours? Where that cannot be known, it is taken as ours: an adopted
// connector carries no hash, and writing on a guess would restart its tasks for nothing.
bool holds(
    const std::string& connector,
    const std::string& key,
    const config_value& wanted,
    const std::string& found,
    const secret_matches& secrets
) {
    if (!is_masked(found)) return model::reveal(wanted) == found;
    const auto match = secrets.find({connector, key});
    return match == secrets.end() || match->second;
}

key_change changed_to(const std::string& key, const config_value& wanted, const std::string* found) {
    key_change c{key, {}, {}, model::must_be_hidden(key, wanted)};
    if (c.is_secret) return c;
    c.after = without_embedded_secrets(model::reveal(wanted));
    if (found != nullptr) c.before = without_embedded_secrets(*found);
    return c;
}

key_change removed(const std::string& key, const std::string& found) {
    key_change c{key, {}, {}, model::must_be_hidden(key, found)};
    if (!c.is_secret) c.before = without_embedded_secrets(found);
    return c;
}

// What was written as a secret stays one when the file no longer says so: Connect has its value in clear.
void hide_former_secrets(
    const std::map<std::string, std::string>& observed, std::vector<key_change>& changes
) {
    if (changes.empty()) return;
    const auto secrets = keys_written_as_secrets(observed);
    for (auto& c : changes)
        if (!c.is_secret && secrets.contains(c.key)) c = {c.key, {}, {}, true};
}

} // namespace

bool is_secret_key(std::string_view key) {
    return may_hold_secret(key);
}

std::set<std::string> keys_written_as_secrets(const std::map<std::string, std::string>& observed) {
    const auto record = observed.find(std::string(model::secrets_key));
    if (record == observed.end()) return {};
    boost::system::error_code ec;
    const auto parsed = boost::json::parse(record->second, ec);
    std::set<std::string> keys;
    if (const auto* hashes = ec ? nullptr : parsed.if_object())
        for (const auto& [key, hash] : *hashes) keys.emplace(key);
    return keys;
}

std::vector<key_change> config_changes(
    const model::desired_connector& connector,
    const std::map<std::string, std::string>& observed,
    const secret_matches& secrets
) {
    std::vector<key_change> changes;
    for (const auto& [key, wanted] : connector.config) {
        if (is_own_key(key)) continue;
        const auto found = observed.find(key);
        if (found == observed.end())
            changes.push_back(changed_to(key, wanted, nullptr));
        else if (!holds(connector.name, key, wanted, found->second, secrets))
            changes.push_back(changed_to(key, wanted, &found->second));
    }
    for (const auto& [key, found] : observed)
        if (!is_own_key(key) && !connector.config.contains(key)) changes.push_back(removed(key, found));
    hide_former_secrets(observed, changes);
    std::ranges::sort(changes, {}, &key_change::key);
    return changes;
}

std::string digest(const model::desired_connector& connector) {
    std::string text = connector.name + '\n' + std::string(model::to_string(connector.state)) + '\n';
    for (const auto& [key, value] : connector.config) {
        if (is_own_key(key)) continue;
        const bool hidden = model::must_be_hidden(key, value);
        text += key + '=' +
                (hidden ? std::string(secret_mask) : without_embedded_secrets(model::reveal(value))) + '\n';
    }
    return sha256_hex(text);
}

std::string digest(const model::desired_topic& topic) {
    auto text = fmt::format(
        "{}\n{}\n", topic.name, topic.written_partitions ? std::to_string(*topic.written_partitions) : ""
    );
    for (const auto& [key, value] : topic.written_config) text += fmt::format("{}={}\n", key, value);
    return sha256_hex(text);
}

} // namespace sluice::decide
