#pragma once
// The composition root's adapters: Connect over HTTP, Kafka by librdkafka, PostgreSQL by libpq.

#include "base/blocking_lane.hpp"
#include "base/log.hpp"
#include "base/secret.hpp"
#include "control/ports.hpp"
#include "control/telemetry.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace sluice {

class real_adapters final : public control::adapters {
public:
    real_adapters(
        boost::asio::any_io_executor executor,
        time_source& time,
        const logger& log,
        control::telemetry& numbers,
        std::shared_ptr<const scrubber> secrets
    );

    std::shared_ptr<connect::connect_api> connect(const model::connect_cluster& cluster) override;
    std::shared_ptr<kafka::topic_admin> topics(const model::kafka_cluster& cluster) override;
    std::shared_ptr<kafka::connect_group_reader> connect_groups(const model::kafka_cluster& cluster) override;
    std::shared_ptr<postgres::login_probe> logins() override;
    boost::asio::awaitable<std::vector<std::string>>
    hash_secrets(std::vector<std::pair<secret, std::string>> work) override;

    /// Lanes whose call hangs, by name; waits for each at most `limit`.
    std::vector<std::string> hanging(milliseconds limit);

    blocking_lane& disk() { return disk_; }
    /// Apart from the lane for memory, which must not wait for it.
    blocking_lane& history() { return history_; }
    blocking_lane& recorder() { return recorder_; }

private:
    boost::asio::any_io_executor executor_;
    time_source& time_;
    const logger& log_;
    control::telemetry& numbers_;
    std::shared_ptr<const scrubber> secrets_;
    blocking_lane kafka_{"Kafka call"};
    blocking_lane names_{"look-up of a database's name"}; // apart from Connect's, which Asio looks up
    blocking_lane hashing_{"hashing"};
    blocking_lane disk_{"disk write"};
    blocking_lane history_{"history"};
    blocking_lane recorder_{"flight recorder"};
};

} // namespace sluice
