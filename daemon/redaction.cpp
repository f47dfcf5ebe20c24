#include "redaction.hpp"

#include "config/source_text.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

namespace sluice {

namespace {

std::string as_json(const std::string& value) {
    const auto quoted = boost::json::serialize(boost::json::value(value));
    return quoted.substr(1, quoted.size() - 2);
}

std::string percent_encoded(const std::string& value, bool upper) {
    constexpr std::string_view unreserved = "-._~";
    std::string text;
    for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        const bool stays = std::isalnum(byte) != 0 || unreserved.find(c) != std::string_view::npos;
        if (stays)
            text += c;
        else
            text += upper ? fmt::format("%{:02X}", byte) : fmt::format("%{:02x}", byte);
    }
    return text;
}

std::string base64(const std::string& raw) {
    std::string text((raw.size() + 2) / 3 * 4 + 1, '\0');
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data());
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(raw.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

// Behind `before` other bytes ("user:" and the like) the same secret reads otherwise: the digits that depend
// on it alone.
std::string base64_behind(const std::string& value, std::size_t before) {
    const auto text = base64(std::string(before, 'x') + value);
    const auto first = (before * 8 + 5) / 6;
    const auto whole = (before + value.size()) * 8 / 6;
    return whole > first ? text.substr(first, whole - first) : std::string();
}

std::string url_alphabet(std::string text) {
    std::ranges::replace(text, '+', '-');
    std::ranges::replace(text, '/', '_');
    return text;
}

} // namespace

redaction::redaction(const std::vector<secret>& secrets) {
    const auto learn = [this](std::string form) { forms_.learn(secret(std::move(form))); };
    for (const auto& s : secrets) {
        const auto& value = s.reveal();
        forms_.learn(s);
        constexpr std::size_t shortest = 4;
        if (value.size() < shortest) continue;
        learn(as_json(value));
        learn(percent_encoded(value, true));
        learn(percent_encoded(value, false));
        for (const std::size_t before : {0U, 1U, 2U}) {
            const auto digits = base64_behind(value, before);
            learn(digits);
            learn(url_alphabet(digits));
        }
    }
}

std::string redacted_file(std::string_view yaml) {
    const config::source_text source(yaml);
    const auto lines = std::ranges::count(yaml, '\n') + (yaml.empty() || yaml.ends_with('\n') ? 0 : 1);
    std::string text;
    std::size_t begin = 0;
    for (std::ptrdiff_t i = 0; i < lines; ++i) {
        const auto end = std::min(yaml.find('\n', begin), yaml.size());
        const auto line = yaml.substr(begin, end - begin);
        begin = end + 1;
        const bool is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
        const auto shown = source.excerpt({static_cast<int>(i) + 1, 1}, config::source_text::extent::line);
        const auto indent = line.substr(0, line.find_first_not_of(' '));
        text += is_blank        ? ""
                : shown.empty() ? std::string(indent) + "# left out: it may hold a secret"
                                : shown;
        text += '\n';
    }
    return text;
}

} // namespace sluice
