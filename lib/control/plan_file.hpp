#pragma once
// A plan kept in a file, to be carried out later exactly as it was seen: the changes, from which state each
// leads to which, and a digest of what the pipeline file asked for. Holds no secret, and no digest of one.
// JSON; keys are only ever added while `version` stays the same.

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/desired.hpp"
#include "model/plan.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::control {

struct plan_file {
    std::string instance;
    std::string file; // the pipeline file, absolute
    wall_time made_at{};
    std::set<model::consequence> accepted; // when it was made
    bool prune = false;
    std::map<std::string, std::string> wishes; // "connector shop-source" → digest, secrets' values left out
    std::vector<model::change> changes;

    friend bool operator==(const plan_file&, const plan_file&) = default;
};

/// What of a plan belongs into a file: not the restarts of what failed, which come and go with the minute.
model::plan lasting(const model::plan& plan);

/// What the file asks for, by thing.
std::map<std::string, std::string> wishes_of(const model::desired& desired);

std::string to_text(const plan_file& plan);

/// Errors: bad_answer (no plan file, of an unknown version, or not as it was written).
result<plan_file> plan_file_from(std::string_view text);

/// What is not as it was when the plan was made, a sentence each. Empty: the plan still is the plan.
std::vector<std::string>
what_moved(const plan_file& then, const model::desired& desired, const model::plan& plan);

} // namespace sluice::control
