// `http:` and `reconcile:`: how this instance serves and behaves.
#include "config/sections.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::config {

namespace {

using namespace std::chrono_literals;

bool is_listen_address(std::string_view text) {
    const auto address = parse_endpoint(text);
    return address && (address->host == "localhost" || is_ip_literal(address->host));
}

constexpr rule listen_address{
    "an address to listen on",
    "ADDRESS:PORT with an IP address or localhost, such as 127.0.0.1:8084 or [::1]:8084",
    is_listen_address
};

constexpr std::array<std::pair<std::string_view, model::drift_policy>, 2> drift_policies{{
    {"correct", model::drift_policy::correct},
    {"report", model::drift_policy::report},
}};

} // namespace

void read_http(const mapping& in, model::http_settings& to) {
    std::string listen;
    in["listen"].read(listen, listen_address);
    const auto address = parse_endpoint(listen);
    if (!address) return;
    to.address = address->host == "localhost" ? "127.0.0.1" : address->host;
    to.port = address->port;
}

void read_reconcile(const mapping& in, model::reconcile_settings& to) {
    in["interval"].read(to.interval, 1s, 1h);
    in["drift"].choose<model::drift_policy>(to.drift, drift_policies);
    in["adopt"].read(to.adopt);
    in["prune"].read(to.prune);
}

} // namespace sluice::config
