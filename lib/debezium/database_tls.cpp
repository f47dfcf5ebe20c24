#include "debezium/database_tls.hpp"

#include "debezium/config_text.hpp"
#include "debezium/jdbc_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

namespace sluice::debezium {

namespace {

using parameters = std::map<std::string, std::string>; // of pgjdbc

constexpr std::array modes{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"};

/// Those keys that begin so, without the beginning.
parameters behind(std::string_view prefix, const model::config_map& config) {
    parameters found;
    for (const auto& [key, value] : config)
        if (key.starts_with(prefix)) found[key.substr(prefix.size())] = model::reveal(value);
    return found;
}

std::string value_of(const parameters& all, const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? std::string() : found->second;
}

std::string lower(std::string text) {
    const auto lowered = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    std::ranges::transform(text, text.begin(), lowered);
    return text;
}

/// As pgjdbc reads them: `ssl` without a mode means the strictest.
std::string mode_of(const parameters& all) {
    if (const auto mode = lower(value_of(all, "sslmode")); !mode.empty()) return mode;
    const auto ssl = all.find("ssl");
    return ssl != all.end() && lower(ssl->second) != "false" ? "verify-full" : "prefer";
}

bool verifies(const model::database_tls& tls) {
    return tls.mode == "verify-ca" || tls.mode == "verify-full";
}

std::string why_unknown(const model::database_tls& tls, const parameters& all) {
    if (const auto factory = value_of(all, "sslfactory"); !factory.empty())
        return fmt::format("its connection is secured by {}, which only Connect has", factory);
    for (const auto& text :
         {tls.mode, tls.root_certificate, tls.certificate, tls.key, tls.key_password.reveal()})
        if (model::is_provider_reference(text))
            return "how its connection is secured only Connect can resolve";
    if (std::ranges::find(modes, tls.mode) == modes.end())
        return fmt::format("its sslmode {} is not known here", tls.mode);
    if (verifies(tls) && tls.root_certificate.empty())
        return "the database's certificate is verified by a root certificate of Connect's own; name one by "
               "sslrootcert that is on this machine too, and Sluice can log in as well";
    return {};
}

model::database_tls read(const parameters& all) {
    model::database_tls tls;
    tls.mode = mode_of(all);
    tls.root_certificate = value_of(all, "sslrootcert");
    tls.certificate = value_of(all, "sslcert");
    tls.key = value_of(all, "sslkey");
    tls.key_password = secret(value_of(all, "sslpassword"));
    tls.unknown_because = why_unknown(tls, all);
    return tls;
}

/// Goes to the driver past the connector's own keys.
bool says_ssl(const parameters& all) {
    return std::ranges::any_of(all, [](const auto& entry) { return entry.first.starts_with("ssl"); });
}

} // namespace

model::database_tls tls_of(const model::desired_connector& connector) {
    if (connector.role == model::connector_role::source) {
        auto tls = read(behind("database.", connector.config));
        if (says_ssl(behind("driver.", connector.config)))
            tls.unknown_because = "driver.ssl… secures its connection past Debezium's own keys";
        return tls;
    }
    const auto url = parse_jdbc_url(value_or(connector.config, "connection.url", ""));
    auto tls = read(url ? url->parameters : parameters{});
    if (says_ssl(behind("hibernate.connection.", connector.config)))
        tls.unknown_because = "hibernate.connection.ssl… secures its connection past its JDBC URL";
    return tls;
}

} // namespace sluice::debezium
