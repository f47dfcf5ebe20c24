#pragma once
// What a connector has for itself alone, as far as its config tells: a source its slot, its publication and
// the prefix of its topics, a sink the tables that it writes and its dead letter topic. Two connectors on one
// of these spoil each other's work, and both look healthy. Pure.

#include "debezium/observed_config.hpp"

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace sluice::debezium {

enum class holding_kind : std::uint8_t {
    slot,
    publication,
    topic_prefix,
    table,
    topic, // written into a database
    topic_pattern,
    dead_letter_topic
};

struct holding {
    holding_kind kind = holding_kind::slot;
    std::string where; // the server, the database, …; for comparing, it may hold a login
    std::string name;
    bool is_sole = true; // false: it can be shared with another that does not need it for itself alone

    friend auto operator<=>(const holding&, const holding&) = default;
};

/// In order, each once. What only Connect can resolve (`${file:…}`) stands for itself: the same text is the
/// same thing. Of a sink whose config names its tables in a way that Sluice cannot follow, the topics count.
std::vector<holding> holdings_of(const observed_config& config);

/// Whether a sink with this `topics.regex` reads the topic; false for a pattern that is not understood.
bool reads_topic(const std::string& pattern, const std::string& topic);

} // namespace sluice::debezium
