#pragma once
// What the loop needs from the world, as ports, and who makes them. The composition root in daemon/ is the
// only code that names real adapters; a simulation hands in models.

#include "base/time.hpp"
#include "connect/api.hpp"
#include "control/memory_store.hpp"
#include "kafka/connect_group_reader.hpp"
#include "kafka/topic_admin.hpp"
#include "model/declared.hpp"
#include "postgres/login.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

/// Made anew when a reload changes an address or a credential; calls in flight keep the old one alive.
class adapters {
public:
    virtual ~adapters() = default;

    virtual std::shared_ptr<connect::connect_api> connect(const model::connect_cluster& cluster) = 0;
    virtual std::shared_ptr<kafka::topic_admin> topics(const model::kafka_cluster& cluster) = 0;
    virtual std::shared_ptr<kafka::connect_group_reader> connect_groups(const model::kafka_cluster& cluster
    ) = 0;
    virtual std::shared_ptr<postgres::login_probe> logins() = 0;

    /// scrypt of each value with its salt, off the loop, in the order given.
    virtual boost::asio::awaitable<std::vector<std::string>>
    hash_secrets(std::vector<std::pair<secret, std::string>> values_and_salts) = 0;
};

} // namespace sluice::control
