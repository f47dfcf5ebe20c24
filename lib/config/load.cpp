#include "config/load.hpp"

#include "config/regular_file.hpp"
#include "config/report.hpp"
#include "config/scalars.hpp"
#include "config/sections.hpp"
#include "config/source_text.hpp"
#include "config/text_flaws.hpp"
#include "config/tree.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace sluice::config {

namespace {

constexpr std::size_t largest_file = 1 << 20;

std::string directory_of(const std::string& file) {
    return std::filesystem::absolute(file).parent_path().string();
}

loaded refused(const std::string& file, std::string message) {
    return {std::nullopt, {{diagnostic::kind::error, file, 0, 0, std::move(message), {}}}, {}, {}, {}};
}

/// The sound text as a tree with a mapping at its top.
std::optional<node> read_root(const source_text& text, report& out) {
    for (auto& flaw : find_flaws(text)) out.error(flaw.at, std::move(flaw.message));
    if (out.has_errors()) return std::nullopt;
    auto root = read_tree(text, out);
    const bool holds_nothing = !root || root->kind == node_kind::nothing;
    if (holds_nothing && !out.has_errors())
        out.error({}, "the file is empty; a file that wants nothing says so with `pipelines: {}`");
    if (holds_nothing || root->kind == node_kind::broken) return std::nullopt;
    if (root->kind != node_kind::mapping) {
        out.error(
            root->at,
            fmt::format(
                "the file {}; expected a mapping: `name: …`, `kafka: …` and so on", predicate_of(root->kind)
            )
        );
        return std::nullopt;
    }
    return root;
}

} // namespace

loaded parse(const std::string& file, std::string_view text, const surroundings& around) {
    if (text.size() > largest_file)
        return refused(file, "the file is larger than 1 MiB; split it over several instances");
    const source_text source(text);
    report out(file, source);
    loaded result;
    if (const auto root = read_root(source, out)) {
        decoding d{out, around, directory_of(file)};
        auto declared = read_file(d, *root);
        if (!out.has_errors()) result.declared = std::move(declared);
    }
    out.hand_over(result);
    result.text = secret(std::string(text));
    return result;
}

loaded load(const std::string& file, const surroundings& around) {
    const auto content = read_regular_file(file, largest_file);
    if (!content) return refused(file, fmt::format("cannot read the file: {}", content.error().detail));
    return parse(file, content->bytes, around);
}

} // namespace sluice::config
