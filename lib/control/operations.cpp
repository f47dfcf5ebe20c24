// The part of the loop that people speak to.
#include "control/operations.hpp"

#include "control/reconciler.hpp"
#include "decide/diff.hpp"
#include "decide/heal.hpp"
#include "decide/override.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

using model::desired_connector;
using model::override_scope;
using model::target_state;

history_event told(const operation_request& request, const std::string& pipeline) {
    history_event e;
    e.kind = history_kind::operation;
    e.pipeline = pipeline;
    e.subject = request.name;
    e.what = to_string(request.what);
    e.why = request.reason;
    e.who = request.who;
    return e;
}

std::string pipeline_of(const decide::named_subject& about) {
    return about.connectors.empty() ? about.subject.name : about.connectors.front()->link.pipeline;
}

std::string why_in_this_state(const desired_connector& c) {
    return c.state_because.empty() ? fmt::format("the file declares it {}", model::to_string(c.state))
                                   : c.state_because;
}

std::vector<std::string> names_of(const decide::named_subject& about) {
    std::vector<std::string> names;
    for (const auto* c : about.connectors) names.push_back(c->name);
    return names;
}

} // namespace

std::string_view to_string(operation what) {
    switch (what) {
    case operation::pause: return "pause";
    case operation::stop: return "stop";
    case operation::resume: return "resume";
    case operation::restart: return "restart";
    }
    return "unknown";
}

std::optional<operation> operation_from(std::string_view word) {
    for (const auto what : {operation::pause, operation::stop, operation::resume, operation::restart})
        if (to_string(what) == word) return what;
    return std::nullopt;
}

asio::awaitable<result<operation_outcome>> reconciler::operate(operation_request request) {
    const auto desired = desired_; // what is found points into it
    const auto about = decide::find_subject(*desired, request.name);
    if (!about) co_return std::unexpected(about.error());
    if (stopping_) co_return fail(errc::busy, std::string(to_string(request.what)), request.name, "it ends");
    if (request.what == operation::restart) co_return co_await restart(request, *about);
    auto outcome =
        request.what == operation::resume ? lift_overrides(request, *about) : put_override(request, *about);
    if (!outcome) co_return outcome;
    act();
    const auto saved = co_await save();
    if (!saved)
        outcome->problems.push_back(
            "it is in force, but could not be saved, and ends with this process: " + saved.error().message()
        );
    co_return outcome;
}

// --- overrides --------------------------------------------------------------------------------------------

result<operation_outcome>
reconciler::put_override(const operation_request& request, const decide::named_subject& about) {
    const auto& worker = observed_.worker.value;
    if (request.what == operation::stop && worker && !model::is_at_least(*worker, 3, 5))
        return fail(
            errc::unsupported,
            "stop",
            request.name,
            fmt::format(
                "this Connect is {}, and only 3.5 and later can stop a connector; `sluice pause {}` works",
                worker->version,
                request.name
            )
        );
    const auto now = time_.now();
    model::state_override wish;
    wish.state = request.what == operation::stop ? target_state::stopped : target_state::paused;
    wish.who = request.who;
    wish.reason = request.reason;
    wish.since = now.wall;
    wish.lasts = request.lasts;
    if (wish.lasts) {
        wish.deadline = now.mono + *wish.lasts;
        wish.ends_at = now.wall + *wish.lasts;
    }
    operation_outcome outcome;
    const auto until =
        wish.lasts ? to_iso8601(wish.ends_at) : fmt::format("`sluice resume {}`", request.name);
    outcome.said.push_back(fmt::format("{} is {} until {}", request.name, model::to_string(wish.state), until)
    );
    if (const auto before = memory_.overrides.find(about.subject); before != memory_.overrides.end())
        outcome.said.push_back("this replaces: " + decide::describe(before->second));
    auto event = told(request, pipeline_of(about));
    event.after = wish.lasts ? to_iso8601(wish.ends_at) : std::string();
    history_.note(std::move(event));
    log_.info("override", {{"subject", request.name}, {"state", decide::describe(wish)}});
    const auto state = wish.state;
    memory_.overrides[about.subject] = std::move(wish);
    follow_overrides();
    tell_what_differs(about, state, outcome);
    return outcome;
}

