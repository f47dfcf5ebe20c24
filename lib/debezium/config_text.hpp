#pragma once
// The small grammar of connector configs: comma lists, Java's regular expressions, converters, and how
// `config:` of the file goes over what is derived.

#include "model/declared.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::debezium {

/// The value as text, or `otherwise` where the key is not there.
std::string value_or(const model::config_map& config, std::string_view key, std::string_view otherwise);

/// Absent: not there, no number, or something that only Connect can resolve.
std::optional<long long> number(const model::config_map& config, std::string_view key);

std::vector<std::string> split_list(std::string_view text);
std::string join_list(const std::vector<std::string>& items);

/// Matches exactly this text: for Java's Pattern, and safe within a list that is split at commas.
std::string regex_literal(std::string_view text);

/// Key and value converters for the pipeline's format, unless `config:` brings its own.
void add_converters(model::config_map& derived, model::message_format format, const model::config_map& user);

/// Takes these keys, and every key below one of them ("transforms" and "transforms.unwrap.type"), out again.
void leave_out(model::config_map& derived, const std::vector<std::string>& omit);

/// What the user wrote wins key by key. `transforms` and `predicates` are joined: the derived names first,
/// then the user's; a list that names one of the derived ones, or is empty, is taken as it is written, and
/// what is derived for names it leaves out goes.
model::config_map merge(const model::config_map& derived, const model::config_map& user);

} // namespace sluice::debezium
