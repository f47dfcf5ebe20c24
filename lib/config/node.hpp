#pragma once
// The file as a tree, every part with its place. Made by tree.cpp from yaml-cpp's events; it holds what was
// written, not yet what it means.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// Line and column, both from 1, the column in bytes (as yaml-cpp counts). Line 0: the file as a whole.
struct place {
    int line = 0;
    int column = 0;

    friend auto operator<=>(const place&, const place&) = default;
};

enum class node_kind : std::uint8_t {
    broken, // already reported: whoever meets it keeps silent
    nothing,
    scalar,
    list,
    mapping,
};

enum class node_tag : std::uint8_t { none, environment, file }; // `!env NAME`, `!file PATH`

struct node {
    node_kind kind = node_kind::broken;
    place at;

    std::string text; // of a scalar, as written, without its quotes
    bool quoted = false;
    node_tag tag = node_tag::none;

    std::string key; // where the parent is a mapping
    place key_at;

    std::vector<node> children; // of a list or mapping, in the file's order
    bool incomplete = false;    // a part could not be read: what is not among the children may stand there

    [[nodiscard]] const node* find(std::string_view wanted) const {
        for (const auto& child : children) {
            if (child.key == wanted) return &child;
        }
        return nullptr;
    }
};

} // namespace sluice::config
