#pragma once
// The port to Kafka's own view of a Connect cluster's workers. Implemented by rdkafka_connect_group_reader
// and, in tests, by a model Kafka.
//
// Errors: unreachable (no broker, or none in time), timeout, not_found (no group of that name can be seen),
// refused (it is a group of another kind), unauthorized, server_error, cancelled.
// Thread: called and answered on the io_context's; blocking calls of the library run on a blocking_lane.

#include "base/error.hpp"
#include "model/observed.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace sluice::kafka {

class connect_group_reader {
public:
    virtual ~connect_group_reader() = default;

    /// The group as its coordinator sees it. One that is not there is an error, never an empty answer: its
    /// name may be wrong, or we may not be allowed to see it.
    virtual boost::asio::awaitable<result<model::connect_group>> read(std::string group_id) = 0;
};

} // namespace sluice::kafka
