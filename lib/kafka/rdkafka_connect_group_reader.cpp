#include "kafka/rdkafka_connect_group_reader.hpp"

#include "kafka/connect_protocol.hpp"
#include "kafka/rdkafka_conf.hpp"
#include "kafka/rdkafka_lane.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace sluice::kafka {

namespace {

constexpr std::string_view protocol_of_connect = "connect";

std::string text(const char* from) {
    return from != nullptr ? from : "";
}

// The words of Kafka's coordinators, old and new.
model::group_state state_from(std::string_view word) {
    if (word == "Stable") return model::group_state::stable;
    if (word == "PreparingRebalance" || word == "CompletingRebalance" || word == "AwaitingSync")
        return model::group_state::rebalancing;
    if (word == "Empty" || word == "Dead") return model::group_state::empty;
    return model::group_state::unknown;
}

model::connect_member member_from(const rd_kafka_group_member_info& info) {
    const auto size = static_cast<std::size_t>(std::max(info.member_metadata_size, 0));
    const auto* data = static_cast<const char*>(info.member_metadata);
    const std::string_view metadata(data, data != nullptr ? size : 0);
    return {text(info.member_id), text(info.client_host), worker_in(metadata)};
}

result<model::connect_group> group_from(const rdkafka_connection& kafka, const rd_kafka_group_info& info) {
    if (info.err != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(kafka.failure(info.err, rd_kafka_err2str(info.err)));
    if (const auto kind = text(info.protocol_type); !kind.empty() && kind != protocol_of_connect)
        return fail(
            errc::refused, {}, {}, fmt::format("it is a group of type {}, not of a Connect cluster", kind)
        );
    model::connect_group group;
    group.state = state_from(text(info.state));
    for (const auto& member : std::span(info.members, static_cast<std::size_t>(info.member_cnt)))
        group.members.push_back(member_from(member));
    std::ranges::sort(group.members, {}, &model::connect_member::id);
    return group;
}

result<group_list_handle>
list_group(rdkafka_connection& kafka, const std::string& group_id, lane_clock::time_point until) {
    auto client = kafka.reachable_client(until);
    if (!client) return std::unexpected(client.error());
    const rd_kafka_group_list* found = nullptr;
    const auto code = rd_kafka_list_groups(*client, group_id.c_str(), &found, milliseconds_until(until));
    group_list_handle groups(found);
    kafka.serve(lane_clock::now());
    // Partial: some broker did not answer. The group's own one did when it is there.
    const bool is_there = found != nullptr && found->group_cnt > 0;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || (code == RD_KAFKA_RESP_ERR__PARTIAL && is_there)) return groups;
    return std::unexpected(kafka.failure(code, rd_kafka_err2str(code)));
}

result<model::connect_group>
read_on_lane(rdkafka_connection& kafka, const std::string& group_id, lane_clock::time_point until) {
    const auto attempted = fmt::format("read the workers' group {}", group_id);
    const auto groups = list_group(kafka, group_id, until);
    if (!groups) return during(attempted, groups.error());
    const auto count = static_cast<std::size_t>((*groups)->group_cnt);
    for (const auto& info : std::span((*groups)->groups, count)) {
        if (group_id != text(info.group)) continue;
        auto group = group_from(kafka, info);
        if (!group) return during(attempted, group.error());
        return group;
    }
    return fail(
        errc::not_found,
        attempted,
        {},
        "no such group can be seen; `connect.group_id` must be the workers' group.id, and Sluice's Kafka "
        "principal needs Describe on it"
    );
}

class rdkafka_connect_group_reader final : public connect_group_reader {
public:
    rdkafka_connect_group_reader(
        blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log
    )
        : lane_(lane, std::move(cluster), timeout, std::move(log)) {}

    boost::asio::awaitable<result<model::connect_group>> read(std::string group_id) override {
        auto work = [group_id =
                         std::move(group_id)](rdkafka_connection& kafka, lane_clock::time_point until) {
            return read_on_lane(kafka, group_id, until);
        };
        return lane_.run<model::connect_group>(std::move(work));
    }

private:
    rdkafka_lane lane_;
};

} // namespace

std::unique_ptr<connect_group_reader> make_rdkafka_connect_group_reader(
    blocking_lane& lane, model::kafka_cluster cluster, milliseconds timeout, logger log
) {
    return std::make_unique<rdkafka_connect_group_reader>(lane, std::move(cluster), timeout, std::move(log));
}

} // namespace sluice::kafka
