#include "config/yaml_errors.hpp"

#include <array>
#include <utility>

namespace sluice::config {

namespace {

// Beginnings of the messages of yaml-cpp 0.7 (exceptions.h).
constexpr std::array<std::pair<std::string_view, std::string_view>, 24> explanations{{
    {"illegal map value",
     "a `:` where no value may begin; check the indentation and the blank after the `:` before it, and put "
     "quotes "
     "around text that holds `: `"},
    {"illegal map key", "a key where none may begin; check the indentation"},
    {"illegal block entry", "a `-` where no list may begin; put the list on a line of its own below its key"},
    {"illegal flow end", "a closing bracket that nothing opened"},
    {"end of map flow not found", "a `{` is not closed, or a `,` is missing before this"},
    {"end of sequence flow not found", "a `[` is not closed, or a `,` is missing before this"},
    {"end of map not found", "the entries end here in the middle; check the indentation and the quotes"},
    {"end of sequence not found", "the list ends here in the middle; check the indentation"},
    {"illegal EOF in scalar", "the file ends inside quotes; close them"},
    {"illegal document indicator in scalar", "a document marker inside quotes; close the quotes"},
    {"illegal tab when looking for indentation", "a tab in the indentation; YAML wants spaces"},
    {"unknown token", "no value may begin with this character; put quotes around it"},
    {"unknown escape character", "an unknown escape after `\\`; use single quotes, or double the backslash"},
    {"bad character found while scanning hex number",
     "an escape like \\x41 needs hexadecimal digits; use single quotes to mean a backslash"},
    {"invalid unicode", "this escape is no character of Unicode"},
    {"unexpected character in block scalar",
     "something unexpected after `|` or `>`; begin the text on the next line"},
    {"cannot set zero indentation for a block scalar", "a text after `|` or `>` cannot have indentation 0"},
    {"the referenced anchor is not defined", "aliases (*name) are not supported; write the value out"},
    {"alias not found after *", "no value may begin with `*`; put quotes around it"},
    {"anchor not found after &", "no value may begin with `&`; put quotes around it"},
    {"cannot assign multiple tags", "two tags on one value"},
    {"tag handle with no suffix", "a tag without a name; known are !env and !file"},
    {"bad file", "brackets or lists are nested too deeply"},
    {"illegal character", "an unexpected character; put quotes around the value"},
}};

} // namespace

std::string explain_yaml_error(std::string_view message) {
    for (const auto& [beginning, explanation] : explanations) {
        if (message.starts_with(beginning)) return std::string(explanation);
    }
    return "this is not YAML; check the indentation and the quotes";
}

} // namespace sluice::config
