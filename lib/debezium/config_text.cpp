#include "debezium/config_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace sluice::debezium {

namespace {

using names = std::vector<std::string>;

bool contains(const names& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

names join_names(const names& derived, const names& written) {
    const auto is_derived = [&](const std::string& name) { return contains(derived, name); };
    if (written.empty() || std::any_of(written.begin(), written.end(), is_derived)) return written;
    auto all = derived;
    all.insert(all.end(), written.begin(), written.end());
    return all;
}

/// Joins one list and drops the derived keys of names that the joined list leaves out.
void merge_names(std::string_view key, model::config_map& derived, const model::config_map& user) {
    const auto written = user.find(std::string(key));
    const auto ours = derived.find(std::string(key));
    if (written == user.end() || ours == derived.end()) return;
    const auto own_names = split_list(model::reveal(ours->second));
    const auto all = join_names(own_names, split_list(model::reveal(written->second)));
    for (const auto& name : own_names) {
        if (contains(all, name)) continue;
        const auto prefix = fmt::format("{}.{}.", key, name);
        std::erase_if(derived, [&](const auto& entry) { return entry.first.starts_with(prefix); });
    }
    derived[std::string(key)] = join_list(all);
}

} // namespace

std::string value_or(const model::config_map& config, std::string_view key, std::string_view otherwise) {
    const auto found = config.find(std::string(key));
    return found == config.end() ? std::string(otherwise) : model::reveal(found->second);
}

std::optional<long long> number(const model::config_map& config, std::string_view key) {
    const auto text = value_or(config, key, "");
    long long value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::vector<std::string> split_list(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    names items;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        auto item = text.substr(0, comma);
        text.remove_prefix(std::min(text.size(), comma + 1));
        item.remove_prefix(std::min(item.size(), item.find_first_not_of(blanks)));
        item = item.substr(0, item.find_last_not_of(blanks) + 1);
        if (!item.empty()) items.emplace_back(item);
    }
    return items;
}

std::string join_list(const std::vector<std::string>& items) {
    return fmt::format("{}", fmt::join(items, ","));
}

std::string regex_literal(std::string_view text) {
    constexpr std::string_view special = R"(\.[]{}()*+?^$|,)";
    std::string escaped;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

void add_converters(model::config_map& derived, model::message_format format, const model::config_map& user) {
    const std::string with_schemas = format == model::message_format::json ? "true" : "false";
    for (const std::string converter : {"key.converter", "value.converter"}) {
        if (user.contains(converter)) continue; // another converter has other options
        derived[converter] = "org.apache.kafka.connect.json.JsonConverter";
        derived[converter + ".schemas.enable"] = with_schemas;
    }
}

void leave_out(model::config_map& derived, const std::vector<std::string>& omit) {
    for (const auto& omitted : omit) {
        const auto below = omitted + '.';
        std::erase_if(derived, [&](const auto& entry) {
            return entry.first == omitted || entry.first.starts_with(below);
        });
    }
}

model::config_map merge(const model::config_map& derived, const model::config_map& user) {
    auto merged = derived;
    merge_names("transforms", merged, user);
    merge_names("predicates", merged, user);
    for (const auto& [key, value] : user) {
        const bool is_joined = (key == "transforms" || key == "predicates") && derived.contains(key);
        if (!is_joined) merged[key] = value;
    }
    return merged;
}

} // namespace sluice::debezium
