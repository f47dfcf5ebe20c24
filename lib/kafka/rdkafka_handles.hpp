#pragma once
// Owners of librdkafka's objects. For the sources of this room alone: no other header includes librdkafka's.

#include <librdkafka/rdkafka.h>

#include <memory>

namespace sluice::kafka {

template <auto Destroy>
struct destroyed_by {
    template <class Object>
    void operator()(Object* object) const {
        Destroy(object);
    }
};

using client_handle = std::unique_ptr<rd_kafka_t, destroyed_by<rd_kafka_destroy>>;
using conf_handle = std::unique_ptr<rd_kafka_conf_t, destroyed_by<rd_kafka_conf_destroy>>;
using queue_handle = std::unique_ptr<rd_kafka_queue_t, destroyed_by<rd_kafka_queue_destroy>>;
using event_handle = std::unique_ptr<rd_kafka_event_t, destroyed_by<rd_kafka_event_destroy>>;
using group_list_handle =
    std::unique_ptr<const rd_kafka_group_list, destroyed_by<rd_kafka_group_list_destroy>>;
using metadata_handle = std::unique_ptr<const rd_kafka_metadata_t, destroyed_by<rd_kafka_metadata_destroy>>;
using options_handle = std::unique_ptr<rd_kafka_AdminOptions_t, destroyed_by<rd_kafka_AdminOptions_destroy>>;
using new_topic_handle = std::unique_ptr<rd_kafka_NewTopic_t, destroyed_by<rd_kafka_NewTopic_destroy>>;
using new_partitions_handle =
    std::unique_ptr<rd_kafka_NewPartitions_t, destroyed_by<rd_kafka_NewPartitions_destroy>>;
using resource_handle =
    std::unique_ptr<rd_kafka_ConfigResource_t, destroyed_by<rd_kafka_ConfigResource_destroy>>;

} // namespace sluice::kafka
