// `http:` and `reconcile:`: how this instance serves and behaves.
#include "config/sections.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

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

constexpr rule plan_id{
    "the id of a change",
    "eight hex digits, as `sluice plan` prints them",
    [](std::string_view text) {
        return text.size() == 8 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
    }
};

void read_plan_id(decoding& d, const node& entry, std::vector<std::string>& to) {
    const wanted w{"an entry of `accept`", std::string(plan_id.expected)};
    const auto s = read_scalar(d, entry, w);
    if (s && obeys(d.out, *s, plan_id, w.what)) to.push_back(s->text);
}

std::optional<std::uint32_t> per_hour(std::string_view text) {
    std::uint32_t number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(end, text.data() + text.size());
    if (ec != std::errc{} || unit != "/h" || number > 1'000) return std::nullopt;
    return number;
}

constexpr rule rate{"a number of restarts an hour", "0/h to 1000/h, such as 10/h", [](std::string_view text) {
                        return per_hour(text).has_value();
                    }};

void read_rate(const setting& from, std::uint32_t& to) {
    std::string text;
    from.read(text, rate);
    to = per_hour(text).value_or(to);
}

void read_restarts(const mapping& in, model::restart_policy& to) {
    read_rate(in["budget"], to.budget);
    read_rate(in["cluster_budget"], to.cluster_budget);
    in["circuit"].read(to.circuit, 1, 1'000);
}

} // namespace

void read_http(const mapping& in, model::http_settings& to) {
    std::string listen;
    in["listen"].read(listen, listen_address);
    const auto address = parse_endpoint(listen);
    if (!address) return;
    to.address = address->host == "localhost" ? "127.0.0.1" : address->host;
    to.port = address->port;
}

void read_reconcile(decoding& d, const mapping& in, model::reconcile_settings& to) {
    in["interval"].read(to.interval, 1s, 1h);
    in["drift"].choose<model::drift_policy>(to.drift, drift_policies);
    in["adopt"].read(to.adopt);
    in["prune"].read(to.prune);
    for (const auto& entry : in["accept"].any_items("3f9a12bc")) read_plan_id(d, entry, to.accept);
    if (const auto restarts = in["restarts"].as_section(schema::restarts))
        read_restarts(*restarts, to.restarts);
    for (const auto& entry : in["freeze"].any_items(R"({from: "22:00", to: "06:00"})"))
        read_freeze(d, entry, to.freeze);
}

} // namespace sluice::config
