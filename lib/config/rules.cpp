#include "config/rules.hpp"

#include "debezium/names.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::config {

namespace {

constexpr std::size_t longest_identifier = 63; // PostgreSQL
constexpr std::size_t longest_topic = 249;     // Kafka
constexpr std::size_t longest_host = 253;      // DNS

bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}
bool is_non_ascii(char c) {
    return (static_cast<unsigned char>(c) & 0x80U) != 0;
}
bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

bool is_any_text(std::string_view text) {
    return !text.empty() && std::ranges::none_of(text, is_control);
}

bool is_name(std::string_view text) {
    const auto allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '-'; };
    return !text.empty() && text.size() <= 63 && is_lower(text.front()) && std::ranges::all_of(text, allowed);
}

bool is_connector_name(std::string_view text) {
    const bool has_edge = text.starts_with(' ') || text.ends_with(' ');
    return is_any_text(text) && !has_edge && text.size() <= longest_topic;
}

bool is_slot(std::string_view text) {
    const auto allowed = [](char c) { return is_lower(c) || is_digit(c) || c == '_'; };
    return !text.empty() && text.size() <= longest_identifier && std::ranges::all_of(text, allowed);
}

bool is_publication(std::string_view text) {
    const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
    return !text.empty() && text.size() <= longest_identifier && !is_digit(text.front()) &&
           std::ranges::all_of(text, allowed);
}

bool is_host(std::string_view text) {
    if (is_ip_literal(text)) return true;
    const auto allowed = [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    };
    return !text.empty() && text.size() <= longest_host && text.front() != '-' && text.front() != '.' &&
           std::ranges::all_of(text, allowed);
}

bool is_topic_character(char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
}

bool is_topic(std::string_view text) {
    return !text.empty() && text.size() <= longest_topic && text != "." && text != ".." &&
           std::ranges::all_of(text, is_topic_character);
}

bool is_topic_prefix(std::string_view text) {
    return is_topic(text) && is_topic(debezium::heartbeat_topic(text));
}

/// The pattern becomes a topic's name on its way to the sink, and a dot in it an underscore: hence no dot.
bool is_table_pattern(std::string_view text) {
    if (text.empty()) return false;
    while (!text.empty()) {
        if (text.starts_with("{schema}"))
            text.remove_prefix(std::string_view("{schema}").size());
        else if (text.starts_with("{table}"))
            text.remove_prefix(std::string_view("{table}").size());
        else if (is_topic_character(text.front()) && text.front() != '.')
            text.remove_prefix(1);
        else
            return false;
    }
    return true;
}

bool is_bootstrap(std::string_view text) {
    for (;;) {
        const auto comma = text.find(',');
        const auto server = parse_endpoint(text.substr(0, comma));
        if (!server || server->port == 0) return false;
        if (comma == std::string_view::npos) return true;
        text.remove_prefix(comma + 1);
    }
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto* const end = text.data() + text.size();
    const auto [stopped, ec] = std::from_chars(text.data(), end, port);
    const bool leading_zero = text.size() > 1 && text.front() == '0';
    if (ec != std::errc{} || stopped != end || leading_zero) return std::nullopt;
    return port;
}

} // namespace

namespace rules {
constexpr rule any_text{"plain text", "text without control characters", is_any_text};
constexpr rule name{"a name", "a lower-case letter, then at most 62 of a-z, 0-9 and -", is_name};
constexpr rule connector_name{
    "a name for a connector", "at most 249 bytes without control characters", is_connector_name
};
constexpr rule slot{
    "a name for a replication slot", "at most 63 of a-z, 0-9 and _ (PostgreSQL's rule)", is_slot
};
constexpr rule publication{
    "a name for a publication", "at most 63 letters, digits and _, no digit first", is_publication
};
constexpr rule host{"a host", "a name or an IP address, without a port", is_host};
constexpr rule topic{
    "a name for a topic", "at most 249 letters, digits, `.`, `_` and `-` (Kafka's rule)", is_topic
};
constexpr rule topic_prefix{
    "a topic prefix", "letters, digits, `.`, `_` and `-`, at most 228", is_topic_prefix
};
constexpr rule table_pattern{
    "a pattern for table names",
    "{schema}, {table}, letters, digits, `_` and `-` (the sink turns dots into `_`)",
    is_table_pattern
};
constexpr rule bootstrap_servers{
    "a list of servers", "HOST:PORT, several with commas and without blanks", is_bootstrap
};
} // namespace rules

bool is_ip_literal(std::string_view text) {
    const std::string terminated(text);
    in6_addr address{};
    return inet_pton(AF_INET, terminated.c_str(), &address) == 1 ||
           inet_pton(AF_INET6, terminated.c_str(), &address) == 1;
}

std::optional<endpoint> parse_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port = parse_port(text.substr(colon + 1));
    const bool brackets = host.starts_with('[') && host.ends_with(']');
    if (brackets) host = host.substr(1, host.size() - 2);
    const bool is_ipv6 = host.find(':') != std::string_view::npos;
    if (!port || brackets != is_ipv6 || !is_host(host)) return std::nullopt;
    return endpoint{std::string(host), *port};
}

std::optional<std::string_view> flaw_of_url(std::string_view url) {
    const bool is_http = url.starts_with("http://");
    if (!is_http && !url.starts_with("https://")) return "begins with neither http:// nor https://";
    url.remove_prefix(url.find("//") + 2);
    if (url.find('@') != std::string_view::npos)
        return "has a user in it; write `username:` and `password:` beside it";
    if (url.find_first_of("?#") != std::string_view::npos) return "has a query or fragment";
    if (url.find('/') != std::string_view::npos) return "has a path";
    const bool ends_with_port = url.rfind(':') != std::string_view::npos && !url.ends_with(']');
    const auto server = parse_endpoint(ends_with_port ? std::string(url) : std::string(url) + ":80");
    if (!server || server->port == 0) return "has no sound HOST or HOST:PORT";
    return std::nullopt;
}

table_or_flaw parse_table(std::string_view text) {
    const auto is_plain = [](char c) {
        return is_letter(c) || is_digit(c) || is_non_ascii(c) || c == '_' || c == '-' || c == '$';
    };
    const auto is_plain_or_dot = [&](char c) { return is_plain(c) || c == '.'; };
    if (!std::ranges::all_of(text, is_plain_or_dot))
        return {{}, "is a regular expression or a quoted name; write out each table as schema.table"};
    const auto dot = text.find('.');
    if (dot == std::string_view::npos)
        return {{}, "has no schema; write schema.table, such as public.orders"};
    const auto schema = text.substr(0, dot);
    const auto table = text.substr(dot + 1);
    if (table.find('.') != std::string_view::npos)
        return {{}, "has more than one dot; write schema.table, without the database"};
    if (schema.empty() || table.empty()) return {{}, "has an empty part; write schema.table"};
    if (std::max(schema.size(), table.size()) > longest_identifier)
        return {{}, "is longer than PostgreSQL allows (63 bytes a part)"};
    return {{std::string(schema), std::string(table)}, {}};
}

} // namespace sluice::config
