#pragma once
// What no Sluice file may hold, found before yaml-cpp sees the text: yaml-cpp takes byte 4 for the end of the
// file, guesses at encodings, and answers a tab in the indentation with a riddle.

#include "config/node.hpp"
#include "config/source_text.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

struct text_flaw {
    place at;
    std::string message;
};

/// Bad UTF-8 and control characters (the first one of the file), tabs as indentation (the first of each
/// line).
std::vector<text_flaw> find_flaws(const source_text& text);

} // namespace sluice::config
