#pragma once
// Many pipelines that are there already, as declared, when Sluice comes.

#include "pipeline_fixture.hpp"

#include <cstddef>
#include <string>

namespace sluice::testing {

/// So many pipelines of a source and a sink ("shop-001"), and so many plain connectors ("plain-001").
model::declaration fleet_declaration(std::size_t pipelines, std::size_t plain);

/// Puts into the world what the file asks for, as if Sluice had made it long ago.
void make_real(model_world& world, const model::declaration& declared);

} // namespace sluice::testing
