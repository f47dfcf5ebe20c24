#pragma once
// librdkafka's configuration, made from the file's `kafka:`, and its error codes in our terms. Internal to
// this room.

#include "base/error.hpp"
#include "kafka/rdkafka_handles.hpp"
#include "model/declared.hpp"

namespace sluice::kafka {

/// Errors: not_found, invalid; naming the property.
result<conf_handle> make_conf(const model::kafka_cluster& cluster);

errc to_errc(rd_kafka_resp_err_t code);

} // namespace sluice::kafka
