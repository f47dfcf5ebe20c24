#include "acceptance_options.hpp"

namespace sluice {

namespace {

std::vector<std::string> acceptable() {
    std::vector<std::string> words;
    for (int i = 0; i <= static_cast<int>(model::consequence::remove); ++i) {
        const auto cost = static_cast<model::consequence>(i);
        if (cost != model::consequence::none) words.emplace_back(model::to_string(cost));
    }
    return words;
}

} // namespace

void add_acceptance(CLI::App& sub, acceptance_options& to) {
    sub.add_option("--accept", to.accept, "Consequences to accept, each by itself: new-slot,delete")
        ->delimiter(',')
        ->check(CLI::IsMember(acceptable()));
    sub.add_flag("--prune", to.prune, "Also delete what is ours and not in the file");
}

std::set<model::consequence> accepted_by(const acceptance_options& chosen) {
    std::set<model::consequence> accepted;
    for (const auto& word : chosen.accept)
        if (const auto cost = model::consequence_from(word)) accepted.insert(*cost);
    return accepted;
}

} // namespace sluice
