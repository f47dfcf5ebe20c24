#pragma once
// The names that Sluice derives. Public contract: an upgrade never changes them (tests/unit/debezium/names).

#include "model/declared.hpp"

#include <string>
#include <string_view>

namespace sluice::debezium {

std::string source_connector_name(std::string_view pipeline);                      // shop-source
std::string sink_connector_name(std::string_view pipeline, std::string_view sink); // shop-warehouse

/// Slot and publication: "<instance>_<pipeline>" with '-' as '_'; beyond 63 bytes the first 54, '_' and
/// 8 hex digits of the SHA-256 of the whole name.
std::string slot_name(std::string_view instance, std::string_view pipeline);

/// "<prefix>.<schema>.<table>", with what Kafka does not allow in a topic's name as '_' and no longer than
/// 249 characters (Debezium's SchemaTopicNamingStrategy; `topic.delimiter` is the dot unless configured).
std::string
table_topic(std::string_view topic_prefix, const model::table_name& table, std::string_view delimiter = ".");
std::string heartbeat_topic(std::string_view topic_prefix); // __debezium-heartbeat.<prefix>

/// The table that a sink writes a table topic to, before any `config:` of its own: the pattern
/// ("{schema}_{table}") filled in, or Debezium's own name for an empty pattern (cdc_public_products).
std::string
sink_table(std::string_view pattern, std::string_view topic_prefix, const model::table_name& table);

} // namespace sluice::debezium
