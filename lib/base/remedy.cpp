#include "base/remedy.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sluice {

namespace {

struct row {
    peer asked;
    errc code;
    std::string_view remedy;
};

constexpr std::array<row, 12> remedies{{
    {peer::connect, errc::unreachable, "check that the worker runs, and `urls`"},
    {peer::connect, errc::timeout, "see the worker's log: it may wait for Kafka; or raise `request_timeout`"},
    {peer::connect, errc::unauthorized, "check username and password of this Connect cluster"},
    {peer::connect, errc::bad_answer, "is this the URL of a Kafka Connect worker?"},
    {peer::kafka, errc::unreachable, "check that the brokers run, and `bootstrap_servers`"},
    {peer::kafka, errc::timeout, "see the brokers' logs: they may be overloaded or without a leader"},
    {peer::kafka, errc::unauthorized, "check the login in `kafka.properties`, and its ACLs"},
    {peer::database, errc::unreachable, "check that PostgreSQL runs, and `host` and `port`"},
    {peer::database, errc::timeout, "check the network, and whether the server hangs"},
    {peer::database, errc::unauthorized, "correct `user` or `password`"},
    {peer::database, errc::refused, "check `password`, pg_hba.conf, and CONNECT on the database"},
    {peer::database, errc::not_found, "correct `database`, or create it"},
}};

} // namespace

std::string_view remedy_for(peer asked, errc code) {
    const auto fits = [&](const row& r) { return r.asked == asked && r.code == code; };
    const auto* const found = std::ranges::find_if(remedies, fits);
    return found == remedies.end() ? std::string_view{} : found->remedy;
}

std::string with_remedy(std::string detail, peer asked, errc code) {
    const auto remedy = remedy_for(asked, code);
    if (remedy.empty()) return detail;
    if (!detail.empty()) detail += "; ";
    return detail += remedy;
}

} // namespace sluice
