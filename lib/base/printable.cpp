#include "base/printable.hpp"

namespace sluice {

namespace {

unsigned byte_of(char c) {
    return static_cast<unsigned char>(c);
}

bool is_control(char c) {
    return byte_of(c) < 0x20U || c == '\x7f';
}

// U+0080 to U+009F: "\xc2\x9b" is to some terminals what ESC [ is.
bool begins_control(std::string_view rest) {
    return rest.size() > 1 && rest[0] == '\xc2' && byte_of(rest[1]) >= 0x80U && byte_of(rest[1]) < 0xA0U;
}

} // namespace

std::string printable(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_long = begins_control(text.substr(i));
        out += is_long || is_control(text[i]) ? '?' : text[i];
        if (is_long) ++i;
    }
    return out;
}

std::string printable_line(std::string_view text, std::size_t count) {
    std::string out;
    for (const char c : text) {
        if (out.size() == count) break;
        const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
        if (blank && (out.empty() || out.back() == ' ')) continue;
        if (blank)
            out += ' ';
        else
            out += c > ' ' && c <= '~' ? c : '?';
    }
    if (out.ends_with(' ')) out.pop_back();
    return out;
}

} // namespace sluice
