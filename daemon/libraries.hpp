#pragma once
// Which build this is, the libraries' versions read from the libraries that are really loaded.

#include "http/build_identity.hpp"

namespace sluice {

http::build_identity this_build();

} // namespace sluice
