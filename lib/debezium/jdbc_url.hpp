#pragma once
// "jdbc:postgresql://host:5432/database?sslmode=require" in its parts.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::debezium {

struct jdbc_url {
    std::string host;
    std::uint16_t port = 5432;
    std::string database;
    std::map<std::string, std::string> parameters; // decoded
};

/// Absent: of another database, with several hosts or none, with a login of its own, or known to Connect
/// alone.
std::optional<jdbc_url> parse_jdbc_url(std::string_view text);

} // namespace sluice::debezium
