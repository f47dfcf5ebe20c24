#pragma once
// Output for people: colour only on a terminal and never against NO_COLOR, and plain tables.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

enum class colour : std::uint8_t { plain, red, green, yellow, blue, grey, bold };

class terminal {
public:
    /// For stdout (1) or stderr (2).
    explicit terminal(int file);

    [[nodiscard]] std::string paint(colour c, std::string_view text) const;
    [[nodiscard]] bool is_terminal() const { return is_terminal_; }

private:
    bool is_terminal_;
    bool colours_;
};

struct cell {
    std::string text;
    colour tint = colour::plain;
};

/// Columns padded to their widest cell, two spaces apart; the last one as long as it is.
class table {
public:
    explicit table(std::vector<std::string> heads);
    void add(std::vector<cell> row);
    [[nodiscard]] std::string render(const terminal& out) const;

private:
    std::vector<std::vector<cell>> rows_; // the heads first
};

/// Writes to stdout; data belongs there, everything else to stderr.
void print(std::string_view text);
void complain(std::string_view text);

} // namespace sluice
