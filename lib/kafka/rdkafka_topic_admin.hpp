#pragma once
// The topics of a real cluster, through librdkafka's admin API. The client is made at the first call and
// kept: it finds the brokers again by itself. Every call runs on the lane, ends within `timeout`, and says
// which brokers it tried and what they answered. What librdkafka logs goes to `log`, on the caller's thread.

#include "base/blocking_lane.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "kafka/topic_admin.hpp"
#include "model/declared.hpp"

#include <memory>

namespace sluice::kafka {

/// The lane must outlive the admin.
std::unique_ptr<topic_admin>
make_rdkafka_topic_admin(blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log);

/// Whether librdkafka takes these properties; nothing is connected. Errors: not_found (there is no such
/// property), invalid; naming the property and never a secret's value.
result<> check_properties(const model::kafka_cluster& cluster);

} // namespace sluice::kafka
