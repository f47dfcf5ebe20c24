#include "config/sensitive.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sluice::config {

namespace {

// Ends of property names of Connect, Debezium, librdkafka and the usual sink connectors.
constexpr std::array<std::string_view, 19> sensitive_endings{
    "password",         "passphrase",  "passwd",      "secret",      "secret.key",        "token",
    "credential",       "jaas.config", "credentials", "private.key", "secret.access.key", "keystore.key",
    "key.pem",          "api.key",     "apikey",      "api_key",     "user.info",         "userinfo",
    "credentials.json",
};

constexpr std::array<std::string_view, 18> sensitive_words{
    "passw",
    "passphrase",
    "pwd",
    "secret",
    "token",
    "credential",
    "jaas",
    "private.key",
    "private_key",
    "api.key",
    "apikey",
    "api_key",
    "access.key",
    "access_key",
    "keystore",
    "pem",
    "userinfo",
    "user.info",
};

std::string lower(std::string_view text) {
    std::string result(text);
    for (auto& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

} // namespace

bool is_sensitive_key(std::string_view key) {
    const auto name = lower(key);
    const auto ends_so = [&](std::string_view ending) { return name.ends_with(ending); };
    return std::ranges::any_of(sensitive_endings, ends_so);
}

bool may_hold_secret(std::string_view text) {
    if (text.find('@') != std::string_view::npos) return true;
    const auto name = lower(text);
    const auto occurs = [&](std::string_view word) { return name.find(word) != std::string::npos; };
    return std::ranges::any_of(sensitive_words, occurs);
}

} // namespace sluice::config
