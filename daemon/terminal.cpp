#include "terminal.hpp"

#include "base/printable.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace sluice {

namespace {

std::string_view code_of(colour c) {
    switch (c) {
    case colour::red: return "31";
    case colour::green: return "32";
    case colour::yellow: return "33";
    case colour::blue: return "34";
    case colour::grey: return "90";
    case colour::bold: return "1";
    case colour::plain: break;
    }
    return "0";
}

bool colours_are_wanted() {
    const char* no_colour = std::getenv("NO_COLOR");
    const char* kind = std::getenv("TERM");
    const bool refused = no_colour != nullptr && *no_colour != '\0';
    return !refused && kind != nullptr && std::string_view(kind) != "dumb";
}

// Columns on a screen, taking each code point for one.
std::size_t width(std::string_view text) {
    const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    return static_cast<std::size_t>(std::ranges::count_if(text, starts));
}

} // namespace

terminal::terminal(int file)
    : is_terminal_(::isatty(file) == 1)
    , colours_(is_terminal_ && colours_are_wanted()) {}

std::string terminal::paint(colour c, std::string_view text) const {
    if (!colours_ || c == colour::plain) return std::string(text);
    std::string painted = "\x1b[";
    painted += code_of(c);
    painted += 'm';
    painted += text;
    painted += "\x1b[0m";
    return painted;
}

table::table(std::vector<std::string> heads) {
    std::vector<cell> row;
    for (auto& head : heads) row.push_back({std::move(head), colour::bold});
    rows_.push_back(std::move(row));
}

// What a cell holds was often written by others.
void table::add(std::vector<cell> row) {
    for (auto& cell : row) cell.text = printable(cell.text);
    rows_.push_back(std::move(row));
}

std::string table::render(const terminal& out) const {
    std::vector<std::size_t> widths(rows_.front().size(), 0);
    for (const auto& row : rows_)
        for (std::size_t i = 0; i < row.size() && i < widths.size(); ++i)
            widths[i] = std::max(widths[i], width(row[i].text));
    std::string text;
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            text += out.paint(row[i].tint, row[i].text);
            const bool is_last = i + 1 == row.size();
            if (!is_last) text.append(widths[i] - width(row[i].text) + 2, ' ');
        }
        while (text.ends_with(' ')) text.pop_back();
        text += '\n';
    }
    return text;
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void complain(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

} // namespace sluice
