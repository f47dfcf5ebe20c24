#pragma once
// librdkafka's mock brokers on a free port: they answer metadata, and know nothing of admin requests.

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdexcept>
#include <string>

namespace sluice::testing {

class mock_cluster {
public:
    mock_cluster() {
        char why[256] = {};
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(
            conf, nullptr
        ); // the mock's own complaints say nothing about the code under test
        host_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
        if (host_ == nullptr) throw std::runtime_error(why);
        cluster_ = rd_kafka_mock_cluster_new(host_, 1);
        if (cluster_ == nullptr) throw std::runtime_error("librdkafka made no mock cluster");
    }
    ~mock_cluster() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(host_);
    }
    mock_cluster(const mock_cluster&) = delete;
    mock_cluster& operator=(const mock_cluster&) = delete;

    [[nodiscard]] std::string bootstrap_servers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void go_down() { rd_kafka_mock_broker_set_down(cluster_, 1); }
    void come_up() { rd_kafka_mock_broker_set_up(cluster_, 1); }

private:
    rd_kafka_t* host_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

} // namespace sluice::testing
