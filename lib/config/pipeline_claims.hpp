#pragma once

#include "config/claims.hpp"
#include "config/cursor.hpp"
#include "model/declared.hpp"

namespace sluice::config {

/// What a pipeline's source wants for itself alone: connector name, slot, publication, topic prefix, topics.
void claim_source(const mapping& in, const model::pipeline& p, claims& all);

/// What one of its sinks does: connector name, dead letter topic, the tables it writes.
void claim_sink(const mapping& in, const model::pipeline& p, const model::sink& s, claims& all);

} // namespace sluice::config
