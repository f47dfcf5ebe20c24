#pragma once
// The text of the file: its lines, and what of them may be shown in a message.

#include "config/node.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

class source_text {
public:
    /// Keeps a view: `text` must outlive this.
    explicit source_text(std::string_view text);

    /// Without a byte order mark.
    [[nodiscard]] std::string_view whole() const { return text_; }
    [[nodiscard]] const std::vector<std::string_view>& lines() const { return lines_; } // without line ends

    enum class extent { line, up_to_key_end };

    /// The line of `at`, or as much of it as cannot hold a secret; empty when nothing of it may be shown,
    /// when the place lies behind what may be shown, or when it is too long to be of use.
    [[nodiscard]] std::string excerpt(place at, extent how_much) const;

private:
    [[nodiscard]] std::string_view shown_part(place at, extent how_much) const;
    void find_hidden_lines();

    std::string_view text_;
    std::vector<std::string_view> lines_;
    std::vector<bool> hidden_; // lines that may hold a secret
};

/// The text with `?` for every byte that is no printable UTF-8: it goes to terminals.
std::string printable(std::string_view text);

} // namespace sluice::config
