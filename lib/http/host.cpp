#include "http/host.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <optional>

namespace sluice::http {

namespace {

using boost::asio::ip::make_address_v4;
using boost::asio::ip::make_address_v6;

bool is_port(std::string_view text) {
    return text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_ipv6_literal(std::string_view bracketed) {
    const auto end = bracketed.find(']');
    if (end == std::string_view::npos) return false;
    const auto rest = bracketed.substr(end + 1);
    if (!rest.empty() && (rest.front() != ':' || !is_port(rest.substr(1)))) return false;
    boost::system::error_code ec;
    make_address_v6(std::string(bracketed.substr(1, end - 1)), ec);
    return !ec;
}

bool is_ipv4_literal(const std::string& name) {
    boost::system::error_code ec;
    make_address_v4(name, ec);
    return !ec;
}

/// Lower case, without port and trailing dot; none when what follows the colon is no port.
std::optional<std::string> name_of(std::string_view header) {
    const auto colon = header.find(':');
    if (colon != std::string_view::npos && !is_port(header.substr(colon + 1))) return std::nullopt;
    std::string name(header.substr(0, colon));
    if (name.ends_with('.')) name.pop_back();
    for (auto& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return name;
}

} // namespace

bool is_allowed_host(std::string_view header, std::span<const std::string> configured) {
    if (header.starts_with('[')) return is_ipv6_literal(header);
    const auto name = name_of(header);
    if (!name || name->empty()) return false;
    if (*name == "localhost" || name->ends_with(".localhost") || is_ipv4_literal(*name)) return true;
    return std::ranges::find(configured, *name) != configured.end();
}

} // namespace sluice::http
