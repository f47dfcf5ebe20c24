#include "base/secret.hpp"

#include <algorithm>

namespace sluice {

void scrubber::learn(const secret& s) {
    const auto& value = s.reveal();
    if (value.size() < 4 || std::ranges::find(known_, value) != known_.end()) return;
    const auto longer = [&](const std::string& other) { return other.size() < value.size(); };
    known_.insert(std::ranges::find_if(known_, longer), value);
}

std::string scrubber::scrub(std::string_view text) const {
    std::string clean(text);
    for (const auto& value : known_) {
        for (auto at = clean.find(value); at != std::string::npos; at = clean.find(value, at)) {
            clean.replace(at, value.size(), secret_mask);
            at += secret_mask.size();
        }
    }
    return clean;
}

} // namespace sluice
