#pragma once
// Memory as records and back: `connector/<name>`, `pipeline/<name>`, `roll/<kind>`, each one JSON object.

#include "base/time.hpp"
#include "control/memory_store.hpp"
#include "model/memory.hpp"

namespace sluice::control {

records to_records(const model::memory& memory);

/// Records that cannot be read are left out: forgetting is safe, guessing is not.
model::memory from_records(const records& all);

} // namespace sluice::control
