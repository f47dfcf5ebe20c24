#include "kafka/rdkafka_topic_admin.hpp"

#include "kafka/rdkafka_conf.hpp"
#include "kafka/rdkafka_lane.hpp"
#include "kafka/topic_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace sluice::kafka {

namespace {

using deadline = lane_clock::time_point;
using names = std::vector<std::string>;

constexpr std::size_t topics_a_request = 500;
constexpr milliseconds pause_before_reading_again{50};

// ---- reading

topic_config config_of(const rd_kafka_ConfigResource_t* resource) {
    std::size_t count = 0;
    const auto* entries = rd_kafka_ConfigResource_configs(resource, &count);
    topic_config config;
    for (const auto* entry : std::span(entries, count)) {
        const char* value = rd_kafka_ConfigEntry_value(entry);
        model::topic_entry read;
        read.value = value != nullptr ? value : "";
        read.is_default = rd_kafka_ConfigEntry_source(entry) != RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
        read.sensitive = rd_kafka_ConfigEntry_is_sensitive(entry) != 0 || value == nullptr;
        read.read_only = rd_kafka_ConfigEntry_is_read_only(entry) != 0;
        config.emplace(rd_kafka_ConfigEntry_name(entry), std::move(read));
    }
    return config;
}

result<event_handle>
ask_configs(rdkafka_connection& kafka, std::span<const std::string> topics, deadline until) {
    std::vector<resource_handle> owned;
    std::vector<rd_kafka_ConfigResource_t*> resources;
    for (const auto& topic : topics) {
        owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
        resources.push_back(owned.back().get());
    }
    const auto send = [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_DescribeConfigs(client, resources.data(), resources.size(), options, queue);
    };
    return kafka.request(RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, until, send);
}

std::span<const rd_kafka_ConfigResource_t* const> described(rd_kafka_event_t* event) {
    std::size_t count = 0;
    const auto* resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    return {resources, count};
}

result<topic_config> read_config(rdkafka_connection& kafka, const std::string& topic, deadline until) {
    const auto event = ask_configs(kafka, std::span(&topic, 1), until);
    if (!event) return std::unexpected(event.error());
    for (const auto* resource : described(event->get())) {
        const auto code = rd_kafka_ConfigResource_error(resource);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return config_of(resource);
        return std::unexpected(kafka.failure(code, rd_kafka_ConfigResource_error_string(resource)));
    }
    return fail(errc::bad_answer, {}, {}, "the answer holds no topic");
}

model::observed_topic shape_of(const rd_kafka_metadata_topic_t& topic) {
    model::observed_topic seen;
    seen.name = topic.topic;
    seen.partitions = topic.partition_cnt;
    if (topic.partition_cnt > 0)
        seen.replication_factor = static_cast<std::int16_t>(topic.partitions[0].replica_cnt);
    return seen;
}

result<model::topic_list> existing(rdkafka_connection& kafka, const names& wanted, deadline until) {
    const auto metadata = kafka.read_metadata(true, until);
    if (!metadata) return std::unexpected(metadata.error());
    const auto count = static_cast<std::size_t>((*metadata)->topic_cnt);
    model::topic_list found;
    for (const auto& topic : std::span((*metadata)->topics, count)) {
        if (!std::binary_search(wanted.begin(), wanted.end(), topic.topic)) continue;
        if (topic.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) continue;
        if (topic.partition_cnt == 0)
            return std::unexpected(kafka.failure(topic.err, rd_kafka_err2str(topic.err)));
        found.emplace(topic.topic, shape_of(topic));
    }
    return found;
}

result<> add_configs(rdkafka_connection& kafka, model::topic_list& topics, deadline until) {
    names all;
    for (const auto& [name, topic] : topics) all.push_back(name);
    std::span<const std::string> rest(all);
    while (!rest.empty()) {
        const auto batch = rest.first(std::min(rest.size(), topics_a_request));
        rest = rest.subspan(batch.size());
        const auto event = ask_configs(kafka, batch, until);
        if (!event) return std::unexpected(event.error());
        for (const auto* resource : described(event->get())) {
            const auto code = rd_kafka_ConfigResource_error(resource);
            const std::string name = rd_kafka_ConfigResource_name(resource);
            if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
                topics.at(name).config = config_of(resource);
            else if (to_errc(code) == errc::not_found)
                topics.erase(name); // deleted just now
        }
    }
    return {};
}

result<model::topic_list> describe_on_lane(rdkafka_connection& kafka, names wanted, deadline until) {
    std::sort(wanted.begin(), wanted.end());
    auto topics = existing(kafka, wanted, until);
    if (!topics) return during("read the topics", topics.error());
    if (auto read = add_configs(kafka, *topics, until); !read)
        return during("read the configs of the topics", read.error());
    return topics;
}

// ---- writing

result<>
first_failure(const rdkafka_connection& kafka, std::span<const rd_kafka_topic_result_t* const> outcomes) {
    for (const auto* outcome : outcomes) {
        const auto code = rd_kafka_topic_result_error(outcome);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(kafka.failure(code, rd_kafka_topic_result_error_string(outcome)));
        }
    }
    return {};
}

