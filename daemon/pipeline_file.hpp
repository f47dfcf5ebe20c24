#pragma once
// Finding and reading the pipeline file for a command.

#include "base/secret.hpp"
#include "config/load.hpp"
#include "options.hpp"

#include <memory>
#include <optional>
#include <string>

namespace sluice {

/// The file that a command is about: -c, else SLUICE_CONFIG, else ./config/pipeline.yaml where it exists,
/// else /etc/sluice/pipeline.yaml.
std::string find_file(const common_options& common);

/// The process's own, with librdkafka's word on its properties.
config::surroundings surroundings_of(const std::string& file);

/// Reads it, prints every diagnostic to stderr, and tells its secrets to the scrubber. Without `declared` it
/// has errors.
config::loaded load_file(const std::string& file, scrubber& secrets);

/// The same, for who needs nothing but what it declares. Absent: it has errors.
std::optional<model::declaration> read_file(const std::string& file, scrubber& secrets);

/// The same on a machine that need not have the secrets, for comparing with another file.
std::optional<model::declaration> read_file_offline(const std::string& file, scrubber& secrets);

std::vector<std::string> rendered(const std::vector<config::diagnostic>& diagnostics);

} // namespace sluice
