#include "debezium/plugins.hpp"

#include "base/nearest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <utility>

namespace sluice::debezium {

namespace {

std::string_view simple_name(std::string_view class_name) {
    const auto dot = class_name.rfind('.');
    return dot == std::string_view::npos ? class_name : class_name.substr(dot + 1);
}

/// Connect's PluginUtils.prunedName: a connector may be named without its last word.
std::string_view pruned_name(std::string_view class_name) {
    constexpr std::string_view suffix = "Connector";
    auto name = simple_name(class_name);
    if (name.size() > suffix.size() && name.ends_with(suffix)) name.remove_suffix(suffix.size());
    return name;
}

bool answers_to(const model::connect_plugin& plugin, std::string_view class_name) {
    return plugin.class_name == class_name || simple_name(plugin.class_name) == class_name ||
           pruned_name(plugin.class_name) == class_name;
}

std::string nearest_class(const std::vector<model::connect_plugin>& plugins, std::string_view class_name) {
    std::vector<std::string> names;
    for (const auto& plugin : plugins) names.push_back(plugin.class_name);
    for (const auto& plugin : plugins) names.emplace_back(simple_name(plugin.class_name));
    const auto found = nearest(class_name, names);
    return found ? fmt::format(" (did you mean {}?)", *found) : std::string();
}

} // namespace

plugin_version parse_version(std::string_view text) {
    plugin_version version;
    const auto* const end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    const bool has_minor = major.ec == std::errc() && major.ptr != end && *major.ptr == '.';
    if (!has_minor) return {};
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    return minor.ec == std::errc() ? version : plugin_version{};
}

bool names_class(std::string_view written, std::string_view class_name) {
    return answers_to({std::string(class_name), {}, {}}, written);
}

const model::connect_plugin*
find_plugin(const std::vector<model::connect_plugin>& plugins, std::string_view class_name) {
    const model::connect_plugin* newest = nullptr;
    for (const auto& plugin : plugins) {
        if (!answers_to(plugin, class_name)) continue;
        if (!newest || parse_version(newest->version) < parse_version(plugin.version)) newest = &plugin;
    }
    return newest;
}

std::string describe_missing(const std::vector<model::connect_plugin>& plugins, std::string_view class_name) {
    std::vector<std::string> offered;
    for (const auto& plugin : plugins) {
        if (plugin.class_name.starts_with("org.apache.kafka.connect.mirror.")) continue; // in every worker
        offered.push_back(fmt::format("{} {}", simple_name(plugin.class_name), plugin.version));
    }
    std::sort(offered.begin(), offered.end());
    offered.erase(std::unique(offered.begin(), offered.end()), offered.end());
    return fmt::format(
        "the connector class {} is not installed in Connect{}, which offers {}; put the plugin into the "
        "plugin.path of "
        "every worker and restart the workers; `sluice plugins` shows which of them lacks it",
        class_name,
        nearest_class(plugins, class_name),
        offered.empty() ? std::string("no other") : fmt::format("{}", fmt::join(offered, ", "))
    );
}

} // namespace sluice::debezium
