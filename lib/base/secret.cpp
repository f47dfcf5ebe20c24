#include "base/secret.hpp"

#include <algorithm>

namespace sluice {

namespace {

/// A part of a text that shows a secret, or several that overlap.
struct stretch {
    std::size_t begin;
    std::size_t end;
};

/// Secrets that only touch stay two: each gets its mask.
void add(std::vector<stretch>& to, stretch next) {
    if (to.empty() || next.begin < to.back().begin || next.begin >= to.back().end)
        to.push_back(next);
    else
        to.back().end = std::max(to.back().end, next.end);
}

// A secret may overlap itself, so the search goes on one byte further.
void find_all(std::string_view text, std::string_view value, std::vector<stretch>& found) {
    for (auto at = text.find(value); at != std::string_view::npos; at = text.find(value, at + 1))
        add(found, {at, at + value.size()});
}

} // namespace

void scrubber::learn(const secret& s) {
    const auto& value = s.reveal();
    if (value.size() < 4 || std::ranges::find(known_, value) != known_.end()) return;
    known_.push_back(value);
}

std::string scrubber::scrub(std::string_view text) const {
    std::vector<stretch> found;
    for (const auto& value : known_) find_all(text, value, found);
    std::ranges::sort(found, {}, &stretch::begin);
    std::vector<stretch> hidden;
    for (const auto& s : found) add(hidden, s);
    std::string clean;
    std::size_t done = 0;
    for (const auto& s : hidden) {
        clean += text.substr(done, s.begin - done);
        clean += secret_mask;
        done = s.end;
    }
    clean += text.substr(done);
    return clean;
}

} // namespace sluice
