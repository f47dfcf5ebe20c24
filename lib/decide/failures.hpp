#pragma once
// What a task's stack trace says about the failure: one of a table's kinds, and with it whether a restart can
// help. The table is in failures.cpp; what is done about each class is in heal.hpp.

#include "model/desired.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::decide {

enum class failure_class : std::uint8_t {
    transient,    // passes by itself once what it depends on is back
    needs_change, // somebody has to change something first: a grant, a password, a table, a config
    terminal,     // no restart of this connector as it stands can help, or one would do harm
};
std::string_view to_string(failure_class c);

/// What must work before a restart has a point, as far as Sluice can ask it.
enum class dependency : std::uint8_t { none, database, kafka };

struct failure {
    std::string_view code; // "SINK_DB_LOST"
    failure_class kind = failure_class::needs_change;
    dependency needs = dependency::none;
    std::string_view remedy = {}; // what to do about it, a clause; empty: it passes by itself
};

/// By the deepest cause that the table knows.
failure classify(std::string_view trace, model::connector_role role);

/// The same for failures that differ in numbers alone: process ids, ports, offsets. Sixteen hex digits.
std::string fingerprint(std::string_view trace, model::connector_role role);

} // namespace sluice::decide
