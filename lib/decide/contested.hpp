#pragma once
// Somebody else who changes the same key of a connector three times in ten minutes means it, and putting it
// back a fourth time only restarts the tasks once more. Then the key is contested: it stays as they left it,
// until the file says something else of that connector, until it is as declared again (by `sluice apply`, or
// because they gave in), or until they have left it alone for an hour. Its state counts as a key.

#include "decide/decide.hpp"

#include <vector>

namespace sluice::decide {

/// Notes what others changed, and holds back what would put a contested key back.
void hold_contested(const inputs& in, std::vector<model::change>& changes, model::memory& memory);

/// To be called when a change went through: what differs from then on is another change of theirs.
void note_put_back(model::connector_memory& connector, model::change_kind kind);

} // namespace sluice::decide
