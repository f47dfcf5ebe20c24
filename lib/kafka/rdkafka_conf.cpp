#include "kafka/rdkafka_conf.hpp"

#include "kafka/rdkafka_topic_admin.hpp"

#include <fmt/format.h>

#include <array>
#include <string>

namespace sluice::kafka {

namespace {

std::unexpected<error> refuse(std::string_view key, std::string detail, errc code = errc::invalid) {
    return fail(code, fmt::format("set kafka.properties: {}", key), {}, std::move(detail));
}

result<> set(rd_kafka_conf_t* conf, const std::string& key, const model::config_value& value) {
    std::array<char, 512> why{};
    const auto& text = model::reveal(value);
    const auto outcome = rd_kafka_conf_set(conf, key.c_str(), text.c_str(), why.data(), why.size());
    if (outcome == RD_KAFKA_CONF_OK) return {};
    if (outcome == RD_KAFKA_CONF_UNKNOWN) return refuse(key, why.data(), errc::not_found);
    // librdkafka quotes a value that it refuses.
    const bool quotes_secret = model::is_secret(value);
    return refuse(key, quotes_secret ? "librdkafka refuses its value" : why.data());
}

result<> set_all(rd_kafka_conf_t* conf, const model::config_map& properties) {
    for (const auto& [key, value] : properties) {
        if (auto done = set(conf, key, value); !done) return done;
    }
    return {};
}

bool names_the_brokers(std::string_view key) {
    return key == "bootstrap.servers" || key == "metadata.broker.list";
}

} // namespace

result<conf_handle> make_conf(const model::kafka_cluster& cluster) {
    for (const auto& [key, value] : cluster.properties) {
        if (names_the_brokers(key)) return refuse(key, "the brokers stand in kafka.bootstrap_servers");
    }
    static const model::config_map defaults{
        {"client.id", "sluice"},
        {"reconnect.backoff.max.ms", "500"
        }, // by default ten seconds: too late for whoever waits for a broker
    };
    const model::config_map fixed{
        {"bootstrap.servers", cluster.bootstrap_servers},
        {"allow.auto.create.topics", "false"},
        {"log.queue", "true"},
    };
    conf_handle conf(rd_kafka_conf_new());
    for (const auto* properties : {&defaults, &cluster.properties, &fixed}) {
        if (auto done = set_all(conf.get(), *properties); !done) return std::unexpected(done.error());
    }
    rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_ERROR);
    return conf;
}

errc to_errc(rd_kafka_resp_err_t code) {
    switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__SSL: return errc::unreachable;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return errc::timeout;
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return errc::unauthorized;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return errc::already_exists;
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return errc::not_found;
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION: return errc::refused;
    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return errc::unsupported;
    case RD_KAFKA_RESP_ERR__DESTROY: return errc::cancelled;
    default: return errc::server_error;
    }
}

result<> check_properties(const model::kafka_cluster& cluster) {
    auto conf = make_conf(cluster);
    if (!conf) return std::unexpected(conf.error());
    return {};
}

} // namespace sluice::kafka
