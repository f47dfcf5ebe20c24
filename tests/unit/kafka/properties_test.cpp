#include "kafka/rdkafka_conf.hpp"
#include "kafka/rdkafka_topic_admin.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::kafka;
using Catch::Contains;

namespace {

result<> check(const std::string& key, model::config_value value) {
    return check_properties({"localhost:9092", {{key, std::move(value)}}});
}

} // namespace

TEST_CASE("properties that librdkafka knows are accepted") {
    CHECK(check("security.protocol", "SASL_SSL"));
    CHECK(check("sasl.password", secret("hunter22")));
    CHECK(check("client.id", "sluice-eu"));
}

TEST_CASE("an unknown property is named") {
    const auto checked = check("bootstrap.server", "x");
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == errc::not_found);
    CHECK_THAT(
        checked.error().message(), Contains("kafka.properties") && Contains("No such configuration property")
    );
    CHECK_THAT(checked.error().message(), Contains("bootstrap.server"));
}

TEST_CASE("a value that librdkafka refuses is shown, unless it is a secret") {
    const auto plain = check("security.protocol", "CARRIER_PIGEON");
    REQUIRE_FALSE(plain);
    CHECK(plain.error().code == errc::invalid);
    CHECK_THAT(plain.error().message(), Contains("CARRIER_PIGEON"));
    const auto hidden = check("security.protocol", secret("CARRIER_PIGEON"));
    REQUIRE_FALSE(hidden);
    CHECK_THAT(hidden.error().message(), Contains("security.protocol") && !Contains("CARRIER_PIGEON"));
}

TEST_CASE("the brokers cannot be given a second time") {
    for (const auto* key : {"bootstrap.servers", "metadata.broker.list"}) {
        const auto checked = check(key, "other:9092");
        REQUIRE_FALSE(checked);
        CHECK_THAT(checked.error().message(), Contains("kafka.bootstrap_servers"));
    }
}

TEST_CASE("what a broker answers is told apart") {
    CHECK(to_errc(RD_KAFKA_RESP_ERR__TRANSPORT) == errc::unreachable);
    CHECK(to_errc(RD_KAFKA_RESP_ERR__TIMED_OUT) == errc::timeout);
    CHECK(to_errc(RD_KAFKA_RESP_ERR__AUTHENTICATION) == errc::unauthorized);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) == errc::unauthorized);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) == errc::already_exists);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) == errc::not_found);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_POLICY_VIOLATION) == errc::refused);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR) == errc::refused);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION) == errc::unsupported);
    CHECK(to_errc(RD_KAFKA_RESP_ERR_NOT_CONTROLLER) == errc::server_error);
}
