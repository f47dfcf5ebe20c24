#pragma once
// Changes that somebody has seen and agreed to, and nothing else: `apply FILE` carries out these alone.

#include "model/plan.hpp"

#include <set>
#include <string>
#include <vector>

namespace sluice::decide {

class agreed {
public:
    explicit agreed(const std::vector<model::change>& changes);

    /// One of them: the same change from the same state, by its id. A new connector also comes into its
    /// declared state, where Connect cannot create it in that.
    [[nodiscard]] bool covers(const model::change& change) const;

    /// Whether one of them is about this connector or topic.
    [[nodiscard]] bool concerns(const std::string& subject) const { return subjects_.contains(subject); }

private:
    std::set<std::string> ids_;
    std::set<std::string> created_;
    std::set<std::string> subjects_;
};

} // namespace sluice::decide
