#include "decide/decide.hpp"

#include "decide/acceptance.hpp"
#include "decide/clash.hpp"
#include "decide/diff.hpp"
#include "decide/freeze.hpp"
#include "decide/heal.hpp"
#include "decide/judge.hpp"
#include "decide/schedule.hpp"
#include "decide/slice.hpp"
#include "decide/workers.hpp"

namespace sluice::decide {

namespace {

using changes = std::vector<model::change>;

// A pipeline is compared by itself, without a thought of the others.
changes
plan_one(const inputs& in, const slice& pipeline, const restart_outlooks& outlooks, occupants& others) {
    auto planned = diff(in, pipeline, others);
    require_acceptance(in, planned);
    const auto restarts = due_restarts(in, pipeline, outlooks);
    planned.insert(planned.end(), restarts.begin(), restarts.end());
    return planned;
}

std::map<std::string, changes> by_pipeline(const changes& all) {
    std::map<std::string, changes> parts;
    // Deletions are told by the plan alone: `undeclared` names their connectors.
    for (const auto& c : all)
        if (c.kind != model::change_kind::delete_connector) parts[c.link.pipeline].push_back(c);
    return parts;
}

void judge_all(const inputs& in, const std::vector<slice>& pipelines, decision& d) {
    const auto parts = by_pipeline(d.plan.changes);
    static const changes none;
    for (const auto& pipeline : pipelines) {
        const auto part = parts.find(pipeline.pipeline);
        d.verdicts.push_back(judge(in, pipeline, part == parts.end() ? none : part->second, d));
    }
}

} // namespace

decision decide(const inputs& in) {
    decision d;
    d.memory = remember(in);
    learn_settled_topics(in, d.memory);
    d.workers = workers_of(in, d.memory);
    d.restarts = judge_restarts(in, d.memory);
    const auto pipelines = cut(in.desired);
    occupants others(in);
    for (const auto& pipeline : pipelines) {
        const auto planned = plan_one(in, pipeline, d.restarts, others);
        d.plan.changes.insert(d.plan.changes.end(), planned.begin(), planned.end());
    }
    auto rest = find_undeclared(in, d.plan.changes);
    require_acceptance(in, rest.deletions);
    d.plan.changes.insert(d.plan.changes.end(), rest.deletions.begin(), rest.deletions.end());
    keep_to_cluster_budget(in, d.memory, d.plan.changes);
    d.frozen_until = frozen_until(in.desired.freeze, in.now.wall);
    schedule(in, d.frozen_until, d.plan.changes, d.memory);
    put_in_order(d.plan.changes);
    judge_all(in, pipelines, d);
    note_acceptances(in, d.plan, d.memory);
    d.undeclared = std::move(rest.names);
    d.orphaned = std::move(rest.ours);
    return d;
}

} // namespace sluice::decide
