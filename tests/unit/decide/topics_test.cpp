// What is planned for topics.
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::consequence;

namespace {

struct topic_situation : situation {
    model::desired_topic& wanted_topic() { return desired.topics.front(); }
    model::observed_topic& is() { return observed.topics.value->begin()->second; }
    std::vector<std::string> findings() {
        std::vector<std::string> all;
        const auto d = decide();
        for (const auto& f : d.verdicts.at(0).findings)
            if (f.code == "TOPIC_CONFIG") all.push_back(f.message + "; " + f.remedy);
        return all;
    }
};

} // namespace

TEST_CASE("a topic that does not exist is created with all that is asked for") {
    topic_situation s;
    s.wanted_topic().partitions = 3;
    s.wanted_topic().replication_factor = 2;
    s.observed.topics.value->clear();
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == change_kind::create_topic);
    CHECK(changes[0].subject == "shop.public.orders");
    CHECK(changes[0].link == model::link_id{"shop", ""});
    CHECK(changes[0].cost == consequence::none);
    CHECK(
        changes[0].keys ==
        std::vector<model::key_change>{
            {"partitions", {}, "3", false},
            {"replication.factor", {}, "2", false},
            {"cleanup.policy", {}, "compact", false}
        }
    );
}

TEST_CASE("nothing is planned for a topic on a list that is missing or stale") {
    topic_situation s;
    s.observed.topics.value->clear();
    SECTION("never read") {
        s.observed.topics = {};
    }
    SECTION("not readable now") {
        s.observed.topics.failure = error{errc::unreachable, "describe", "kafka", ""};
    }
    CHECK(s.changes().empty());
}

TEST_CASE("topics are seen to while Connect is away") {
    topic_situation s;
    s.observed.topics.value->clear();
    s.observed.connectors = {};
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == change_kind::create_topic);
}

TEST_CASE("partitions grow when the written number is larger, and are never taken away") {
    struct row {
        std::optional<std::int32_t> written;
        std::int32_t is;
        bool grows, reported;
    };
    const std::vector<row> rows{
        {std::nullopt, 1, false, false},
        {std::nullopt, 12, false, false},
        {3, 3, false, false},
        {3, 1, true, false},
        {3, 12, false, true},
    };
    for (const auto& [written, is, grows, reported] : rows) {
        INFO((written ? std::to_string(*written) : "nothing") << " written, there are " << is);
        topic_situation s;
        s.wanted_topic().written_partitions = written;
        s.is().partitions = is;
        const auto changes = s.changes();
        REQUIRE(changes.size() == (grows ? 1 : 0));
        if (grows) {
            CHECK(changes[0].kind == change_kind::add_partitions);
            CHECK(changes[0].cost == consequence::event_shape);
            CHECK_FALSE(changes[0].because.empty());
            CHECK(
                changes[0].keys ==
                std::vector<model::key_change>{
                    {"partitions", std::to_string(is), "3", false, model::consequence::event_shape}
                }
            );
        }
        CHECK(s.findings().size() == (reported ? 1 : 0));
    }
}

TEST_CASE("the replication factor is compared where it is written, and only reported") {
    topic_situation s;
    s.is().replication_factor = 1;
    CHECK(s.findings().empty());
    s.wanted_topic().written_replication_factor = 3;
    CHECK(s.changes().empty());
    REQUIRE(s.findings().size() == 1);
    CHECK_THAT(s.findings()[0], Contains("1 instead of 3") && Contains("kafka-reassign-partitions"));
}

TEST_CASE("of an existing topic's config only the keys that are written are compared") {
    topic_situation s;
    s.wanted_topic().creation_config = {
        {"cleanup.policy", "delete"}, {"min.insync.replicas", "2"}
    }; // defaults: not written
    s.is().config = {
        {{"cleanup.policy", {"compact", false, false, false}}, {"somebody's", {"1", false, false, false}}}
    };
    CHECK(s.changes().empty());
    s.wanted_topic().written_config = {{"cleanup.policy", "delete"}, {"segment.ms", "1000"}};
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].kind == change_kind::alter_topic_config);
    CHECK(
        changes[0].keys ==
        std::vector<model::key_change>{
            {"cleanup.policy", "compact", "delete", false, model::consequence::data_loss},
            {"segment.ms", {}, "1000", false}
        }
    );
}

