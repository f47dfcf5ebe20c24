#include "control/flight_mask.hpp"

#include "base/digest.hpp"
#include "base/sensitive.hpp"
#include "decide/diff.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace sluice::control {

namespace {

/// A record of secrets that still says which keys they are of, and no hash.
std::string names_only(const std::set<std::string>& keys) {
    boost::json::object record;
    for (const auto& key : keys) record[key] = "";
    return boost::json::serialize(record);
}

/// Everything in a value that is text, each once: what is secret apart from what is plain.
struct texts_of {
    std::set<std::string> plain;
    std::set<std::string> secrets;

    void add(const std::string& text) { plain.insert(text); }
    void add(const model::config_value& v) {
        if (model::is_secret(v))
            secrets.insert(model::reveal(v));
        else
            add(model::reveal(v));
    }
    void add(const model::config_map& config) {
        for (const auto& [key, value] : config) {
            add(key);
            if (model::must_be_hidden(key, value))
                secrets.insert(model::reveal(value));
            else if (without_embedded_secrets(model::reveal(value)) == model::reveal(value))
                add(model::reveal(value));
        }
    }
    template <class T>
    void add(const std::optional<T>& v) {
        if (v) add(*v);
    }
    template <class A, class B>
    void add(const std::pair<A, B>& v) {
        add(v.first);
        add(v.second);
    }
    template <class T>
    void add(const std::vector<T>& all) {
        for (const auto& one : all) add(one);
    }
    template <class T>
    void add(const std::set<T>& all) {
        for (const auto& one : all) add(one);
    }
    template <class K, class V>
    void add(const std::map<K, V>& all) {
        for (const auto& one : all) add(one);
    }
    template <class T>
    void add(const T& v) {
        if constexpr (value_json::with_members<T>)
            value_json::each_member(v, [this](const char*, const auto& member) { add(member); });
    }
};

} // namespace

flight_mask::flight_mask(
    std::shared_ptr<const model::desired> desired, const std::vector<secret>& others, std::string salt
)
    : desired_(std::move(desired))
    , salt_(std::move(salt)) {
    texts_of all;
    all.add(*desired_);
    for (const auto& other : others) all.secrets.insert(other.reveal());
    std::string plain;
    for (const auto& text : all.plain) plain += text + '\n';
    for (const auto& value : all.secrets)
        if (plain.find(value) == std::string::npos) texts_.learn(secret(value));
}

std::string flight_mask::token(std::string_view value) const {
    return "secret-" + sha256_hex(salt_ + std::string(value)).substr(0, 16);
}

void flight_mask::hide(std::string& text) const {
    text = texts_.scrub(text);
}

void flight_mask::hide(model::config_value& value) const {
    if (model::is_secret(value) && !model::reveal(value).empty()) value = secret(token(model::reveal(value)));
}

// The place of an embedded secret keeps its form, so that what is shown of the value stays the same.
std::string flight_mask::plain(std::string_view key, const std::string& value) const {
    if (value.empty() || model::is_provider_reference(value)) return value;
    if (may_hold_secret(key)) return token(value);
    auto shown = without_embedded_secrets(value);
    if (shown != value) {
        const auto same = std::ranges::mismatch(shown, value).in1 - shown.begin();
        const auto at = shown.rfind(secret_mask, static_cast<std::size_t>(same));
        return at == std::string::npos ? token(value) : shown.replace(at, secret_mask.size(), token(value));
    }
    return value;
}

std::string flight_mask::foreign(std::string_view key, const std::string& value) const {
    const auto shown = plain(key, value);
    return shown != value || texts_.scrub(value) == value ? shown : token(value);
}

void flight_mask::hide(model::config_map& config) const {
    for (auto& [key, value] : config) {
        if (model::is_secret(value))
            hide(value);
        else
            value = plain(key, model::reveal(value));
    }
}

void flight_mask::hide(model::observed_connector& connector) const {
    const auto* declared = model::find_connector(*desired_, connector.name);
    const auto as_declared = [&](const std::string& key) -> const model::config_value* {
        if (declared == nullptr) return nullptr;
        const auto found = declared->config.find(key);
        return found == declared->config.end() ? nullptr : &found->second;
    };
    const auto hidden = [&](const std::string& key, const std::string& value) {
        const auto* wanted = as_declared(key);
        if (wanted != nullptr && model::is_secret(*wanted)) return token(value);
        const bool is_ours = wanted != nullptr && model::reveal(*wanted) == value;
        return is_ours ? plain(key, value) : foreign(key, value);
    };
    const auto hide_config = [&](std::map<std::string, std::string>& config) {
        const auto former = decide::keys_written_as_secrets(config);
        for (auto& [key, value] : config) {
            if (value.empty() || is_masked(value)) continue;
            if (key == model::secrets_key) {
                value = names_only(former);
                continue;
            }
            value = former.contains(key) ? token(value) : hidden(key, value);
        }
    };
    value_json::each_member(connector, [&](const char*, auto& member) {
        using type = std::remove_reference_t<decltype(member)>;
        if constexpr (std::same_as<type, std::optional<std::map<std::string, std::string>>>) {
            if (member) hide_config(*member);
        } else {
            hide(member);
        }
    });
}

void flight_mask::hide(model::topic_entry& entry) const {
    if (entry.sensitive && !entry.value.empty())
        entry.value = token(entry.value);
    else
        hide(entry.value);
}

} // namespace sluice::control