result<> send_new_topic(rdkafka_connection& kafka, rd_kafka_NewTopic_t* topic, deadline until) {
    const auto send = [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_CreateTopics(client, &topic, 1, options, queue);
    };
    const auto event = kafka.request(RD_KAFKA_ADMIN_OP_CREATETOPICS, until, send);
    if (!event) return std::unexpected(event.error());
    std::size_t count = 0;
    const auto* outcomes =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event->get()), &count);
    return first_failure(kafka, {outcomes, count});
}

result<> create_on_lane(rdkafka_connection& kafka, const model::desired_topic& wanted, deadline until) {
    const auto attempted = fmt::format("create the topic {}", wanted.name);
    std::array<char, 512> why{};
    const int replicas = wanted.replication_factor.value_or(-1); // the broker's default
    const new_topic_handle topic(
        rd_kafka_NewTopic_new(wanted.name.c_str(), wanted.partitions, replicas, why.data(), why.size())
    );
    if (!topic) return fail(errc::refused, attempted, {}, why.data());
    for (const auto& [key, value] : wanted.creation_config) {
        rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());
    }
    if (auto sent = send_new_topic(kafka, topic.get(), until); !sent) return during(attempted, sent.error());
    return {};
}

result<>
send_new_partitions(rdkafka_connection& kafka, rd_kafka_NewPartitions_t* partitions, deadline until) {
    const auto send = [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_CreatePartitions(client, &partitions, 1, options, queue);
    };
    const auto event = kafka.request(RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, until, send);
    if (!event) return std::unexpected(event.error());
    std::size_t count = 0;
    const auto* outcomes =
        rd_kafka_CreatePartitions_result_topics(rd_kafka_event_CreatePartitions_result(event->get()), &count);
    return first_failure(kafka, {outcomes, count});
}

result<> add_partitions_on_lane(
    rdkafka_connection& kafka, const std::string& topic, std::int32_t total, deadline until
) {
    const auto attempted = fmt::format("grow the topic {} to {} partitions", topic, total);
    std::array<char, 512> why{};
    const auto count = static_cast<std::size_t>(std::max(total, 0));
    const new_partitions_handle partitions(
        rd_kafka_NewPartitions_new(topic.c_str(), count, why.data(), why.size())
    );
    if (!partitions) return fail(errc::refused, attempted, {}, why.data());
    if (auto sent = send_new_partitions(kafka, partitions.get(), until); !sent)
        return during(attempted, sent.error());
    return {};
}

