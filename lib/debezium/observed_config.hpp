#pragma once
// A connector's config as Connect shows it, read back into the values of a declaration.

#include "model/declared.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::debezium {

using observed_config = std::map<std::string, std::string>;

/// The value, or empty where the key is not there.
std::string observed_value(const observed_config& config, const std::string& key);

/// As a declaration holds it: a secret where the key, the value or its mask says so, else the text.
model::config_value declared_value(const std::string& key, const std::string& value);

/// Absent: there is none, or it is no port.
std::optional<std::uint16_t> observed_port(const observed_config& config, const std::string& key);

/// What `regex_literal` makes of a text, taken back. Absent: it is a pattern for more than one text.
std::optional<std::string> literal_of(std::string_view pattern);

} // namespace sluice::debezium
