#pragma once
// The port to Kafka's topics. Implemented by rdkafka_topic_admin and, in tests, by a model Kafka.
//
// Errors: unreachable (no broker, or none in time), timeout, already_exists, not_found, unauthorized,
// refused (the broker says no: policy, wrong value), unsupported, server_error, cancelled.
// Thread: called and answered on the io_context's; blocking calls of the library run on a blocking_lane.

#include "base/error.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"

#include <boost/asio/awaitable.hpp>

#include <map>
#include <string>
#include <vector>

namespace sluice::kafka {

template <class T>
using awaitable = boost::asio::awaitable<T>;

class topic_admin {
public:
    virtual ~topic_admin() = default;

    /// Those of `names` that exist, with their partitions, replication factor and config. A name that is
    /// missing from the answer does not exist: an unreadable cluster is an error, never an empty answer.
    virtual awaitable<result<model::topic_list>> describe(std::vector<std::string> names) = 0;

    virtual awaitable<result<void>> create(model::desired_topic topic) = 0;

    /// Grows a topic to `total` partitions.
    virtual awaitable<result<void>> add_partitions(std::string topic, std::int32_t total) = 0;

    /// Sets `changes` and keeps every other entry that is set on the topic. librdkafka 2.0.2 has only the
    /// non-incremental AlterConfigs, which resets what it does not name: so all entries are read, merged,
    /// written, read again and compared. Refused when an entry that would have to be written back is
    /// sensitive or unreadable.
    virtual awaitable<result<void>>
    alter_config(std::string topic, std::map<std::string, std::string> changes) = 0;
};

} // namespace sluice::kafka
