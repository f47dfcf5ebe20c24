#pragma once
// One librdkafka connection and the lane on which its blocking calls run. What the library logs is written on
// the caller's thread. Internal to this room.

#include "base/blocking_lane.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "kafka/rdkafka_connection.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace sluice::kafka {

/// A failure, with what was tried.
inline std::unexpected<error> during(std::string attempted, error why) {
    why.attempted = std::move(attempted);
    if (!why.subject.empty()) why.attempted += " on"; // the subject is "Kafka at localhost:9092"
    return std::unexpected(std::move(why));
}

class rdkafka_lane {
public:
    rdkafka_lane(blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log)
        : lane_(lane)
        , connection_(std::make_shared<rdkafka_connection>(std::move(cluster)))
        , timeout_(timeout)
        , log_(std::move(log)) {}

    /// `work(connection, deadline)` on the lane. The connection is shared with the call, which may outlive
    /// this object when it hangs.
    template <class T, class Work>
    boost::asio::awaitable<result<T>> run(Work work) {
        auto call = [connection = connection_, timeout = timeout_, work = std::move(work)]() -> answer<T> {
            auto value = work(*connection, lane_clock::now() + timeout);
            return {std::move(value), connection->take_log()};
        };
        auto done = co_await lane_.run(std::move(call));
        for (const auto& line : done.log) write(line);
        co_return std::move(done.value);
    }

private:
    template <class T>
    struct answer {
        result<T> value;
        std::vector<log_line> log;
    };

    void write(const log_line& line) const {
        switch (line.level) {
        case log_level::debug: return log_.debug("librdkafka", {{"said", line.text}});
        case log_level::info: return log_.info("librdkafka", {{"said", line.text}});
        case log_level::warning:
        case log_level::error: return log_.warning("librdkafka", {{"said", line.text}});
        }
    }

    blocking_lane& lane_;
    std::shared_ptr<rdkafka_connection> connection_;
    milliseconds timeout_;
    logger log_;
};

} // namespace sluice::kafka
