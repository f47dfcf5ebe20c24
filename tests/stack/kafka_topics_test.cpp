// The topic admin against a real broker.
#include "kafka/rdkafka_topic_admin.hpp"
#include "sandbox.hpp"
#include "support/async.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include <unistd.h>

using namespace sluice;
using namespace sluice::kafka;
using Catch::Contains;
using texts = std::map<std::string, std::string>;

namespace {

std::string bootstrap_servers() {
    return sluice::testing::stack().at("KAFKA_BOOTSTRAP");
}

/// A topic's name of this test alone; the topic is deleted at the end.
class own_topic {
public:
    explicit own_topic(const std::string& what) : name(fmt::format("sluice-test-{}-{}", what, ::getpid())) {}
    ~own_topic() {
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap_servers().c_str(), nullptr, 0);
        auto* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
        auto* queue = rd_kafka_queue_new(client);
        auto* topic = rd_kafka_DeleteTopic_new(name.c_str());
        rd_kafka_DeleteTopics(client, &topic, 1, nullptr, queue);
        rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 10'000));
        rd_kafka_DeleteTopic_destroy(topic);
        rd_kafka_queue_destroy(queue);
        rd_kafka_destroy(client);
    }
    own_topic(const own_topic&) = delete;
    own_topic& operator=(const own_topic&) = delete;

    [[nodiscard]] model::desired_topic with(texts config, std::int32_t partitions = 1) const {
        model::desired_topic topic;
        topic.name = name;
        topic.partitions = partitions;
        topic.creation_config = std::move(config);
        return topic;
    }

    const std::string name;
};

/// Calls of the admin, one after the other, as plain functions.
struct kafka_client {
    template <class T>
    result<T> wait(awaitable<result<T>> call) {
        result<T> answer;
        auto body = [&]() -> awaitable<void> { answer = co_await std::move(call); };
        testing::run_async(body);
        return answer;
    }

    model::observed_topic read(const std::string& topic) {
        const auto topics = wait(admin->describe({topic}));
        REQUIRE(topics);
        REQUIRE(topics->contains(topic));
        return topics->at(topic);
    }

    /// What is set on the topic itself.
    texts settings(const std::string& topic) {
        texts found;
        const auto seen = read(topic);
        REQUIRE(seen.config);
        for (const auto& [key, entry] : *seen.config) {
            if (!entry.is_default) found[key] = entry.value;
        }
        return found;
    }

    blocking_lane lane{"kafka"};
    logger quiet{{}};
    std::unique_ptr<topic_admin> admin =
        make_rdkafka_topic_admin(lane, {bootstrap_servers(), {}}, seconds(30), quiet);
};

} // namespace

TEST_CASE("a topic is created with its partitions and config, and the broker's replication") {
    kafka_client kafka;
    const own_topic topic("created");
    REQUIRE(kafka.wait(kafka.admin->describe({topic.name}))->empty());
    REQUIRE(kafka.wait(
        kafka.admin->create(topic.with({{"cleanup.policy", "compact"}, {"retention.ms", "3600000"}}, 3))
    ));
    const auto seen = kafka.read(topic.name);
    CHECK(seen.partitions == 3);
    CHECK(seen.replication_factor >= 1);
    CHECK(kafka.settings(topic.name) == texts{{"cleanup.policy", "compact"}, {"retention.ms", "3600000"}});
    CHECK(seen.config->at("segment.bytes").is_default);
    CHECK_FALSE(seen.config->at("segment.bytes").value.empty());
}

TEST_CASE("of many names only the existing ones are answered") {
    kafka_client kafka;
    const own_topic topic("one-of-many");
    REQUIRE(kafka.wait(kafka.admin->create(topic.with({}))));
    const auto topics =
        kafka.wait(kafka.admin->describe({"sluice-test-nowhere", topic.name, "sluice-test-nowhere-else"}));
    REQUIRE(topics);
    CHECK(topics->size() == 1);
}

TEST_CASE("creating a topic twice says that it exists") {
    kafka_client kafka;
    const own_topic topic("twice");
    REQUIRE(kafka.wait(kafka.admin->create(topic.with({}))));
    const auto again = kafka.wait(kafka.admin->create(topic.with({})));
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::already_exists);
}

TEST_CASE("what the broker refuses is refused with its own words") {
    kafka_client kafka;
    const own_topic topic("refused");
    const auto wrong_value = kafka.wait(kafka.admin->create(topic.with({{"cleanup.policy", "burn"}})));
    REQUIRE_FALSE(wrong_value);
    CHECK(wrong_value.error().code == errc::refused);
    CHECK_THAT(wrong_value.error().message(), Contains("create the topic " + topic.name) && Contains("burn"));
    auto too_many = topic.with({});
    too_many.replication_factor = std::int16_t{99};
    const auto replicas = kafka.wait(kafka.admin->create(too_many));
    REQUIRE_FALSE(replicas);
    CHECK(replicas.error().code == errc::refused);
}

TEST_CASE("a topic grows, and never shrinks") {
    kafka_client kafka;
    const own_topic topic("grown");
    REQUIRE(kafka.wait(kafka.admin->create(topic.with({}, 2))));
    REQUIRE(kafka.wait(kafka.admin->add_partitions(topic.name, 5)));
    const auto has_grown = [&] { return kafka.read(topic.name).partitions == 5; };
    testing::eventually("the broker shows the five partitions", has_grown);
    const auto shrunk = kafka.wait(kafka.admin->add_partitions(topic.name, 3));
    REQUIRE_FALSE(shrunk);
    CHECK(shrunk.error().code == errc::refused);
}

TEST_CASE("changing one entry keeps what somebody else has set") {
    kafka_client kafka;
    const own_topic topic("altered");
    const texts before{
        {"cleanup.policy", "compact"}, {"max.message.bytes", "2000000"}, {"retention.ms", "3600000"}
    };
    REQUIRE(kafka.wait(kafka.admin->create(topic.with(before))));
    REQUIRE(kafka.wait(
        kafka.admin->alter_config(topic.name, {{"cleanup.policy", "compact,delete"}, {"segment.ms", "60000"}})
    ));
    auto after = before;
    after["cleanup.policy"] = "compact,delete";
    after["segment.ms"] = "60000";
    CHECK(kafka.settings(topic.name) == after);
}

TEST_CASE("a refused change leaves the topic as it was") {
    kafka_client kafka;
    const own_topic topic("unchanged");
    REQUIRE(kafka.wait(kafka.admin->create(topic.with({{"retention.ms", "3600000"}}))));
    const auto altered = kafka.wait(kafka.admin->alter_config(topic.name, {{"segment.bytes", "minus one"}}));
    REQUIRE_FALSE(altered);
    CHECK(altered.error().code == errc::refused);
    CHECK(kafka.settings(topic.name) == texts{{"retention.ms", "3600000"}});
}

TEST_CASE("a topic that does not exist cannot be changed") {
    kafka_client kafka;
    const auto altered =
        kafka.wait(kafka.admin->alter_config("sluice-test-nowhere", {{"segment.ms", "60000"}}));
    REQUIRE_FALSE(altered);
    CHECK(altered.error().code == errc::not_found);
    const auto grown = kafka.wait(kafka.admin->add_partitions("sluice-test-nowhere", 2));
    REQUIRE_FALSE(grown);
    CHECK(grown.error().code == errc::not_found);
}