result<> write_config(
    rdkafka_connection& kafka,
    const std::string& topic,
    const std::map<std::string, std::string>& all,
    deadline until
) {
    const resource_handle resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    for (const auto& [key, value] : all) {
        rd_kafka_ConfigResource_set_config(resource.get(), key.c_str(), value.c_str());
    }
    auto* only = resource.get();
    const auto send = [&](rd_kafka_t* client, rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
        rd_kafka_AlterConfigs(client, &only, 1, options, queue);
    };
    const auto event = kafka.request(RD_KAFKA_ADMIN_OP_ALTERCONFIGS, until, send);
    if (!event) return std::unexpected(event.error());
    std::size_t count = 0;
    const auto* outcomes =
        rd_kafka_AlterConfigs_result_resources(rd_kafka_event_AlterConfigs_result(event->get()), &count);
    for (const auto* outcome : std::span(outcomes, count)) {
        const auto code = rd_kafka_ConfigResource_error(outcome);
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::unexpected(kafka.failure(code, rd_kafka_ConfigResource_error_string(outcome)));
        }
    }
    return {};
}

/// A broker may show the old config for a moment.
result<> wait_until_written(
    rdkafka_connection& kafka,
    const std::string& topic,
    const std::map<std::string, std::string>& all,
    deadline until
) {
    for (;;) {
        const auto current = read_config(kafka, topic, until);
        if (!current) return std::unexpected(current.error());
        const auto different = first_difference(*current, all);
        if (different.empty()) return {};
        if (lane_clock::now() >= until) {
            return fail(
                errc::server_error,
                {},
                {},
                fmt::format("written, but read back the entry {} differs", different)
            );
        }
        kafka.serve(std::min(until, lane_clock::now() + pause_before_reading_again));
    }
}

result<> alter_config_on_lane(
    rdkafka_connection& kafka,
    const std::string& topic,
    const std::map<std::string, std::string>& changes,
    deadline until
) {
    const auto attempted = fmt::format("change the config of the topic {}", topic);
    const auto current = read_config(kafka, topic, until);
    if (!current) return during(attempted, current.error());
    const auto all = merge_config(*current, changes);
    if (!all) return during(attempted, all.error());
    if (auto written = write_config(kafka, topic, *all, until); !written)
        return during(attempted, written.error());
    if (auto seen = wait_until_written(kafka, topic, *all, until); !seen)
        return during(attempted, seen.error());
    return {};
}

// ---- the port

class rdkafka_topic_admin final : public topic_admin {
public:
    rdkafka_topic_admin(blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log)
        : lane_(lane, std::move(cluster), timeout, std::move(log)) {}

    awaitable<result<model::topic_list>> describe(names wanted) override {
        auto work = [wanted = std::move(wanted)](rdkafka_connection& kafka, deadline until) {
            return describe_on_lane(kafka, wanted, until);
        };
        return lane_.run<model::topic_list>(std::move(work));
    }

    awaitable<result<void>> create(model::desired_topic topic) override {
        auto work = [topic = std::move(topic)](rdkafka_connection& kafka, deadline until) {
            return create_on_lane(kafka, topic, until);
        };
        return lane_.run<void>(std::move(work));
    }

    awaitable<result<void>> add_partitions(std::string topic, std::int32_t total) override {
        auto work = [topic = std::move(topic), total](rdkafka_connection& kafka, deadline until) {
            return add_partitions_on_lane(kafka, topic, total, until);
        };
        return lane_.run<void>(std::move(work));
    }

    awaitable<result<void>>
    alter_config(std::string topic, std::map<std::string, std::string> changes) override {
        auto work = [topic = std::move(topic),
                     changes = std::move(changes)](rdkafka_connection& kafka, deadline until) {
            return alter_config_on_lane(kafka, topic, changes, until);
        };
        return lane_.run<void>(std::move(work));
    }

private:
    rdkafka_lane lane_;
};

} // namespace

std::unique_ptr<topic_admin> make_rdkafka_topic_admin(
    blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log
) {
    return std::make_unique<rdkafka_topic_admin>(lane, std::move(cluster), timeout, std::move(log));
}

} // namespace sluice::kafka
