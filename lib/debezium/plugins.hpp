#pragma once
// What Connect offers, as far as it decides how a connector is configured: is the class there, in what
// version?

#include "model/observed.hpp"

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::debezium {

/// "2.7.4.Final" → 2.7. What cannot be read counts as newest: its key names are the ones that stay.
struct plugin_version {
    int major = 3;
    int minor = 0;

    friend auto operator<=>(const plugin_version&, const plugin_version&) = default;
};

plugin_version parse_version(std::string_view text);

/// Whether Connect takes `written` for this class: by its full name, or by a short one.
bool names_class(std::string_view written, std::string_view class_name);

/// The newest installed plugin that Connect would take for `class_name`, which may be one of Connect's short
/// names too (PostgresConnector, FileStreamSource). Null: not installed.
const model::connect_plugin*
find_plugin(const std::vector<model::connect_plugin>& plugins, std::string_view class_name);

/// One sentence: that the class is missing, what comes nearest, and what to do.
std::string describe_missing(const std::vector<model::connect_plugin>& plugins, std::string_view class_name);

} // namespace sluice::debezium
