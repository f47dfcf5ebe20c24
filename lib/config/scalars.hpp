#pragma once
// From a node to one value: text with !env and !file resolved, then strictly typed. YAML's own guesses
// (`no` is false, 012 is ten) are not made.

#include "base/time.hpp"
#include "config/load.hpp"
#include "config/node.hpp"
#include "config/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

/// What reading one file needs throughout.
struct decoding {
    report& out;
    const surroundings& around;
    std::string directory; // of the file, absolute: relative paths start there
};

/// "`port`", "an entry of `tables`": how messages call the value, then what it ought to be.
struct wanted {
    std::string what;
    std::string expected;
};

struct scalar {
    std::string text;
    bool quoted = false;
    bool external = false; // from !env or !file
    std::string shown;     // how messages call the value; never its content when it is external
    place at;
    bool unknown = false; // offline: the text stands for a value that is not here, and keeps to no rule
};

/// "is a list", "is a mapping", "is one value", "has no value".
std::string_view predicate_of(node_kind kind);

/// The text of a scalar; nothing when it is none or cannot be resolved, which is reported.
std::optional<scalar> read_scalar(decoding& d, const node& n, const wanted& w);

/// Whether a text is none to be read, being unknown here; then its default holds, which is told.
bool is_stand_in(report& out, const scalar& s, const wanted& w);

// Each reports what is wrong and then gives nothing.
std::optional<bool> to_bool(report& out, const scalar& s, const wanted& w);
std::optional<std::int64_t>
to_integer(report& out, const scalar& s, const wanted& w, std::int64_t least, std::int64_t most);
std::optional<milliseconds>
to_duration(report& out, const scalar& s, const wanted& w, milliseconds least, milliseconds most);
std::optional<std::uint64_t>
to_bytes(report& out, const scalar& s, const wanted& w, std::uint64_t least, std::uint64_t most);

} // namespace sluice::config
