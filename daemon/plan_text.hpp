#pragma once
// A plan as people read it: on a terminal, and as Markdown for a review.

#include "model/plan.hpp"
#include "terminal.hpp"

#include <string>

namespace sluice {

struct plan_counts {
    int create = 0;
    int update = 0; // config, state, partitions, restarts
    int remove = 0;
    int awaiting = 0; // acceptance, among them
    int blocked = 0;  // otherwise, among them
};

plan_counts count(const model::plan& plan);

/// "Plan: 2 to create, 0 to update, 0 to delete." and what is held back.
std::string summary(const model::plan& plan);

/// Every change with its keys, then the summary.
std::string plan_as_text(const model::plan& plan, const terminal& out);
std::string plan_as_markdown(const model::plan& plan);

/// One line for one change: "create connector shop-source".
std::string headline(const model::change& change);

} // namespace sluice
