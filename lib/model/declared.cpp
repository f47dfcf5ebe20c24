#include "model/declared.hpp"

#include "base/sensitive.hpp"

namespace sluice::model {

std::string_view to_string(target_state s) {
    switch (s) {
    case target_state::running: return "running";
    case target_state::paused: return "paused";
    case target_state::stopped: return "stopped";
    }
    return "unknown";
}

bool is_secret(const config_value& v) {
    return std::holds_alternative<secret>(v);
}

bool must_be_hidden(std::string_view key, const config_value& v) {
    return is_secret(v) || (may_hold_secret(key) && !is_provider_reference(reveal(v)));
}

const std::string& reveal(const config_value& v) {
    if (const auto* s = std::get_if<secret>(&v)) return s->reveal();
    return std::get<std::string>(v);
}

bool is_provider_reference(std::string_view value) {
    return value.starts_with("${") && value.ends_with('}') && value.find(':') != std::string_view::npos;
}

} // namespace sluice::model