result<operation_outcome>
reconciler::lift_overrides(const operation_request& request, const decide::named_subject& about) {
    operation_outcome outcome;
    const auto lift = [&](const model::override_subject& subject) {
        const auto found = memory_.overrides.find(subject);
        if (found == memory_.overrides.end()) return;
        outcome.said.push_back(
            fmt::format("{} is no longer {}", subject.name, decide::describe(found->second))
        );
        memory_.overrides.erase(found);
    };
    lift(about.subject);
    for (const auto* c : about.connectors) lift({override_scope::connector, c->name});
    const bool lifted = !outcome.said.empty();
    if (lifted) {
        history_.note(told(request, pipeline_of(about)));
        log_.info("override lifted", {{"subject", request.name}, {"by", request.who}});
        follow_overrides();
    } else {
        outcome.said.push_back(fmt::format("no override of {} was in force", request.name));
    }
    const bool all_run = tell_what_differs(about, target_state::running, outcome);
    if (lifted || all_run) return outcome;
    return fail(errc::refused, "resume", request.name, fmt::format("{}", fmt::join(outcome.said, "; ")));
}

// What follows in spite of the wish, and why: a stronger override, the file, a hold, Connect itself.
bool reconciler::tell_what_differs(
    const decide::named_subject& about, target_state wished, operation_outcome& outcome
) {
    bool all_follow = true;
    for (const auto& name : names_of(about)) {
        const auto* c = model::find_connector(*desired_, name);
        if (c == nullptr) continue;
        if (c->state != wished) {
            all_follow = false;
            outcome.said.push_back(fmt::format("{} stays {}", name, stays_because(*c)));
        }
        if (auto refusal = why_not_ours(*c); !refusal.empty())
            outcome.problems.push_back(fmt::format("{}: {}", name, refusal));
        else
            outcome.connectors.push_back(name);
        if (const auto hold = hold_on(name); !hold.empty())
            outcome.said.push_back(fmt::format("{} follows when this hold ends: {}", name, hold));
        if (wished == target_state::paused && has_failed_itself(name))
            outcome.problems.push_back(fmt::format(
                "{} has failed, and Connect cannot pause a failed connector; `sluice stop {}` can", name, name
            ));
    }
    if (!observed_.connectors.fresh())
        outcome.problems.emplace_back("Connect cannot be read; it follows as soon as it can");
    return all_follow;
}

std::string reconciler::stays_because(const desired_connector& c) const {
    const auto* o = decide::override_on(memory_.overrides, c);
    if (c.state_because.empty() || o == nullptr)
        return fmt::format(
            "{}: the file says so; set `state: running` there, then `sluice reload`",
            model::to_string(c.state)
        );
    return fmt::format("{}; `sluice resume {}` lifts that", c.state_because, o->first.name);
}

// Desired follows what is remembered, and what follows from a person's wish is no drift.
void reconciler::follow_overrides() {
    if (!desired_) return;
    const auto before = desired_;
    derive();
    note_changed_wishes(*before);
}

void reconciler::end_overrides() {
    const auto passed = decide::let_time_pass(memory_.overrides, time_.now());
    for (const auto& [subject, o] : passed.ended) {
        history_event e;
        e.kind = history_kind::operation;
        const auto* c = model::find_connector(*desired_, subject.name);
        e.pipeline =
            subject.scope == override_scope::connector && c != nullptr ? c->link.pipeline : subject.name;
        e.subject = subject.name;
        e.what = "end";
        e.why = "its time is over: " + decide::describe(o);
        e.who = mode_.who;
        history_.note(std::move(e));
        log_.info("override ended", {{"subject", subject.name}, {"was", decide::describe(o)}});
    }
    if (passed.moved || !passed.ended.empty()) follow_overrides();
}

mono_time reconciler::next_override_end() const {
    auto next = mono_time::max();
    for (const auto& [subject, o] : memory_.overrides)
        if (o.deadline) next = std::min(next, *o.deadline);
    return next;
}

// --- restarts ---------------------------------------------------------------------------------------------

