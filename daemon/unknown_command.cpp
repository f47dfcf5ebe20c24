#include "unknown_command.hpp"

#include "base/nearest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {

namespace {

/// The first that is no option and no option's value; empty: there is none.
std::string first_word(const std::vector<std::string>& arguments) {
    bool is_value = false;
    for (const auto& argument : arguments) {
        const bool is_option = argument.starts_with('-');
        if (!is_option && !is_value) return argument;
        is_value = argument == "-c" || argument == "--config"; // the one that a command may follow
    }
    return {};
}

} // namespace

std::optional<std::string>
unknown_command(const std::vector<std::string>& arguments, const std::vector<std::string>& commands) {
    const auto word = first_word(arguments);
    if (word.empty() || std::ranges::find(commands, word) != commands.end()) return std::nullopt;
    const auto meant = nearest(word, commands);
    const auto hint = meant ? fmt::format("; did you mean `sluice {}`?", *meant) : std::string();
    return fmt::format("unknown command `{}`{}", word, hint);
}

} // namespace sluice
