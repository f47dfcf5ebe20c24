#include "debezium/jdbc_url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace sluice::debezium {

std::optional<jdbc_url> parse_jdbc_url(std::string_view text) {
    constexpr std::string_view before = "jdbc:";
    if (!text.starts_with(before)) return std::nullopt;
    const auto url = boost::urls::parse_uri(text.substr(before.size()));
    if (!url || url->scheme() != "postgresql" || url->has_userinfo()) return std::nullopt;
    jdbc_url parts;
    parts.host = url->host_address();
    const bool is_one_host = !parts.host.empty() && parts.host.find(',') == std::string::npos;
    const auto segments = url->segments();
    if (!is_one_host || segments.size() != 1 || segments.front().empty()) return std::nullopt;
    parts.database = segments.front();
    if (url->has_port()) parts.port = url->port_number();
    if (parts.port == 0) return std::nullopt;
    for (const auto& parameter : url->params()) parts.parameters[parameter.key] = parameter.value;
    if (parts.parameters.contains("user") || parts.parameters.contains("password")) return std::nullopt;
    return parts;
}

} // namespace sluice::debezium
