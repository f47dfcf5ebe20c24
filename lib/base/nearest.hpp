#pragma once
// "did you mean …": the valid name closest to what somebody typed.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sluice {

/// The candidate within a third of the word's length in edits (transpositions count one), or none.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

} // namespace sluice
