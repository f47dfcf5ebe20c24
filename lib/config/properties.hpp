#pragma once
// `config:` and `properties:`: free keys, each with one value that is passed on as it is written.

#include "config/cursor.hpp"
#include "model/declared.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

/// Why a key may not be set here; nothing when it may.
using key_veto = std::optional<std::string> (*)(std::string_view key);

/// Values of !env and !file are secrets, and literal ones under a key like `database.password` too (with a
/// warning).
void read_properties(decoding& d, const setting& from, key_veto veto, model::config_map& to);

/// The same for a place that holds no secrets.
void read_properties(decoding& d, const setting& from, key_veto veto, std::map<std::string, std::string>& to);

/// A list of derived keys that a connector is to do without.
void read_omitted(decoding& d, const setting& from, std::vector<std::string>& to);

/// Of connector configs: `name` and `sluice.*` are Sluice's own.
std::optional<std::string> veto_of_connector(std::string_view key);

/// Where the file sets a property; the section's place when it does not.
place place_of_property(const setting& config, std::string_view key);

/// The value of a property, or "".
std::string property(const model::config_map& config, const std::string& key);

} // namespace sluice::config