TEST_CASE("a config that cannot be read is neither taken as empty nor written, and the way out is told") {
    topic_situation s;
    s.is().config.reset();
    CHECK(s.changes().empty()); // nothing is written about it
    s.wanted_topic().written_config = {{"segment.ms", "1000"}};
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].keys.empty());
    CHECK_THAT(changes[0].blocked, Contains("DescribeConfigs"));
}

TEST_CASE("a topic with a sensitive entry of its own is not altered: the entry would be lost") {
    topic_situation s;
    s.wanted_topic().written_config = {{"segment.ms", "1000"}};
    (*s.is().config)["somebody's"] = {"", true, true, false}; // a default: nothing to lose
    CHECK(s.changes().at(0).blocked.empty());
    (*s.is().config)["somebody's"].is_default = false;
    CHECK_THAT(s.changes().at(0).blocked, Contains("kafka-configs"));
    (*s.is().config)["segment.ms"] = {"1000", false, false, false};
    CHECK(s.changes().empty());
}

TEST_CASE("another cleanup policy or retention may delete records, other keys cost nothing") {
    const std::vector<std::pair<std::string, consequence>> costs{
        {"cleanup.policy", consequence::data_loss},
        {"retention.ms", consequence::data_loss},
        {"retention.bytes", consequence::data_loss},
        {"delete.retention.ms", consequence::data_loss},
        {"segment.ms", consequence::none},
        {"max.message.bytes", consequence::none},
    };
    for (const auto& [key, cost] : costs) {
        INFO(key);
        topic_situation s;
        s.wanted_topic().written_config = {{key, "another"}, {"a.harmless.one", "1"}};
        CHECK(s.changes().at(0).cost == cost);
    }
}

TEST_CASE("a policy of the same words in another order is the same policy") {
    topic_situation s;
    s.wanted_topic().written_config = {{"cleanup.policy", "compact,delete"}};
    auto& entries = *s.is().config;
    for (const auto* same : {"compact,delete", "delete,compact", "delete, compact"}) {
        entries["cleanup.policy"].value = same;
        CHECK(s.changes().empty());
    }
    for (const auto* other : {"delete", "compact", ""}) {
        entries["cleanup.policy"].value = other;
        CHECK(s.changes().size() == 1);
    }
}

TEST_CASE("with `drift: report` a topic that was changed past the file is told, and left as it is") {
    topic_situation s;
    s.desired.drift = model::drift_policy::report;
    s.wanted_topic().written_config = {{"segment.ms", "1000"}};
    (*s.is().config)["segment.ms"] = {"1000", false, false, false};
    s.look();

    SECTION("another value") {
        (*s.is().config)["segment.ms"].value = "5";
    }
    SECTION("deleted") {
        s.observed.topics.value->clear();
    }
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].is_drift);
    CHECK_THAT(changes[0].blocked, Contains("drift: correct"));

    s.desired.drift = model::drift_policy::correct;
    CHECK(s.changes().at(0).may_run());
}

TEST_CASE("with `drift: report` what the file newly asks of a topic is done, and a new topic is made") {
    topic_situation s;
    s.desired.drift = model::drift_policy::report;
    s.look();
    s.wanted_topic().written_config = {{"segment.ms", "1000"}};
    CHECK(s.changes().at(0).may_run());
    s.desired.topics.push_back(table_topic("shop.public.products"));
    const auto changes = s.changes();
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].kind == change_kind::create_topic);
    CHECK(changes[0].may_run());
}

TEST_CASE("with `drift: report` a topic that was never seen as declared is not overwritten") {
    topic_situation s;
    s.desired.drift = model::drift_policy::report;
    s.memory.settled_topics.clear();
    s.wanted_topic().written_config = {{"segment.ms", "1000"}};
    CHECK_FALSE(s.changes().at(0).may_run());
}

TEST_CASE("what is remembered of a topic is forgotten with it") {
    topic_situation s;
    CHECK(s.memory.settled_topics.contains("shop.public.orders"));
    s.desired.topics.clear();
    CHECK(s.look().memory.settled_topics.empty());
}
