#include "decide/decide.hpp"

#include "decide/diff.hpp"
#include "decide/heal.hpp"
#include "decide/judge.hpp"

#include <algorithm>
#include <tuple>

namespace sluice::decide {

decision decide(const inputs& in) {
    decision d;
    d.memory = remember(in);
    auto difference = diff(in);
    d.plan = std::move(difference.plan);
    d.undeclared = std::move(difference.undeclared);
    d.orphaned = std::move(difference.orphaned);
    auto restarts = due_restarts(in, d.memory);
    d.plan.changes.insert(d.plan.changes.end(), restarts.begin(), restarts.end());
    const auto order = [](const model::change& a, const model::change& b) {
        return std::tie(a.kind, a.subject) < std::tie(b.kind, b.subject);
    };
    std::ranges::sort(d.plan.changes, order);
    d.verdicts = judge(in, d.plan, d.memory);
    return d;
}

} // namespace sluice::decide
