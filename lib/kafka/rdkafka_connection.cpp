#include "kafka/rdkafka_connection.hpp"

#include "base/remedy.hpp"
#include "kafka/rdkafka_conf.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace sluice::kafka {

namespace {

using std::chrono::milliseconds;

// Brokers that are all down are given up before the deadline, but not at once: "localhost" may be tried as
// ::1 first, and one that came back is found by the next attempt (reconnect.backoff.max.ms).
constexpr milliseconds grace_when_all_are_down{1000};
constexpr milliseconds slice{200};

/// Failing connections are told by the errors of the calls; as log lines they would come again and again.
log_level level_of(int syslog_level, std::string_view facility) {
    constexpr int warning = 4;
    constexpr int info = 6;
    if (facility == "FAIL" || facility == "ERROR") return log_level::debug;
    if (syslog_level <= warning) return log_level::warning;
    return syslog_level <= info ? log_level::info : log_level::debug;
}

/// Without " (after 3ms in state CONNECT, 1 identical error(s) suppressed)", which differs every time.
std::string_view without_state(std::string_view text) {
    return text.substr(0, text.rfind(" (after "));
}

} // namespace

int milliseconds_until(lane_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - lane_clock::now());
    return static_cast<int>(std::max(left, milliseconds(1)).count());
}

result<rd_kafka_t*> rdkafka_connection::client() {
    if (client_) return client_.get();
    auto conf = make_conf(cluster_);
    if (!conf) {
        auto why = conf.error();
        why.code = errc::invalid; // of a call, not_found would mean what it asked for
        return std::unexpected(std::move(why));
    }
    std::array<char, 512> why{};
    // A consumer without a group: of the two kinds of client the one that has no transactions and buffers.
    client_.reset(rd_kafka_new(RD_KAFKA_CONSUMER, conf->get(), why.data(), why.size()));
    if (!client_)
        return fail(errc::invalid, "set up the Kafka client from kafka.properties", subject(), why.data());
    (void)conf->release(); // the client owns it now
    main_queue_.reset(rd_kafka_queue_get_main(client_.get()));
    rd_kafka_set_log_queue(client_.get(), main_queue_.get());
    return client_.get();
}

result<metadata_handle> rdkafka_connection::read_metadata(bool all_topics, lane_clock::time_point deadline) {
    auto made = client();
    if (!made) return std::unexpected(made.error());
    const auto give_up_at = lane_clock::now() + grace_when_all_are_down;
    for (;;) {
        const auto limit = std::min(deadline, lane_clock::now() + slice);
        const rd_kafka_metadata_t* found = nullptr;
        const auto code =
            rd_kafka_metadata(*made, all_topics ? 1 : 0, nullptr, &found, milliseconds_until(limit));
        serve(lane_clock::now());
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            forget_failures();
            return metadata_handle(found);
        }
        const auto now = lane_clock::now();
        const bool may_pass = code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
        if (now >= deadline || !may_pass || (all_down_ && now >= give_up_at)) {
            return std::unexpected(failure(RD_KAFKA_RESP_ERR__TRANSPORT, "no broker answered"));
        }
        serve(std::min(deadline, now + slice / 4)); // a refused call returns at once
    }
}

result<rd_kafka_t*> rdkafka_connection::reachable_client(lane_clock::time_point deadline) {
    if (auto brokers = read_metadata(false, deadline); !brokers) return std::unexpected(brokers.error());
    return client_.get();
}

void rdkafka_connection::forget_failures() {
    last_code_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    last_text_.clear();
    all_down_ = false;
}

result<event_handle> rdkafka_connection::answer_of(rd_kafka_queue_t* queue, lane_clock::time_point deadline) {
    event_handle event(rd_kafka_queue_poll(queue, milliseconds_until(deadline)));
    serve(lane_clock::now());
    if (!event) return std::unexpected(failure(RD_KAFKA_RESP_ERR__TIMED_OUT, "no answer in time"));
    const auto code = rd_kafka_event_error(event.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::unexpected(failure(code, rd_kafka_event_error_string(event.get())));
    }
    return event;
}

void rdkafka_connection::serve(lane_clock::time_point until) {
    if (!main_queue_) return;
    for (;;) {
        const auto left = until > lane_clock::now() ? milliseconds_until(until) : 0;
        const event_handle event(rd_kafka_queue_poll(main_queue_.get(), left));
        if (!event) return;
        note(event.get());
    }
}

void rdkafka_connection::note(rd_kafka_event_t* event) {
    const auto type = rd_kafka_event_type(event);
    if (type == RD_KAFKA_EVENT_ERROR) return note_error(event);
    if (type != RD_KAFKA_EVENT_LOG) return;
    const char* facility = "";
    const char* text = "";
    int level = 0;
    if (rd_kafka_event_log(event, &facility, &text, &level) != 0) return;
    log_.push_back({level_of(level, facility), text});
}

void rdkafka_connection::note_error(rd_kafka_event_t* event) {
    const auto code = rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        all_down_ = true;
        return; // says less than the error before it
    }
    last_code_ = code;
    last_text_ = without_state(rd_kafka_event_error_string(event));
}

error rdkafka_connection::failure(rd_kafka_resp_err_t code, const char* text) const {
    const bool never_arrived = to_errc(code) == errc::unreachable || code == RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (never_arrived && last_code_ != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const auto reason =
            to_errc(last_code_) == errc::unauthorized ? errc::unauthorized : errc::unreachable;
        return {reason, {}, subject(), with_remedy(last_text_, peer::kafka, reason)};
    }
    const auto reason = to_errc(code);
    std::string said = text != nullptr ? text : rd_kafka_err2str(code);
    return {reason, {}, subject(), with_remedy(std::move(said), peer::kafka, reason)};
}

std::vector<log_line> rdkafka_connection::take_log() {
    return std::exchange(log_, {});
}

} // namespace sluice::kafka
