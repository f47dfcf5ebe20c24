#pragma once
// One librdkafka client: made when first needed, kept through every loss of the brokers. It collects what
// librdkafka logs, and remembers the last thing that went wrong on a connection, which is the reason that a
// failed call alone does not tell. Lives on the lane's thread. Internal to this room.

#include "base/error.hpp"
#include "base/log.hpp"
#include "kafka/rdkafka_handles.hpp"
#include "model/declared.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace sluice::kafka {

using lane_clock = std::chrono::steady_clock;

struct log_line {
    log_level level = log_level::debug;
    std::string text;
};

class rdkafka_connection {
public:
    explicit rdkafka_connection(model::kafka_cluster cluster) : cluster_(std::move(cluster)) {}

    /// Waits until a broker answers, with its list of brokers or of all topics too.
    /// Asking for all names no topic, and so never makes a broker create one.
    result<metadata_handle> read_metadata(bool all_topics, lane_clock::time_point deadline);

    /// For a call of the library that has no queue, once a broker answers.
    result<rd_kafka_t*> reachable_client(lane_clock::time_point deadline);

    /// One admin request: `send` gets the client, the options and the queue for the answer.
    /// The event is of the type that belongs to the request.
    template <class Send>
    result<event_handle>
    request(rd_kafka_admin_op_t operation, lane_clock::time_point deadline, const Send& send);

    /// Lets the client work until `until`.
    void serve(lane_clock::time_point until);

    [[nodiscard]] error failure(rd_kafka_resp_err_t code, const char* text) const;
    std::vector<log_line> take_log();

private:
    result<rd_kafka_t*> client();
    result<event_handle> answer_of(rd_kafka_queue_t* queue, lane_clock::time_point deadline);
    void forget_failures();
    void note(rd_kafka_event_t* event);
    void note_error(rd_kafka_event_t* event);
    [[nodiscard]] std::string subject() const { return "Kafka at " + cluster_.bootstrap_servers; }

    model::kafka_cluster cluster_;
    client_handle client_;
    queue_handle main_queue_; // declared after the client: it must go first
    std::vector<log_line> log_;
    rd_kafka_resp_err_t last_code_ = RD_KAFKA_RESP_ERR_NO_ERROR; // of a connection, since the last success
    std::string last_text_;
    bool all_down_ = false; // likewise; librdkafka tells both once, not at every attempt
};

int milliseconds_until(lane_clock::time_point deadline);

template <class Send>
result<event_handle> rdkafka_connection::request(
    rd_kafka_admin_op_t operation, lane_clock::time_point deadline, const Send& send
) {
    // The brokers first: an admin request to none waits for its whole time, and then cannot say why.
    if (auto brokers = read_metadata(false, deadline); !brokers) return std::unexpected(brokers.error());
    const options_handle options(rd_kafka_AdminOptions_new(client_.get(), operation));
    const auto limit = milliseconds_until(deadline);
    rd_kafka_AdminOptions_set_request_timeout(options.get(), limit, nullptr, 0);
    rd_kafka_AdminOptions_set_operation_timeout(
        options.get(), limit, nullptr, 0
    ); // refused where it has no meaning
    const queue_handle queue(rd_kafka_queue_new(client_.get()));
    send(client_.get(), options.get(), queue.get());
    return answer_of(queue.get(), deadline);
}

} // namespace sluice::kafka
