#pragma once
// What a connector's config says of TLS to its database: `database.ssl…` of a source, the parameters of the
// JDBC URL of a sink.

#include "model/database_tls.hpp"
#include "model/desired.hpp"

namespace sluice::debezium {

model::database_tls tls_of(const model::desired_connector& connector);

} // namespace sluice::debezium
