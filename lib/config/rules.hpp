#pragma once
// What single texts of the file must look like: names, addresses, tables. Pure.

#include "model/declared.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::config {

/// A text is a `noun` when `holds`; else messages say "… is not NOUN; expected EXPECTED".
struct rule {
    std::string_view noun;
    std::string_view expected;
    bool (*holds)(std::string_view text);
};

namespace rules {
extern const rule any_text;       // not empty, one line, printable
extern const rule name;           // of an instance, pipeline, sink or entry of `connectors:`
extern const rule connector_name; // as given: whatever Connect takes
extern const rule slot;           // PostgreSQL's own rule
extern const rule publication;    // Debezium writes it into SQL without quotes
extern const rule host;
extern const rule topic; // Kafka's own rule
extern const rule topic_prefix;
extern const rule table_pattern; // "{schema}_{table}"
extern const rule bootstrap_servers;
} // namespace rules

struct endpoint {
    std::string host; // IPv6 without its brackets
    std::uint16_t port = 0;

    friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// "HOST:PORT", "[IPV6]:PORT". Port 0 is read too.
std::optional<endpoint> parse_endpoint(std::string_view text);

/// True for an IPv4 or IPv6 literal (without brackets).
bool is_ip_literal(std::string_view text);

/// What is wrong with the URL of a Connect worker; nothing when it is fine.
std::optional<std::string_view> flaw_of_url(std::string_view url);

/// "schema.table", or what is wrong with it.
struct table_or_flaw {
    model::table_name table;
    std::string_view flaw; // empty: none
};
table_or_flaw parse_table(std::string_view text);

} // namespace sluice::config
