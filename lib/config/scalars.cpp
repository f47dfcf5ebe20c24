#include "config/scalars.hpp"

#include "base/units.hpp"
#include "config/secret_file.hpp"
#include "config/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

namespace sluice::config {

namespace {

bool is_environment_name(std::string_view name) {
    const auto allowed = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
           std::ranges::all_of(name, allowed);
}

/// Offline: what is written stands for the value, so that two files can be compared.
scalar stand_in(const node& n, std::string text, std::string shown) {
    return {std::move(text), true, true, std::move(shown), n.at, true};
}

std::optional<scalar> from_environment(decoding& d, const node& n) {
    if (!is_environment_name(n.text)) {
        d.out.error(
            n.at, "!env wants the name of an environment variable: letters, digits and _, no digit first"
        );
        return std::nullopt;
    }
    auto value = d.around.environment(n.text);
    if (!value && d.around.offline) return stand_in(n, '$' + n.text, fmt::format("`!env {}`", n.text));
    if (!value) {
        d.out.error(
            n.at,
            fmt::format("the environment variable `{}` is not set; set it where Sluice is started", n.text)
        );
        return std::nullopt;
    }
    if (!is_plain_text(*value)) {
        d.out.error(n.at, fmt::format("the environment variable `{}` is not UTF-8 text", n.text));
        return std::nullopt;
    }
    return scalar{
        *std::move(value), true, true, fmt::format("the value of the environment variable `{}`", n.text), n.at
    };
}

std::optional<scalar> from_file(decoding& d, const node& n) {
    if (n.text.empty()) {
        d.out.error(n.at, "!file wants the path of a file");
        return std::nullopt;
    }
    const auto path = (std::filesystem::path(d.directory) / n.text).lexically_normal().string();
    auto known = d.around.known_secret_file ? d.around.known_secret_file(path) : std::nullopt;
    if (!known) {
        auto read = read_secret_file(path);
        if (!read && d.around.instead_of_secret_file)
            return scalar{
                *d.around.instead_of_secret_file, true, true, fmt::format("the file `{}`", path), n.at
            };
        if (!read && d.around.offline)
            return stand_in(n, "$file:" + n.text, fmt::format("`!file {}`", n.text));
        if (!read) {
            d.out.error(n.at, read.error().detail);
            return std::nullopt;
        }
        if (read->readable_by_others)
            d.out.warning(n.at, fmt::format("the file `{}` can be read by others; `chmod 600` it", path));
        known = std::move(read->bytes);
    }
    d.out.learn_file(path, *known);
    return scalar{*std::move(known), true, true, fmt::format("the content of the file `{}`", path), n.at};
}

/// A number or duration may come from !env, and then has no quotes of its own.
bool is_quoted_literal(const scalar& s) {
    return s.quoted && !s.external;
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
    std::int64_t number = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, ec] = std::from_chars(text.data(), end, number);
    const auto digits = text.starts_with('-') ? text.substr(1) : text;
    const bool leading_zero = digits.size() > 1 && digits.front() == '0';
    if (ec != std::errc{} || stopped != end || leading_zero) return std::nullopt;
    return number;
}

bool is_bare_number(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

} // namespace

std::string_view predicate_of(node_kind kind) {
    switch (kind) {
    case node_kind::list: return "is a list";
    case node_kind::mapping: return "is a mapping";
    case node_kind::scalar: return "is one value";
    case node_kind::nothing:
    case node_kind::broken: break;
    }
    return "has no value";
}

std::optional<scalar> read_scalar(decoding& d, const node& n, const wanted& w) {
    if (n.kind == node_kind::broken) return std::nullopt;
    if (n.kind != node_kind::scalar) {
        d.out.error(n.at, fmt::format("{} {}; expected {}", w.what, predicate_of(n.kind), w.expected));
        return std::nullopt;
    }
    if (n.tag == node_tag::environment) return from_environment(d, n);
    if (n.tag == node_tag::file) return from_file(d, n);
    return scalar{n.text, n.quoted, false, quote(n.text), n.at};
}

bool is_stand_in(report& out, const scalar& s, const wanted& w) {
    if (s.unknown)
        out.warning(s.at, fmt::format("{}: {} is not known here; its default is taken", w.what, s.shown));
    return s.unknown;
}

std::optional<bool> to_bool(report& out, const scalar& s, const wanted& w) {
    if (is_stand_in(out, s, w)) return std::nullopt;
    if (!is_quoted_literal(s)) {
        if (s.text == "true") return true;
        if (s.text == "false") return false;
    }
    constexpr std::array<std::string_view, 8> yes{"yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE"};
    constexpr std::array<std::string_view, 8> no{"no", "No", "NO", "off", "Off", "OFF", "False", "FALSE"};
    std::string_view hint;
    if (std::ranges::count(yes, s.text) != 0 || s.text == "true")
        hint = "; did you mean true, without quotes?";
    if (std::ranges::count(no, s.text) != 0 || s.text == "false")
        hint = "; did you mean false, without quotes?";
    out.error(s.at, fmt::format("{}: {} is not a boolean; expected true or false{}", w.what, s.shown, hint));
    return std::nullopt;
}

std::optional<std::int64_t>
to_integer(report& out, const scalar& s, const wanted& w, std::int64_t least, std::int64_t most) {
    if (is_stand_in(out, s, w)) return std::nullopt;
    const auto number = parse_integer(s.text);
    if (number && is_quoted_literal(s)) {
        out.error(
            s.at,
            fmt::format("{}: {} in quotes is text; expected a number: remove the quotes", w.what, s.shown)
        );
        return std::nullopt;
    }
    if (number && *number >= least && *number <= most) return number;
    out.error(
        s.at,
        fmt::format(
            "{}: {} is not acceptable; expected a whole number from {} to {}", w.what, s.shown, least, most
        )
    );
    return std::nullopt;
}

std::optional<milliseconds>
to_duration(report& out, const scalar& s, const wanted& w, milliseconds least, milliseconds most) {
    if (is_stand_in(out, s, w)) return std::nullopt;
    const auto duration = parse_duration(s.text);
    if (duration && *duration >= least && *duration <= most) return *duration;
    if (duration) {
        out.error(
            s.at,
            fmt::format(
                "{}: {} is out of range; expected {} to {}",
                w.what,
                s.shown,
                format_duration(least),
                format_duration(most)
            )
        );
    } else if (is_bare_number(s.text)) {
        out.error(
            s.at,
            fmt::format("{}: {} has no unit; expected a duration such as 500ms, 10s or 5m", w.what, s.shown)
        );
    } else {
        out.error(
            s.at,
            fmt::format("{}: {} is not a duration; expected one such as 500ms, 10s or 5m", w.what, s.shown)
        );
    }
    return std::nullopt;
}

std::optional<std::uint64_t>
to_bytes(report& out, const scalar& s, const wanted& w, std::uint64_t least, std::uint64_t most) {
    if (is_stand_in(out, s, w)) return std::nullopt;
    const auto size = parse_bytes(s.text);
    if (size && *size >= least && *size <= most) return *size;
    if (size) {
        out.error(
            s.at,
            fmt::format(
                "{}: {} is out of range; expected {} to {}",
                w.what,
                s.shown,
                format_bytes(least),
                format_bytes(most)
            )
        );
    } else if (is_bare_number(s.text)) {
        out.error(
            s.at, fmt::format("{}: {} has no unit; expected a size such as 512KiB or 64MiB", w.what, s.shown)
        );
    } else {
        out.error(
            s.at, fmt::format("{}: {} is not a size; expected one such as 512KiB or 64MiB", w.what, s.shown)
        );
    }
    return std::nullopt;
}

} // namespace sluice::config
