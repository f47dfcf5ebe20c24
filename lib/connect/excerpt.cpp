#include "connect/excerpt.hpp"

#include "base/printable.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::connect {

namespace {

bool is_inside_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

} // namespace

std::string bounded(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return std::string(text);
    constexpr std::size_t room_for_note = 64;
    const auto kept = limit > room_for_note ? limit - room_for_note : 0;
    auto head = kept / 2;
    auto tail = text.size() - (kept - head);
    while (head > 0 && is_inside_character(text[head])) --head;
    while (tail < text.size() && is_inside_character(text[tail])) ++tail;
    return fmt::format(
        "{}\n[… {} bytes left out …]\n{}", text.substr(0, head), tail - head, text.substr(tail)
    );
}

std::string beginning(std::string_view text, std::size_t count) {
    return printable_line(text, count);
}

std::string html_title(std::string_view page) {
    constexpr std::string_view open = "<title>";
    constexpr std::string_view close = "</title>";
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    const auto start = std::ranges::search(page, open, same);
    if (start.empty()) return {};
    const std::string_view rest(start.end(), page.end());
    const auto end = std::ranges::search(rest, close, same);
    return printable_line(std::string_view(rest.begin(), end.begin()), 120);
}

} // namespace sluice::connect
