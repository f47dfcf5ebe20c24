#pragma once
// What can belong to one pipeline only: names, slots, publications, topics, sink tables. Everybody claims
// what is theirs; two claims to one thing are an error that names both places.

#include "config/report.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace sluice::config {

struct claim {
    std::string kind;    // "replication slot"
    std::string subject; // what must be unique within the kind: "localhost:5432 demo_shop"
    std::string shown;   // "`demo_shop` on localhost:5432"
    std::string owner;   // "pipeline `shop`"
    std::string remedy;  // "give one of them another `slot:`"
    place at;
};

class claims {
public:
    /// A claim to nothing (an empty subject: it could not be read) is ignored.
    void add(claim c);

    /// True when somebody claimed this before.
    [[nodiscard]] bool is_taken(const std::string& kind, const std::string& subject) const;

    /// One error for every two owners that want things of one kind: fifty tables of two sinks are one
    /// mistake.
    void report_conflicts(report& out) const;

private:
    std::multimap<place, claim> claims_;                  // the first in the file is in its right
    std::set<std::pair<std::string, std::string>> taken_; // kind and subject
};

} // namespace sluice::config
