#pragma once
// The pipeline file for who asks Connect alone: the passwords of databases do not matter then.

#include "base/secret.hpp"
#include "model/declared.hpp"

#include <optional>
#include <string>

namespace sluice {

/// As `read_file`, but an environment variable that is not set is told and done without.
std::optional<model::declaration> read_file_for_connect(const std::string& file, scrubber& secrets);

} // namespace sluice
