#include "debezium/holdings.hpp"

#include "debezium/config_text.hpp"
#include "debezium/jdbc_url.hpp"
#include "debezium/kinds.hpp"

#include <boost/regex.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace sluice::debezium {

namespace {

std::string lower_case(std::string text) {
    for (auto& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

std::string value_or(const observed_config& config, const std::string& key, std::string_view otherwise) {
    auto value = observed_value(config, key);
    return value.empty() ? std::string(otherwise) : value;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

template <class Kind>
const Kind* kind_of(std::span<const Kind> kinds, const observed_config& config) {
    const auto written = observed_value(config, "connector.class");
    const auto is_it = [&](const Kind& kind) { return names_class(written, kind.class_name); };
    const auto found = std::ranges::find_if(kinds, is_it);
    return found == kinds.end() ? nullptr : &*found;
}

// --- sources --------------------------------------------------------------------------------------------

/// Connect's name for the class, whether it is written in full or short.
std::string class_of(const observed_config& config) {
    const auto* kind = kind_of(source_kinds(), config);
    return kind != nullptr ? std::string(kind->class_name) : observed_value(config, "connector.class");
}

void add_source(const observed_config& config, std::vector<holding>& held) {
    const auto class_name = class_of(config);
    const auto server = fmt::format(
        "{} {}:{}",
        class_name,
        lower_case(observed_value(config, "database.hostname")),
        value_or(config, "database.port", "5432")
    );
    if (const auto slot = slot_of(config); !slot.empty()) held.push_back({holding_kind::slot, server, slot});
    if (const auto publication = observed_value(config, "publication.name"); !publication.empty()) {
        // Each start sets the tables of a filtered one anew.
        const bool is_sole = observed_value(config, "publication.autocreate.mode") == "filtered";
        const auto database = fmt::format("{}/{}", server, observed_value(config, "database.dbname"));
        held.push_back({holding_kind::publication, database, publication, is_sole});
    }
    if (const auto prefix = observed_value(config, "topic.prefix"); !prefix.empty())
        held.push_back({holding_kind::topic_prefix, class_name, prefix});
}

// --- sinks ----------------------------------------------------------------------------------------------

std::string database_of(const std::string& url) {
    if (const auto parts = parse_jdbc_url(url))
        return fmt::format("{}:{}/{}", lower_case(parts->host), parts->port, parts->database);
    return url.substr(0, url.find('?'));
}

std::string schema_of(const std::string& url) {
    const auto parts = parse_jdbc_url(url);
    if (!parts || !parts->parameters.contains("currentSchema")) return "public";
    return parts->parameters.at("currentSchema");
}

constexpr std::string_view router = "org.apache.kafka.connect.transforms.RegexRouter";

bool leaves_topics_alone(std::string_view transform) {
    constexpr std::string_view of_kafka = "org.apache.kafka.connect.transforms.";
    if (transform == "org.apache.kafka.connect.transforms.TimestampRouter") return false;
    return transform.starts_with(of_kafka) || transform == "io.debezium.transforms.ExtractNewRecordState";
}

struct route {
    boost::regex pattern;
    std::string replacement;
};

/// Throws where Java's pattern is none for Perl.
std::optional<std::vector<route>> routes_of(const observed_config& config) {
    std::vector<route> routes;
    for (const auto& name : split_list(observed_value(config, "transforms"))) {
        const auto key = [&name](std::string_view what) {
            return fmt::format("transforms.{}.{}", name, what);
        };
        const auto type = observed_value(config, key("type"));
        if (type == router && observed_value(config, key("predicate")).empty())
            routes.push_back(
                {boost::regex(observed_value(config, key("regex"))),
                 observed_value(config, key("replacement"))}
            );
        else if (type == router || !leaves_topics_alone(type))
            return std::nullopt;
    }
    return routes;
}

std::string routed(std::string topic, const std::vector<route>& routes) {
    for (const auto& [pattern, replacement] : routes) {
        boost::smatch parts;
        if (boost::regex_match(topic, parts, pattern)) topic = parts.format(replacement);
    }
    return topic;
}

/// Debezium's own naming strategy, with a format that only the topic's name fills in; else absent.
std::optional<std::string> name_format_of(const observed_config& config) {
    constexpr std::array own_ways{
        "table.naming.strategy", "collection.naming.strategy", "collection.table.format"
    };
    const auto is_written = [&](const char* key) { return config.contains(key); };
    if (std::ranges::any_of(own_ways, is_written)) return std::nullopt;
    auto format =
        value_or(config, "collection.name.format", value_or(config, "table.name.format", "${topic}"));
    auto rest = format;
    replace_all(rest, "${topic}", "");
    return rest.find("${") == std::string::npos ? std::optional(format) : std::nullopt;
}

std::optional<std::vector<std::string>>
tables_by_name(const observed_config& config, const std::vector<std::string>& topics) {
    const auto format = name_format_of(config);
    const auto routes = routes_of(config);
    if (!format || !routes || kind_of(sink_kinds(), config) == nullptr) return std::nullopt;
    const auto schema = schema_of(observed_value(config, "connection.url"));
    std::vector<std::string> tables;
    for (const auto& topic : topics) {
        auto name = routed(topic, *routes);
        std::ranges::replace(name, '.', '_');
        auto table = *format;
        replace_all(table, "${topic}", name);
        const bool has_schema = table.find('.') != std::string::npos;
        // Without quotes PostgreSQL does not tell the cases apart.
        tables.push_back(lower_case(has_schema ? table : fmt::format("{}.{}", schema, table)));
    }
    return tables;
}

/// Absent: it cannot be told to which tables they go.
std::optional<std::vector<std::string>>
tables_of(const observed_config& config, const std::vector<std::string>& topics) {
    try {
        return tables_by_name(config, topics);
    } catch (const std::exception&) {
        return std::nullopt; // a pattern that is not understood, or too dear to match
    }
}

void add_sink(const observed_config& config, std::vector<holding>& held) {
    const auto dead_letters = observed_value(config, "errors.deadletterqueue.topic.name");
    if (!dead_letters.empty()) held.push_back({holding_kind::dead_letter_topic, {}, dead_letters});
    const auto url = observed_value(config, "connection.url");
    if (url.empty()) return;
    const auto database = database_of(url);
    const auto topics = split_list(observed_value(config, "topics"));
    const auto tables = tables_of(config, topics);
    if (tables)
        for (const auto& table : *tables) held.push_back({holding_kind::table, database, table});
    for (const auto& topic : topics) held.push_back({holding_kind::topic, database, topic, !tables});
    const auto pattern = observed_value(config, "topics.regex");
    if (!pattern.empty()) held.push_back({holding_kind::topic_pattern, database, pattern});
}

} // namespace

std::vector<holding> holdings_of(const observed_config& config) {
    std::vector<holding> held;
    add_source(config, held);
    add_sink(config, held);
    std::ranges::sort(held);
    const auto same = std::ranges::unique(held);
    held.erase(same.begin(), same.end());
    return held;
}

bool reads_topic(const std::string& pattern, const std::string& topic) {
    try {
        return boost::regex_match(topic, boost::regex(pattern));
    } catch (const std::exception&) {
        return false;
    }
}

} // namespace sluice::debezium
