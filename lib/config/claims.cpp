#include "config/claims.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace sluice::config {

void claims::add(claim c) {
    if (c.subject.empty()) return;
    taken_.emplace(c.kind, c.subject);
    const auto at = c.at;
    claims_.emplace(at, std::move(c));
}

bool claims::is_taken(const std::string& kind, const std::string& subject) const {
    return taken_.contains({kind, subject});
}

void claims::report_conflicts(report& out) const {
    std::map<std::pair<std::string, std::string>, const claim*> first;
    std::set<std::tuple<std::string, std::string, std::string>> told;
    for (const auto& [at, c] : claims_) {
        const auto [found, is_new] = first.try_emplace({c.kind, c.subject}, &c);
        if (is_new) continue;
        const auto& other = *found->second;
        if (!told.emplace(c.kind, other.owner, c.owner).second) continue;
        out.error(
            at,
            fmt::format(
                "{} {} is already taken by {} (line {}); {}",
                c.kind,
                c.shown,
                other.owner,
                other.at.line,
                c.remedy
            )
        );
    }
}

} // namespace sluice::config
