#pragma once
// Reads the group by rd_kafka_list_groups: librdkafka's DescribeConsumerGroups refuses groups that are none
// of consumers. Every call runs on the lane and ends within `timeout`.

#include "base/blocking_lane.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "kafka/connect_group_reader.hpp"
#include "model/declared.hpp"

#include <memory>

namespace sluice::kafka {

/// The lane must outlive the reader.
std::unique_ptr<connect_group_reader> make_rdkafka_connect_group_reader(
    blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log
);

} // namespace sluice::kafka
