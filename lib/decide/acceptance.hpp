#pragma once
// What costs more than a restart of tasks waits until somebody accepts it: every change of that consequence
// (`apply --accept=new-slot`), or one change by its id (`reconcile.accept: [3f9a12bc]`), which is spent once
// the change was carried out. Accepting one consequence accepts no other.

#include "decide/decide.hpp"

namespace sluice::decide {

/// Eight hex digits of what is to be done: the same as long as subject, keys and their values before and
/// after are the same.
std::string id_of(const model::change& change);

/// Gives every change its id, and holds those back that cost what nobody accepted.
void require_acceptance(const inputs& in, std::vector<model::change>& changes);

/// Whether deleting a connector is accepted: by `prune`, by consequence, or by the change's id.
bool may_delete(const inputs& in, const model::change& deletion);

/// Follows the ids that the file accepts: begun, spent, forgotten when the file no longer lists them.
/// `planned` is the pass's whole plan.
void note_acceptances(const inputs& in, const model::plan& planned, model::memory& memory);

/// To be called for each change that is really sent.
void note_begun(const model::desired& desired, const model::change& change, model::memory& memory);

} // namespace sluice::decide
