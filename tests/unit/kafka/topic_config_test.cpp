#include "kafka/topic_config.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::kafka;
using Catch::Contains;
using texts = std::map<std::string, std::string>;

namespace {

model::topic_entry set_on_topic(std::string value) {
    return {std::move(value), false, false, false};
}
model::topic_entry left_to_broker(std::string value) {
    return {std::move(value), true, false, false};
}

} // namespace

TEST_CASE("an entry that somebody else set is written back") {
    const topic_config current{
        {"retention.ms", set_on_topic("1000")},
        {"cleanup.policy", set_on_topic("delete")},
        {"max.message.bytes", left_to_broker("1048588")}
    };
    const auto merged = merge_config(current, {{"cleanup.policy", "compact"}, {"segment.ms", "60000"}});
    REQUIRE(merged);
    CHECK(*merged == texts{{"cleanup.policy", "compact"}, {"retention.ms", "1000"}, {"segment.ms", "60000"}});
}

TEST_CASE("a change is refused when an entry that must be written back is hidden") {
    const topic_config current{{"some.secret", {"", false, true, false}}};
    const auto merged = merge_config(current, {{"cleanup.policy", "compact"}});
    REQUIRE_FALSE(merged);
    CHECK(merged.error().code == errc::refused);
    CHECK_THAT(merged.error().message(), Contains("some.secret") && Contains("kafka-configs.sh"));
}

TEST_CASE("a hidden entry that is replaced anyway, or only the broker's, is no obstacle") {
    CHECK(merge_config({{"some.secret", {"", false, true, false}}}, {{"some.secret", "new"}}));
    CHECK(merge_config({{"some.secret", {"", true, true, false}}}, {{"cleanup.policy", "compact"}}));
}

TEST_CASE("reading back, the first entry that is not as written is named") {
    const topic_config current{{"a", set_on_topic("1")}, {"b", set_on_topic("2")}, {"c", set_on_topic("3")}};
    CHECK(first_difference(current, {{"a", "1"}, {"b", "2"}}).empty());
    CHECK(first_difference(current, {{"a", "1"}, {"b", "9"}, {"c", "9"}}) == "b");
    CHECK(first_difference(current, {{"d", "1"}}) == "d");
    CHECK(first_difference({{"a", set_on_topic("x,y")}}, {{"a", "y,x"}}).empty());
}
