#pragma once
// --accept and --prune: what a command may do that costs more than a restart of tasks.

#include "model/consequence.hpp"

#include <CLI/CLI.hpp>

#include <set>
#include <string>
#include <vector>

namespace sluice {

struct acceptance_options {
    std::vector<std::string> accept;
    bool prune = false;
};

void add_acceptance(CLI::App& sub, acceptance_options& to);

std::set<model::consequence> accepted_by(const acceptance_options& chosen);

} // namespace sluice
