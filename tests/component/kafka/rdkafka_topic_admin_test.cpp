#include "kafka/rdkafka_topic_admin.hpp"
#include "mock_cluster.hpp"
#include "support/async.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using namespace sluice;
using namespace sluice::kafka;
using namespace sluice::testing;
using boost::asio::ip::tcp;
using Catch::Contains;
using Catch::EndsWith;
using Catch::StartsWith;

namespace {

struct kafka_client {
    explicit kafka_client(
        std::string brokers, model::config_map properties = {}, milliseconds timeout = seconds(10)
    )
        : admin(make_rdkafka_topic_admin(
              lane, {std::move(brokers), std::move(properties)}, timeout, keep_lines()
          )) {}

    logger keep_lines() {
        auto keep = [this](log_level, std::string_view line) { lines.emplace_back(line); };
        return logger(std::move(keep), log_level::debug);
    }

    result<model::topic_list> describe(std::vector<std::string> names) {
        result<model::topic_list> answer;
        auto body = [&]() -> boost::asio::awaitable<void> { answer = co_await admin->describe(names); };
        run_async(body);
        return answer;
    }

    std::vector<std::string> lines;
    blocking_lane lane{"kafka"};
    std::unique_ptr<topic_admin> admin;
};

/// A port of this machine where connections are accepted by the kernel and nobody ever reads.
struct silent_server {
    boost::asio::io_context context;
    tcp::acceptor acceptor{context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};

    [[nodiscard]] std::string address() const {
        return fmt::format("127.0.0.1:{}", acceptor.local_endpoint().port());
    }
};

std::string closed_port() {
    const silent_server briefly;
    return briefly.address();
}

} // namespace

TEST_CASE("a topic that does not exist is missing from the answer, and is not created by asking") {
    mock_cluster brokers;
    kafka_client kafka(brokers.bootstrap_servers());
    for (int time = 0; time < 2; ++time) {
        const auto topics = kafka.describe({"cdc.public.products"});
        REQUIRE(topics);
        CHECK(topics->empty());
    }
}

TEST_CASE("while nobody listens the cluster is unreachable, which is not an empty answer") {
    const auto address = closed_port();
    kafka_client kafka(address);
    for (int time = 0; time < 2; ++time) { // librdkafka tells an equal error only once
        const auto topics = kafka.describe({"cdc.public.products"});
        REQUIRE_FALSE(topics);
        CHECK(topics.error().code == errc::unreachable);
        CHECK_THAT(
            topics.error().message(),
            StartsWith("read the topics on Kafka at " + address) &&
                EndsWith("Connection refused; check that the brokers run, and `bootstrap_servers`")
        );
    }
}

TEST_CASE("a broker that never answers costs no more than the time allowed") {
    const silent_server server;
    kafka_client kafka(server.address(), {}, milliseconds(700));
    const auto began = std::chrono::steady_clock::now();
    const auto topics = kafka.describe({"t"});
    const auto took = std::chrono::steady_clock::now() - began;
    REQUIRE_FALSE(topics);
    CHECK(topics.error().code == errc::unreachable);
    CHECK(took >= milliseconds(650));
    CHECK(took < seconds(10)); // the same call with its own time would take longer by far
}

TEST_CASE("writes to an unreachable cluster are refused with the same reason") {
    kafka_client kafka(closed_port());
    result<> created;
    result<> grown;
    result<> altered;
    model::desired_topic wanted;
    wanted.name = "t";
    auto body = [&]() -> boost::asio::awaitable<void> {
        created = co_await kafka.admin->create(wanted);
        grown = co_await kafka.admin->add_partitions("t", 3);
        std::map<std::string, std::string> changes{{"cleanup.policy", "compact"}};
        altered = co_await kafka.admin->alter_config("t", std::move(changes));
    };
    run_async(body);
    for (const auto* outcome : {&created, &grown, &altered}) {
        REQUIRE_FALSE(*outcome);
        CHECK(outcome->error().code == errc::unreachable);
        CHECK_THAT(outcome->error().message(), Contains("Connection refused"));
    }
    CHECK_THAT(created.error().message(), Contains("create the topic t"));
    CHECK_THAT(grown.error().message(), Contains("grow the topic t to 3 partitions"));
    CHECK_THAT(altered.error().message(), Contains("change the config of the topic t"));
}

TEST_CASE("the client outlives the loss of its broker") {
    mock_cluster brokers;
    kafka_client kafka(brokers.bootstrap_servers(), {}, seconds(3));
    REQUIRE(kafka.describe({"t"}));
    brokers.go_down();
    const auto without = kafka.describe({"t"});
    REQUIRE_FALSE(without);
    CHECK(without.error().code == errc::unreachable);
    brokers.come_up();
    const auto with = kafka.describe({"t"});
    CHECK(with);
}

TEST_CASE("a broker that does not speak TLS is unreachable, and the reason is told") {
    mock_cluster brokers;
    kafka_client kafka(brokers.bootstrap_servers(), {{"security.protocol", "SSL"}}, seconds(3));
    const auto topics = kafka.describe({"t"});
    REQUIRE_FALSE(topics);
    CHECK(topics.error().code == errc::unreachable);
    CHECK_THAT(topics.error().message(), Contains("SSL"));
}

TEST_CASE("what librdkafka says goes to our log, and a secret neither there nor into errors") {
    const silent_server server;
    const model::config_map properties{
        {"debug", "conf,security,broker"},
        {"security.protocol", "SASL_PLAINTEXT"},
        {"sasl.mechanism", "PLAIN"},
        {"sasl.username", "sluice"},
        {"sasl.password", secret("hunter22")},
    };
    kafka_client kafka(server.address(), properties, milliseconds(500));
    const auto topics = kafka.describe({"t"});
    REQUIRE_FALSE(topics);
    CHECK_THAT(topics.error().message(), !Contains("hunter22"));
    CHECK_FALSE(kafka.lines.empty());
    for (const auto& line : kafka.lines) CHECK_THAT(line, !Contains("hunter22"));
}

TEST_CASE("wrong properties fail the call as they fail the check") {
    kafka_client kafka("localhost:9092", {{"made.up", "1"}});
    const auto topics = kafka.describe({"t"});
    REQUIRE_FALSE(topics);
    CHECK(topics.error().code == errc::invalid);
    CHECK_THAT(topics.error().message(), Contains("No such configuration property"));
}
