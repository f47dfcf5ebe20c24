#include "config/utf8.hpp"

namespace sluice::config {

namespace {

struct lead_byte {
    std::size_t length = 0; // of the whole character; 0: no character begins so
    std::uint32_t bits = 0;
    std::uint32_t least = 0; // a smaller value would be an overlong form
};

lead_byte classify(unsigned char c) {
    if (c < 0x80U) return {1, c, 0};
    if ((c & 0xE0U) == 0xC0U) return {2, c & 0x1FU, 0x80};
    if ((c & 0xF0U) == 0xE0U) return {3, c & 0x0FU, 0x800};
    if ((c & 0xF8U) == 0xF0U) return {4, c & 0x07U, 0x10000};
    return {};
}

} // namespace

std::optional<std::uint32_t> take_character(std::string_view& text) {
    const auto lead = classify(static_cast<unsigned char>(text.front()));
    if (lead.length == 0 || lead.length > text.size()) return std::nullopt;
    auto value = lead.bits;
    for (std::size_t i = 1; i < lead.length; ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if ((c & 0xC0U) != 0x80U) return std::nullopt;
        value = (value << 6U) | (c & 0x3FU);
    }
    text.remove_prefix(lead.length);
    const bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < lead.least || value > 0x10FFFF || is_surrogate) return std::nullopt;
    return value;
}

bool is_control(std::uint32_t c) {
    return (c < 0x20 && c != '\t') || (c >= 0x7F && c < 0xA0);
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        if (!take_character(text)) return false;
    }
    return true;
}

} // namespace sluice::config
