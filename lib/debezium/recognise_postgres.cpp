// A PostgreSQL source's config, read back into the keys that the file has for it.
#include "debezium/config_text.hpp"
#include "debezium/postgres_source.hpp"

#include <algorithm>
#include <array>

namespace sluice::debezium {

namespace {

using namespace std::string_view_literals;

std::optional<model::table_name> table_of(std::string_view entry) {
    const auto name = literal_of(entry);
    if (!name) return std::nullopt;
    const auto dot = name->find('.');
    const bool is_pair = dot != std::string::npos && name->find('.', dot + 1) == std::string::npos;
    if (!is_pair || dot == 0 || dot + 1 == name->size()) return std::nullopt;
    return model::table_name{name->substr(0, dot), name->substr(dot + 1)};
}

std::vector<model::table_name> tables_of(const observed_config& config) {
    std::vector<model::table_name> tables;
    for (const auto& entry : split_list(observed_value(config, "table.include.list"))) {
        auto table = table_of(entry);
        if (table && std::ranges::find(tables, *table) == tables.end()) tables.push_back(std::move(*table));
    }
    return tables;
}

/// A word that the file has for it; anything else goes on as a property.
std::string snapshot_of(const observed_config& config) {
    constexpr std::array words{
        "always"sv,
        "initial_only"sv,
        "no_data"sv,
        "never"sv,
        "when_needed"sv,
        "configuration_based"sv,
        "custom"sv
    };
    const auto mode = observed_value(config, "snapshot.mode");
    return std::ranges::find(words, mode) == words.end() ? "initial" : mode;
}

milliseconds heartbeat_of(const observed_config& config) {
    constexpr long long longest = 24LL * 3'600'000;
    const model::config_map text{{"interval", observed_value(config, "heartbeat.interval.ms")}};
    const auto interval = number(text, "interval").value_or(0);
    return milliseconds(interval > 0 && interval <= longest ? interval : 0);
}

std::string value_or(const observed_config& config, const std::string& key, std::string_view otherwise) {
    const auto value = observed_value(config, key);
    return value.empty() ? std::string(otherwise) : value;
}

} // namespace

std::optional<model::source> recognise_postgres(const observed_config& config) {
    model::source source;
    source.db.host = observed_value(config, "database.hostname");
    source.db.port = observed_port(config, "database.port").value_or(5432);
    source.db.name = observed_value(config, "database.dbname");
    source.db.user = observed_value(config, "database.user");
    source.db.password = declared_value("database.password", observed_value(config, "database.password"));
    source.topic_prefix = observed_value(config, "topic.prefix");
    source.tables = tables_of(config);
    source.snapshot = snapshot_of(config);
    source.heartbeat = heartbeat_of(config);
    source.slot = value_or(config, "slot.name", "debezium");
    source.publication = value_or(config, "publication.name", "dbz_publication");
    source.publication_is_given = true;
    const bool is_whole = !source.db.host.empty() && !source.db.name.empty() && !source.db.user.empty() &&
                          !model::reveal(source.db.password).empty() && !source.topic_prefix.empty();
    return is_whole ? std::optional(source) : std::nullopt;
}

} // namespace sluice::debezium
