// The workers' group against librdkafka's mock brokers, which answer metadata and know nothing of groups:
// what can go wrong. What goes right is seen on the real stack.
#include "kafka/rdkafka_connect_group_reader.hpp"
#include "mock_cluster.hpp"
#include "support/async.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::kafka;
using namespace sluice::testing;
using Catch::Contains;

namespace {

result<model::connect_group> read_group(const std::string& brokers, milliseconds timeout) {
    blocking_lane lane{"kafka"};
    const logger silent([](log_level, std::string_view) {});
    const auto reader = make_rdkafka_connect_group_reader(lane, {brokers, {}}, timeout, silent);
    result<model::connect_group> answer;
    auto body = [&]() -> boost::asio::awaitable<void> { answer = co_await reader->read("connect-cluster"); };
    run_async(body);
    return answer;
}

} // namespace

TEST_CASE("a group that cannot be listed is an error that names it, never an empty group") {
    const mock_cluster brokers;
    const auto answer = read_group(brokers.bootstrap_servers(), seconds(3));
    REQUIRE_FALSE(answer);
    INFO(answer.error().message());
    CHECK_THAT(answer.error().message(), Contains("read the workers' group connect-cluster"));
    CHECK(answer.error().code != errc::not_found); // nobody said that it is not there
}

TEST_CASE("without a broker the group is unreachable, within the time given") {
    const auto begun = std::chrono::steady_clock::now();
    const auto answer = read_group("127.0.0.1:1", seconds(3));
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == errc::unreachable);
    CHECK(std::chrono::steady_clock::now() - begun < seconds(10));
}
