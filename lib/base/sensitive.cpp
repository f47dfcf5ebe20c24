#include "base/sensitive.hpp"

#include "base/secret.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace sluice {

namespace {

using namespace std::string_view_literals;

// Ends of property names of Connect, Debezium, librdkafka and the usual sink connectors.
constexpr std::array sensitive_endings{
    "password"sv,
    "passphrase"sv,
    "passwd"sv,
    "secret"sv,
    "token"sv,
    "credential"sv,
    "credentials"sv,
    "jaas.config"sv,
    "credentials.json"sv,
    "secret.key"sv,
    "private.key"sv,
    "key.pem"sv,
    "keystore.key"sv,
    "secret.access.key"sv,
    "api.key"sv,
    "api_key"sv,
    "apikey"sv,
    "user.info"sv,
    "userinfo"sv,
};

// Wider than the endings: a line that is hidden without need costs little.
constexpr std::array sensitive_words{
    "passw"sv,
    "passphrase"sv,
    "pwd"sv,
    "secret"sv,
    "token"sv,
    "credential"sv,
    "jaas"sv,
    "private.key"sv,
    "private_key"sv,
    "api.key"sv,
    "api_key"sv,
    "apikey"sv,
    "access.key"sv,
    "access_key"sv,
    "keystore"sv,
    "pem"sv,
    "userinfo"sv,
    "user.info"sv,
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

namespace {

// "scheme://user:password@host" → "scheme://********@host"
void mask_user_info(std::string& text) {
    for (auto at = text.find("://"); at != std::string::npos; at = text.find("://", at + 3)) {
        const auto start = at + 3;
        const auto end = text.find_first_of("/?# ,", start);
        const auto sign = text.rfind('@', end == std::string::npos ? end : end - 1);
        if (sign != std::string::npos && sign > start) text.replace(start, sign - start, secret_mask);
    }
}

void mask_after(std::string& text, std::string_view word) {
    for (auto at = lower(text).find(word); at != std::string::npos; at = lower(text).find(word, at)) {
        at += word.size();
        const auto end = text.find_first_of("&;, ", at);
        text.replace(at, end == std::string::npos ? end : end - at, secret_mask);
    }
}

} // namespace

std::string without_embedded_secrets(std::string_view value) {
    std::string text(value);
    const bool may_embed = value.find('=') != value.npos || value.find("://") != value.npos;
    if (!may_embed) return text;
    mask_user_info(text);
    for (const auto word : {"password="sv, "passwd="sv, "pwd="sv, "token="sv, "secret="sv})
        mask_after(text, word);
    return text;
}

bool is_masked(std::string_view value) {
    if (value == "[hidden]") return true;
    constexpr std::string_view bullet = "\u2022";
    auto rest = value;
    while (rest.starts_with(bullet)) rest.remove_prefix(bullet.size());
    const bool bullets = rest.empty() && !value.empty();
    return bullets || (value.size() >= 4 && value.find_first_not_of('*') == std::string_view::npos);
}

} // namespace sluice
