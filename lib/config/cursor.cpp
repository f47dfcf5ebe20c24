#include "config/cursor.hpp"

#include "base/nearest.hpp"
#include "config/literal_secret.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

namespace sluice::config {

namespace {

std::optional<std::string> meant_by(std::string_view word, std::span<const std::string> candidates) {
    constexpr std::size_t longest = 64; // beyond it nobody mistyped, and comparing costs
    if (word.size() > longest) return std::nullopt;
    return nearest(word, candidates);
}

bool contains(std::span<const std::string_view> words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// Where else a key that this section does not know would be right.
std::string home_of(std::string_view key) {
    for (const auto* other : all_sections()) {
        if (contains(other->keys, key)) return fmt::format("; it belongs in {}", other->name);
    }
    return {};
}

std::string
complaint_about_key(std::string_view key, const section& known, const std::optional<std::string>& meant) {
    if (contains(known.announced, key))
        return fmt::format("{} is not supported by this version of Sluice; remove it", quote_key(key));
    const auto unknown = fmt::format("unknown key {} in {}", quote_key(key), known.name);
    if (known.has_config && key.find('.') != std::string_view::npos)
        return unknown + "; properties of the connector go under `config:`";
    const auto hint = meant ? fmt::format("; did you mean `{}`?", *meant) : home_of(key);
    return fmt::format("{}; expected one of {}{}", unknown, fmt::join(known.keys, ", "), hint);
}

} // namespace

mapping::mapping(decoding& d, const node& self, const section& known) : d_(&d), self_(&self) {
    const std::vector<std::string> names(known.keys.begin(), known.keys.end());
    for (const auto& child : self.children) {
        if (contains(known.keys, child.key)) continue;
        const auto meant = meant_by(child.key, names);
        if (meant) misspelt_.push_back(*meant);
        d.out.key_error(child.key_at, complaint_about_key(child.key, known, meant));
    }
}

setting mapping::operator[](std::string_view key) const {
    const bool misspelt = std::ranges::find(misspelt_, key) != misspelt_.end();
    return {*d_, *self_, key, misspelt};
}

std::optional<mapping> open_section(decoding& d, const node& n, const section& known) {
    if (n.kind == node_kind::mapping) return mapping(d, n, known);
    if (n.kind != node_kind::broken)
        d.out.error(
            n.at,
            fmt::format(
                "{} {}; expected a mapping of keys and values", quote_key(n.key), predicate_of(n.kind)
            )
        );
    return std::nullopt;
}

void check_name(report& out, const node& entry) {
    const auto& must = rules::name;
    if (must.holds(entry.key)) return;
    out.key_error(
        entry.key_at, fmt::format("{} is not {}; expected {}", quote_key(entry.key), must.noun, must.expected)
    );
}

bool obeys(report& out, const scalar& s, const rule& must, std::string_view what) {
    if (s.unknown || must.holds(s.text)) return true;
    if (s.text.empty())
        out.error(s.at, fmt::format("{} is empty; expected {}", what, must.expected));
    else
        out.error(
            s.at, fmt::format("{}: {} is not {}; expected {}", what, s.shown, must.noun, must.expected)
        );
    return false;
}

bool setting::is_missing() const {
    return !given() && !misspelt_ && !parent_->incomplete;
}

bool setting::is_refused() const {
    return given() && d_->out.has_error_at(value_->at);
}

const setting& setting::required() const {
    if (!is_missing()) return *this;
    const auto where = parent_->key.empty() ? std::string{} : fmt::format(" in {}", quote_key(parent_->key));
    d_->out.error(parent_->key_at, fmt::format("`{}` is missing{}", key_, where));
    return *this;
}

wanted setting::want(std::string expected) const {
    return {fmt::format("`{}`", key_), std::move(expected)};
}

std::optional<scalar> setting::text(std::string expected) const {
    if (!given()) return std::nullopt;
    return read_scalar(*d_, *value_, want(std::move(expected)));
}

void setting::read(std::string& to, const rule& must) const {
    auto s = text(std::string(must.expected));
    if (s && obeys(d_->out, *s, must, want({}).what)) to = std::move(s->text);
}

void setting::read(bool& to) const {
    const auto s = text("true or false");
    if (!s) return;
    if (const auto value = to_bool(d_->out, *s, want({}))) to = *value;
}

void setting::read(milliseconds& to, milliseconds least, milliseconds most) const {
    const auto s = text("a duration such as 10s");
    if (!s) return;
    if (const auto value = to_duration(d_->out, *s, want({}), least, most)) to = *value;
}

void setting::read_bytes(std::uint64_t& to, std::uint64_t least, std::uint64_t most) const {
    const auto s = text("a size such as 64MiB");
    if (!s) return;
    if (const auto value = to_bytes(d_->out, *s, want({}), least, most)) to = *value;
}

std::optional<std::int64_t> setting::integer(std::int64_t least, std::int64_t most) const {
    const auto s = text("a whole number");
    if (!s) return std::nullopt;
    return to_integer(d_->out, *s, want({}), least, most);
}

std::optional<std::size_t>
setting::chosen(std::span<const std::string> words, std::string_view remark) const {
    const auto expected = fmt::format("{}", fmt::join(words, " | "));
    const auto s = text(expected);
    if (!s || is_stand_in(d_->out, *s, want({}))) return std::nullopt;
    const auto found = std::ranges::find(words, s->text);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    const bool can_guess = !s->external && words.size() > 1;
    const auto meant = can_guess ? meant_by(s->text, words) : std::nullopt;
    const auto hint = meant ? fmt::format("; did you mean `{}`?", *meant) : std::string{};
    d_->out.error(
        s->at, fmt::format("`{}`: {} is not known; expected {}{}{}", key_, s->shown, expected, remark, hint)
    );
    return std::nullopt;
}

void setting::choose(std::string& to, std::span<const std::string_view> among, std::string_view remark)
    const {
    const std::vector<std::string> words(among.begin(), among.end());
    if (const auto index = chosen(words, remark)) to = words[*index];
}

void setting::read_password(model::config_value& to) const {
    auto s = text("!env NAME, !file PATH or a text");
    if (!s) return;
    if (s->text.empty()) {
        d_->out.error(s->at, fmt::format("`{}` is empty; expected !env NAME, !file PATH or a text", key_));
        return;
    }
    if (!s->external && model::is_provider_reference(s->text)) {
        to = std::move(s->text);
        return;
    }
    if (!s->external) {
        d_->out.warning(
            s->at,
            fmt::format(
                "`{}` is written out in the file; `!env NAME` or `!file PATH` keeps it elsewhere{}",
                key_,
                hint_on_literal_secret(s->text)
            )
        );
    }
    const secret value(std::move(s->text));
    d_->out.learn(value);
    to = value;
}

void setting::read_path(std::string& to) const {
    std::string path;
    read(path, rules::any_text);
    if (path.starts_with('~')) {
        d_->out.error(at(), fmt::format("`{}`: `~` is not expanded; write the path out", key_));
        return;
    }
    if (!path.empty()) to = (std::filesystem::path(d_->directory) / path).lexically_normal().string();
}

std::optional<mapping> setting::as_section(const section& known) const {
    if (!given()) return std::nullopt;
    return open_section(*d_, *value_, known);
}

std::span<const node> setting::children(node_kind kind, std::string_view expected) const {
    if (!given() || value_->kind == node_kind::broken) return {};
    if (value_->kind == kind) return value_->children;
    d_->out.error(
        value_->at, fmt::format("`{}` {}; expected {}", key_, predicate_of(value_->kind), expected)
    );
    return {};
}

std::span<const node> setting::any_items(std::string_view example) const {
    return children(node_kind::list, fmt::format("a list such as [{}]", example));
}

std::span<const node> setting::items(std::string_view example) const {
    const auto found = any_items(example);
    const bool is_empty_list = given() && value_->kind == node_kind::list && found.empty();
    if (is_empty_list)
        d_->out.error(
            value_->at, fmt::format("`{}` is empty; expected at least one, such as {}", key_, example)
        );
    return found;
}

std::span<const node> setting::entries() const {
    return children(node_kind::mapping, "a mapping (an empty one is written {})");
}

} // namespace sluice::config
