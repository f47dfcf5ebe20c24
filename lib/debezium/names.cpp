#include "debezium/names.hpp"

#include "base/digest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace sluice::debezium {

namespace {

constexpr std::size_t longest_identifier = 63; // PostgreSQL cuts or refuses longer names
constexpr std::size_t kept_of_longer = 54;
constexpr std::size_t longest_topic = 249; // TopicNamingStrategy.MAX_NAME_LENGTH

constexpr bool is_allowed_in_topic(unsigned char c) {
    return c == '.' || c == '_' || c == '-' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c >= '0' && c <= '9');
}

/// How many UTF-16 units the character takes that begins (or goes on) with this byte of UTF-8: Debezium
/// replaces unit by unit, so "é" becomes one underscore and an emoji two.
constexpr std::size_t utf16_units(unsigned char byte) {
    const bool continues = (byte & 0xC0U) == 0x80U;
    if (continues) return 0;
    return byte >= 0xF0U ? 2 : 1;
}

/// AbstractTopicNamingStrategy.sanitizedTopicName
std::string sanitized(std::string_view name) {
    std::string clean;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_allowed_in_topic(byte))
            clean += c;
        else
            clean.append(utf16_units(byte), '_');
    }
    clean.resize(std::min(clean.size(), longest_topic));
    return clean;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

} // namespace

std::string source_connector_name(std::string_view pipeline) {
    return fmt::format("{}-source", pipeline);
}

std::string sink_connector_name(std::string_view pipeline, std::string_view sink) {
    return fmt::format("{}-{}", pipeline, sink);
}

std::string slot_name(std::string_view instance, std::string_view pipeline) {
    auto name = fmt::format("{}_{}", instance, pipeline);
    std::replace(name.begin(), name.end(), '-', '_');
    if (name.size() <= longest_identifier) return name;
    return name.substr(0, kept_of_longer) + '_' + sha256_hex(name).substr(0, 8);
}

std::string
table_topic(std::string_view topic_prefix, const model::table_name& table, std::string_view delimiter) {
    return sanitized(fmt::format("{0}{3}{1}{3}{2}", topic_prefix, table.schema, table.table, delimiter));
}

std::string heartbeat_topic(std::string_view topic_prefix) {
    return fmt::format("__debezium-heartbeat.{}", topic_prefix);
}

std::string
sink_table(std::string_view pattern, std::string_view topic_prefix, const model::table_name& table) {
    const auto topic = table_topic(topic_prefix, table);
    auto name = topic;
    if (!pattern.empty()) {
        // The sink knows the topic's name alone and takes it apart again: what follows the prefix, up to
        // the first dot, is the schema.
        const auto rest = std::string_view(topic).substr(std::min(topic.size(), topic_prefix.size() + 1));
        const auto dot = std::min(rest.find('.'), rest.size());
        name = pattern;
        replace_all(name, "{schema}", rest.substr(0, dot));
        replace_all(name, "{table}", rest.substr(std::min(rest.size(), dot + 1)));
    }
    std::replace(name.begin(), name.end(), '.', '_'); // the sink's own naming strategy
    return name;
}

} // namespace sluice::debezium