asio::awaitable<result<operation_outcome>>
reconciler::restart(operation_request request, decide::named_subject about) {
    const std::string attempted = "restart";
    if (!observed_.connectors.fresh())
        co_return fail(errc::unreachable, attempted, request.name, "Connect cannot be read");
    co_await connect_.look_at_states(observed_);
    operation_outcome outcome;
    std::vector<std::string> refusals;
    for (const auto& name : names_of(about)) {
        const auto* c = model::find_connector(*desired_, name);
        if (c == nullptr) continue;
        if (auto why = why_no_restart(*c); !why.empty())
            refusals.push_back(fmt::format("{} {}", name, why));
        else if (request.all || has_failed(name))
            ask_for_restart(request, *c, outcome);
    }
    outcome.problems = refusals;
    if (outcome.connectors.empty() && !refusals.empty())
        co_return fail(errc::refused, attempted, request.name, fmt::format("{}", fmt::join(refusals, "; ")));
    if (outcome.connectors.empty()) {
        outcome.said.push_back(fmt::format("nothing of {} has failed; --all restarts what runs", request.name)
        );
        co_return outcome;
    }
    history_.note(told(request, pipeline_of(about)));
    act();
    co_await settle_restarts(outcome.connectors);
    for (const auto& name : outcome.connectors) {
        const auto problem = executor_.problems().find(name);
        if (problem == executor_.problems().end())
            outcome.said.push_back(
                fmt::format("{} is restarted{}", name, request.all ? "" : " where it failed")
            );
        else
            outcome.problems.push_back(fmt::format("{}: {}", name, problem->second));
    }
    co_return outcome;
}

void reconciler::ask_for_restart(
    const operation_request& request, const desired_connector& c, operation_outcome& outcome
) {
    model::change change;
    change.kind = request.all ? model::change_kind::restart_all : model::change_kind::restart_failed;
    change.subject = c.name;
    change.link = c.link;
    change.cost = model::consequence::task_restart;
    change.because = "asked for by " + request.who;
    if (!request.reason.empty()) change.because += ": " + request.reason;
    executor_.forget_problem(c.name); // a person does not wait for a back-off
    decide::forget_judgement(memory_.connectors[c.name]);
    asked_restarts_.push_back(std::move(change));
    outcome.connectors.push_back(c.name);
}

void reconciler::start_asked_restarts() {
    const auto start = [this](const model::change& change) {
        return hold_on(change.subject).empty() && executor_.start(change, desired_, target_state::running);
    };
    std::erase_if(asked_restarts_, start);
}

asio::awaitable<void> reconciler::settle_restarts(std::vector<std::string> connectors) {
    const std::shared_ptr<alarm> quiet = time_.make_alarm();
    const auto is_due = [this](const std::string& name) {
        const auto waits = std::ranges::find(asked_restarts_, name, &model::change::subject);
        return waits != asked_restarts_.end() || executor_.busy_with(name);
    };
    waiting_for_quiet_.push_back(quiet);
    while (std::ranges::any_of(connectors, is_due)) co_await quiet->wait();
}

std::string reconciler::why_no_restart(const desired_connector& c) const {
    if (!observed_.connectors.value->contains(c.name)) return "does not exist in Connect";
    if (auto refusal = why_not_ours(c); !refusal.empty()) return "is not restarted: " + refusal;
    if (c.state != target_state::running) return fmt::format("does not run: {}", why_in_this_state(c));
    if (const auto hold = hold_on(c.name); !hold.empty()) return "is held: " + hold;
    return {};
}

std::string reconciler::why_not_ours(const desired_connector& c) const {
    const auto* found = observed_connector(c.name);
    if (found == nullptr || !found->config) return {};
    const std::set<std::string> no_matter;
    return decide::refusal_to_manage(inputs(no_matter), c, *found);
}

const model::observed_connector* reconciler::observed_connector(const std::string& name) const {
    if (!observed_.connectors.value) return nullptr;
    const auto found = observed_.connectors.value->find(name);
    return found == observed_.connectors.value->end() ? nullptr : &found->second;
}

bool reconciler::has_failed(const std::string& name) const {
    const auto* found = observed_connector(name);
    return found != nullptr && found->status && decide::has_failure(*found->status);
}

bool reconciler::has_failed_itself(const std::string& name) const {
    const auto* found = observed_connector(name);
    return found != nullptr && found->status && found->status->state == model::connector_state::failed;
}

} // namespace sluice::control
