#pragma once
// Between two files, without a world: what a plan would say if all were as the one file wants it, and the
// other came into force. Pure.

#include "decide/decide.hpp"

namespace sluice::decide {

/// `before` is taken as carried out to the last key, and as remembered.
decision review(const model::desired& before, const model::desired& after);

} // namespace sluice::decide
