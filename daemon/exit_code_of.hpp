#pragma once
// The exit code of a command that failed.

#include "base/error.hpp"
#include "exit_code.hpp"

namespace sluice {

int exit_code_of(const error& e);

} // namespace sluice
