#include "config/properties.hpp"

#include "base/sensitive.hpp"
#include "config/literal_secret.hpp"

#include <fmt/format.h>

namespace sluice::config {

namespace {

std::optional<scalar> read_property(decoding& d, const node& entry, key_veto veto) {
    if (entry.key.empty()) {
        d.out.key_error(entry.key_at, "an empty key; expected the name of a property");
        return std::nullopt;
    }
    if (const auto reason = veto(entry.key)) {
        d.out.key_error(entry.key_at, *reason);
        return std::nullopt;
    }
    const wanted one_value{
        quote_key(entry.key), "one value (properties are flat: write `a.b: 1`; an empty text is \"\")"
    };
    return read_scalar(d, entry, one_value);
}

/// A text with "${provider:…}" in it is filled in by Connect: the secret is not here.
bool has_reference(std::string_view text) {
    const auto begin = text.find("${");
    if (begin == std::string_view::npos) return false;
    const auto end = text.find('}', begin);
    return end != std::string_view::npos &&
           text.substr(begin, end - begin).find(':') != std::string_view::npos;
}

} // namespace

void read_properties(decoding& d, const setting& from, key_veto veto, model::config_map& to) {
    for (const auto& entry : from.entries()) {
        auto s = read_property(d, entry, veto);
        if (!s) continue;
        const bool is_literal_secret =
            !s->external && is_sensitive_key(entry.key) && !s->text.empty() && !has_reference(s->text);
        if (is_literal_secret) {
            const auto what = fmt::format(
                "`{}` is written out in the file; `!env NAME` or `!file PATH` keeps it elsewhere{}",
                entry.key,
                hint_on_literal_secret(s->text)
            );
            d.out.warning(s->at, what);
        }
        if (!s->external && !is_literal_secret) {
            to[entry.key] = std::move(s->text);
            continue;
        }
        const secret value(std::move(s->text));
        d.out.learn(value);
        to[entry.key] = value;
    }
}

void read_properties(
    decoding& d, const setting& from, key_veto veto, std::map<std::string, std::string>& to
) {
    for (const auto& entry : from.entries()) {
        if (auto s = read_property(d, entry, veto)) to[entry.key] = std::move(s->text);
    }
}

void read_omitted(decoding& d, const setting& from, std::vector<std::string>& to) {
    for (const auto& entry : from.any_items("errors.max.retries")) {
        const wanted w{"an entry of `omit`", "the name of a property"};
        auto s = read_scalar(d, entry, w);
        if (!s || !obeys(d.out, *s, rules::any_text, w.what)) continue;
        const bool is_needed = s->text == "connector.class" || s->text == "topic.prefix";
        if (is_needed)
            d.out.error(s->at, fmt::format("`omit`: no connector works without {}", s->shown));
        else
            to.push_back(std::move(s->text));
    }
}

std::optional<std::string> veto_of_connector(std::string_view key) {
    if (key == "name") return "`name` is not set here: the entry's key or `connector:` names the connector";
    if (key.starts_with("sluice."))
        return fmt::format(
            "{} is not set here: keys beginning with `sluice.` are Sluice's own", quote_key(key)
        );
    return std::nullopt;
}

place place_of_property(const setting& config, std::string_view key) {
    const auto* const entry = config.given() ? config.value()->find(key) : nullptr;
    return entry != nullptr ? entry->at : config.at();
}

std::string property(const model::config_map& config, const std::string& key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string{} : model::reveal(found->second);
}

} // namespace sluice::config
