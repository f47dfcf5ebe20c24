#include "pipeline_file.hpp"

#include "kafka/rdkafka_topic_admin.hpp"
#include "terminal.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace sluice {

namespace {

constexpr const char* own_file = "config/pipeline.yaml";
constexpr const char* shared_file = "/etc/sluice/pipeline.yaml";

bool is_there(const std::string& file) {
    std::error_code ec;
    return std::filesystem::exists(file, ec);
}

} // namespace

std::string find_file(const common_options& common) {
    if (!common.file.empty()) return common.file; // CLI11 has read SLUICE_CONFIG into it
    if (is_there(own_file)) return own_file;
    return shared_file;
}

config::surroundings surroundings_of(const std::string& file) {
    auto around = config::process_surroundings(file);
    around.flaw_of_kafka_property = [](const std::string& key, const model::config_value& value
                                    ) -> std::optional<config::property_flaw> {
        const auto checked = kafka::check_properties({"localhost:9092", {{key, value}}});
        if (checked) return std::nullopt;
        const auto& e = checked.error();
        return config::property_flaw{e.code == errc::not_found, e.detail};
    };
    return around;
}

std::vector<std::string> rendered(const std::vector<config::diagnostic>& diagnostics) {
    std::vector<std::string> lines;
    for (const auto& d : diagnostics) lines.push_back(config::render(d));
    return lines;
}

namespace {

config::loaded told(const std::string& file, config::loaded loaded, scrubber& secrets) {
    for (const auto& s : loaded.secrets) secrets.learn(s);
    const auto problems = rendered(loaded.diagnostics);
    for (const auto& text : problems) complain(secrets.scrub(text) + (text.ends_with('\n') ? "" : "\n"));
    if (file == shared_file && !is_there(shared_file) && !is_there(own_file))
        complain(
            fmt::format("sluice: nor is there {}; name the file with -c FILE or SLUICE_CONFIG\n", own_file)
        );
    return loaded;
}

} // namespace

config::loaded load_file(const std::string& file, scrubber& secrets) {
    return told(file, config::load(file, surroundings_of(file)), secrets);
}

std::optional<model::declaration> read_file(const std::string& file, scrubber& secrets) {
    return load_file(file, secrets).declared;
}

std::optional<model::declaration> read_file_offline(const std::string& file, scrubber& secrets) {
    return told(file, config::load(file, config::offline_surroundings(file)), secrets).declared;
}

} // namespace sluice
