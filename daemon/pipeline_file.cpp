#include "pipeline_file.hpp"

#include "terminal.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace sluice {

std::string find_file(const common_options& common) {
    if (!common.file.empty()) return common.file; // CLI11 has read SLUICE_CONFIG into it
    std::string beside = "config/pipeline.yaml";
    std::error_code ec;
    if (std::filesystem::exists(beside, ec)) return beside;
    return "/etc/sluice/pipeline.yaml";
}

std::vector<std::string> rendered(const std::vector<config::diagnostic>& diagnostics) {
    std::vector<std::string> lines;
    for (const auto& d : diagnostics) lines.push_back(config::render(d));
    return lines;
}

namespace {

std::optional<model::declaration> told(config::loaded loaded, scrubber& secrets) {
    for (const auto& s : loaded.secrets) secrets.learn(s);
    const auto problems = rendered(loaded.diagnostics);
    for (const auto& text : problems) complain(secrets.scrub(text) + (text.ends_with('\n') ? "" : "\n"));
    return std::move(loaded.declared);
}

} // namespace

std::optional<model::declaration> read_file(const std::string& file, scrubber& secrets) {
    return told(config::load(file, config::process_surroundings(file)), secrets);
}

std::optional<model::declaration> read_file_offline(const std::string& file, scrubber& secrets) {
    return told(config::load(file, config::offline_surroundings(file)), secrets);
}

} // namespace sluice
