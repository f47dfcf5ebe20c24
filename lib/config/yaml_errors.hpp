#pragma once

#include <string>
#include <string_view>

namespace sluice::config {

/// What yaml-cpp complains of, in words that help. Never repeats text of the file: it may be a secret.
std::string explain_yaml_error(std::string_view message);

} // namespace sluice::config
