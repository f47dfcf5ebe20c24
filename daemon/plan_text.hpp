#pragma once
// A plan as people read it: on a terminal, and as Markdown for a review.

#include "model/plan.hpp"
#include "terminal.hpp"

#include <string>
#include <string_view>

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

inline constexpr std::string_view as_the_file_says = "Nothing to do: Connect and Kafka are as the file says.";

/// Every change with its keys, then the summary; `nothing` when there is no change.
std::string
plan_as_text(const model::plan& plan, const terminal& out, std::string_view nothing = as_the_file_says);
std::string plan_as_markdown(const model::plan& plan, std::string_view nothing = as_the_file_says);

/// One line for one change: "create connector shop-source".
std::string headline(const model::change& change);

} // namespace sluice
