#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::config {

/// Takes one character off the front of a text that is not empty; none when it is malformed: cut short, a
/// surrogate, an overlong form.
std::optional<std::uint32_t> take_character(std::string_view& text);

/// C0 without the tab, DEL, C1.
bool is_control(std::uint32_t character);

bool is_utf8(std::string_view text);

} // namespace sluice::config
