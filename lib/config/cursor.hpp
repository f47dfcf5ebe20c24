#pragma once
// How the sections of the file are read: a mapping with its known keys, and under each key a setting that is
// read into the declaration. Whatever is wrong goes into the report; a target then keeps its default, so that
// reading goes on and all errors are told at once.

#include "config/rules.hpp"
#include "config/scalars.hpp"
#include "config/schema.hpp"
#include "model/declared.hpp"

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::config {

class mapping;

template <class E>
using choices = std::span<const std::pair<std::string_view, E>>;

/// The value under one key of a mapping, or its absence.
class setting {
public:
    setting(decoding& d, const node& parent, std::string_view key, bool misspelt)
        : d_(&d)
        , parent_(&parent)
        , key_(key)
        , value_(parent.find(key))
        , misspelt_(misspelt) {}

    [[nodiscard]] bool given() const { return value_ != nullptr; }
    /// Of the value; of the section when it is not given.
    [[nodiscard]] place at() const { return value_ != nullptr ? value_->at : parent_->key_at; }
    [[nodiscard]] const node* value() const { return value_; }

    /// Whether it is not there for certain: no other key was taken for a misspelling of this one, and the
    /// whole section could be read.
    [[nodiscard]] bool is_missing() const;
    /// Whether it is there and was reported as wrong: then its target says nothing of it.
    [[nodiscard]] bool is_refused() const;

    /// Reports that it is missing.
    const setting& required() const;

    void read(std::string& to, const rule& must) const;
    void read(bool& to) const;
    void read(milliseconds& to, milliseconds least, milliseconds most) const;
    void read_bytes(std::uint64_t& to, std::uint64_t least, std::uint64_t most) const;

    template <std::integral T>
    void read(T& to, std::int64_t least, std::int64_t most = std::numeric_limits<T>::max()) const {
        if (const auto number = integer(least, most)) to = static_cast<T>(*number);
    }

    template <std::integral T>
    void
    read(std::optional<T>& to, std::int64_t least, std::int64_t most = std::numeric_limits<T>::max()) const {
        if (const auto number = integer(least, most)) to = static_cast<T>(*number);
    }

    template <class E>
    void choose(E& to, choices<E> among) const {
        std::vector<std::string> words;
        for (const auto& [word, value] : among) words.emplace_back(word);
        if (const auto index = chosen(words)) to = among[*index].second;
    }

    /// A word out of a fixed set. The remark follows in the message when it is none of them.
    void choose(std::string& to, std::span<const std::string_view> among, std::string_view remark = {}) const;

    /// A password: a secret, or plain text for a provider reference. A literal one is warned of.
    void read_password(model::config_value& to) const;

    /// The path of a file or directory, made absolute.
    void read_path(std::string& to) const;

    /// The section below this key; nothing when it is not given or no mapping.
    [[nodiscard]] std::optional<mapping> as_section(const section& known) const;

    /// The entries of a list that needs at least one, or of a mapping with free keys; none when it is not
    /// given. Something else is reported.
    [[nodiscard]] std::span<const node> items(std::string_view example) const;
    /// The same of a list that may be empty.
    [[nodiscard]] std::span<const node> any_items(std::string_view example) const;
    [[nodiscard]] std::span<const node> entries() const;

private:
    [[nodiscard]] wanted want(std::string expected) const;
    [[nodiscard]] std::optional<scalar> text(std::string expected) const;
    [[nodiscard]] std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
    [[nodiscard]] std::optional<std::size_t>
    chosen(std::span<const std::string> words, std::string_view remark = {}) const;
    [[nodiscard]] std::span<const node> children(node_kind kind, std::string_view expected) const;

    decoding* d_;
    const node* parent_;
    std::string_view key_;
    const node* value_;
    bool misspelt_;
};

/// One mapping of the file with the keys of its section. Reports keys it does not know.
class mapping {
public:
    mapping(decoding& d, const node& self, const section& known);

    [[nodiscard]] setting operator[](std::string_view key) const;
    [[nodiscard]] const node& self() const { return *self_; }

private:
    decoding* d_;
    const node* self_;
    std::vector<std::string> misspelt_; // known keys that unknown ones were taken for
};

/// A mapping's node as a section; nothing when it is something else, which is reported.
std::optional<mapping> open_section(decoding& d, const node& n, const section& known);

/// Reports an entry whose key is no name for a pipeline, sink or connector. It is read all the same, for its
/// other errors.
void check_name(report& out, const node& entry);

/// Reports a text that breaks a rule; true when it keeps it.
bool obeys(report& out, const scalar& s, const rule& must, std::string_view what);

} // namespace sluice::config
