#pragma once
// Changing some entries of a topic's config with a call that resets all it does not name. Pure.

#include "base/error.hpp"
#include "model/observed.hpp"

#include <map>
#include <string>

namespace sluice::kafka {

using topic_config = std::map<std::string, model::topic_entry>;

/// Everything that has to be written: what is set on the topic now, and `changes` over it.
/// Errors: refused, when an entry that would have to be written back cannot be read.
result<std::map<std::string, std::string>>
merge_config(const topic_config& current, const std::map<std::string, std::string>& changes);

/// The first entry of `written` that `current` does not hold; empty: it holds all.
std::string first_difference(const topic_config& current, const std::map<std::string, std::string>& written);

} // namespace sluice::kafka
