// A JDBC sink's config, read back into the keys that the file has for it.
#include "debezium/config_text.hpp"
#include "debezium/jdbc_sink.hpp"

#include <charconv>

namespace sluice::debezium {

namespace {

/// "jdbc:postgresql://host:port/database?…": the address alone; the rest of the URL stays a property.
bool read_url(std::string_view url, model::database& to) {
    constexpr std::string_view scheme = "jdbc:postgresql://";
    if (!url.starts_with(scheme)) return false;
    url.remove_prefix(scheme.size());
    const auto slash = url.find('/');
    if (slash == std::string_view::npos) return false;
    auto server = url.substr(0, slash);
    const auto colon = server.rfind(':');
    const auto bracket = server.rfind(']');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    if (has_port) {
        const auto digits = server.substr(colon + 1);
        const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), to.port);
        if (ec != std::errc{} || end != digits.data() + digits.size() || to.port == 0) return false;
        server = server.substr(0, colon);
    }
    if (server.starts_with('[') && server.ends_with(']')) server = server.substr(1, server.size() - 2);
    auto name = url.substr(slash + 1);
    name = name.substr(0, name.find_first_of("?&"));
    to.host = server;
    to.name = name;
    return !to.host.empty() && !to.name.empty();
}

model::write_mode write_of(const observed_config& config) {
    const auto mode = observed_value(config, "insert.mode");
    if (mode == "upsert") return model::write_mode::upsert;
    return mode == "update" ? model::write_mode::update : model::write_mode::insert;
}

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// "$1_$2" → "{schema}_{table}"; empty where it is no such pattern.
std::string table_pattern(std::string_view replacement) {
    std::string pattern;
    for (std::size_t i = 0; i < replacement.size(); ++i) {
        const auto rest = replacement.substr(i);
        if (rest.starts_with("$1") || rest.starts_with("$2")) {
            pattern += rest[1] == '1' ? "{schema}" : "{table}";
            ++i;
        } else if (!is_plain(rest.front())) {
            return {};
        } else {
            pattern += rest.front();
        }
    }
    return pattern;
}

} // namespace

std::optional<model::sink> recognise_jdbc(const observed_config& config) {
    model::sink sink;
    const bool is_known = read_url(observed_value(config, "connection.url"), sink.db);
    sink.db.user = observed_value(config, "connection.username");
    sink.db.password = declared_value("connection.password", observed_value(config, "connection.password"));
    if (!is_known || sink.db.user.empty() || model::reveal(sink.db.password).empty()) return std::nullopt;
    sink.write = write_of(config);
    sink.delete_rows = observed_value(config, "delete.enabled") == "true";
    sink.evolution = observed_value(config, "schema.evolution") == "basic" ? model::schema_evolution::basic
                                                                           : model::schema_evolution::none;
    if (observed_value(config, "transforms") == "unwrap,route")
        sink.table_name = table_pattern(observed_value(config, "transforms.route.replacement"));
    if (observed_value(config, "errors.tolerance") == "all")
        sink.dead_letter_topic = observed_value(config, "errors.deadletterqueue.topic.name");
    return sink;
}

} // namespace sluice::debezium
