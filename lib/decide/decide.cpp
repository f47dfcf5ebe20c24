#include "decide/decide.hpp"

#include "decide/acceptance.hpp"
#include "decide/diff.hpp"
#include "decide/heal.hpp"
#include "decide/judge.hpp"
#include "decide/slice.hpp"

namespace sluice::decide {

namespace {

void append(std::vector<model::change>& to, const std::vector<model::change>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

} // namespace

decision decide(const inputs& in) {
    decision d;
    d.memory = remember(in);
    learn_settled_topics(in, d.memory);
    for (const auto& s : cut(in.desired)) {
        auto changes = diff(in, s);
        require_acceptance(in, changes);
        append(changes, due_restarts(in, s, d.memory));
        put_in_order(changes);
        d.verdicts.push_back(judge(in, s, changes, d.memory));
        append(d.plan.changes, changes);
    }
    auto rest = find_undeclared(in, d.plan.changes);
    require_acceptance(in, rest.deletions);
    append(d.plan.changes, rest.deletions);
    put_in_order(d.plan.changes);
    note_acceptances(in, d.plan, d.memory);
    d.undeclared = std::move(rest.names);
    d.orphaned = std::move(rest.ours);
    return d;
}

} // namespace sluice::decide
