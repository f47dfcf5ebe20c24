#include "debezium/observed_config.hpp"

#include "base/sensitive.hpp"

#include <array>
#include <charconv>

namespace sluice::debezium {

namespace {

/// Keys with a sensitive word in them that say where a secret is or of what kind, and hold none.
bool only_describes(std::string_view key) {
    constexpr std::array<std::string_view, 9> endings{
        ".location", ".type", ".class", ".provider", ".format", ".algorithm", ".path", ".url", ".enable"
    };
    for (const auto ending : endings)
        if (key.ends_with(ending)) return true;
    return false;
}

bool holds_secret(const std::string& key, const std::string& value) {
    if (value.empty() || model::is_provider_reference(value)) return false;
    const bool by_key = is_sensitive_key(key) || (may_hold_secret(key) && !only_describes(key));
    return by_key || is_masked(value) || without_embedded_secrets(value) != value;
}

} // namespace

std::string observed_value(const observed_config& config, const std::string& key) {
    const auto found = config.find(key);
    return found == config.end() ? std::string() : found->second;
}

model::config_value declared_value(const std::string& key, const std::string& value) {
    if (holds_secret(key, value)) return secret(value);
    return value;
}

std::optional<std::uint16_t> observed_port(const observed_config& config, const std::string& key) {
    const auto text = observed_value(config, key);
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool whole = ec == std::errc{} && end == text.data() + text.size();
    return whole && port > 0 ? std::optional(port) : std::nullopt;
}

std::optional<std::string> literal_of(std::string_view pattern) {
    constexpr std::string_view special = R"([]{}()*+?^$|)";
    std::string text;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (special.find(pattern[i]) != std::string_view::npos) return std::nullopt;
        if (pattern[i] != '\\') {
            text += pattern[i]; // a dot that is not escaped is meant as a dot by everybody who writes it
            continue;
        }
        const bool escapes_sign = i + 1 < pattern.size() &&
                                  std::string_view(R"(\.,)").find(pattern[i + 1]) != std::string_view::npos;
        const bool escapes_special =
            i + 1 < pattern.size() && special.find(pattern[i + 1]) != std::string_view::npos;
        if (!escapes_sign && !escapes_special) return std::nullopt; // \d and its like
        text += pattern[++i];
    }
    return text;
}

} // namespace sluice::debezium
