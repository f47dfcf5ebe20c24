#include "model/declared.hpp"
#include "model/desired.hpp"
#include "model/observed.hpp"
#include "model/plan.hpp"
#include "model/verdict.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::model;

namespace {

/// The words of an enum from its first to its last.
template <class E>
std::vector<std::string> words(E last) {
    std::vector<std::string> all;
    for (int i = 0; i <= static_cast<int>(last); ++i) all.emplace_back(to_string(static_cast<E>(i)));
    return all;
}

using list = std::vector<std::string>;

} // namespace

TEST_CASE("a consequence has the word and the rank of the contract") {
    CHECK(
        words(consequence::remove) ==
        list{
            "none",
            "task-restart",
            "event-shape",
            "gap-risk",
            "topic-rename",
            "new-slot",
            "resnapshot",
            "data-loss",
            "delete"
        }
    );
}

TEST_CASE("changes are carried out in the order of their kinds: topics, creations, updates, states, deletions"
) {
    CHECK(
        words(change_kind::delete_connector) ==
        list{
            "create_topic",
            "add_partitions",
            "alter_topic_config",
            "create",
            "update",
            "resume",
            "pause",
            "stop",
            "restart", // of what failed
            "restart", // of all
            "delete"
        }
    );
}

TEST_CASE("statuses, severities and states have words of their own") {
    CHECK(
        words(link_status::lost) ==
        list{
            "ok",
            "paused",
            "starting",
            "lagging",
            "stalled",
            "stopped",
            "rewound",
            "unknown",
            "failed",
            "lost"
        }
    );
    CHECK(words(severity::critical) == list{"info", "warning", "critical"});
    CHECK(words(target_state::stopped) == list{"running", "paused", "stopped"});
    CHECK(
        words(connector_state::unknown) ==
        list{"running", "paused", "stopped", "failed", "unassigned", "restarting", "unknown"}
    );
}

TEST_CASE("Connect's word for a state is read, and one of a later version is unknown") {
    for (int i = 0; i < static_cast<int>(connector_state::unknown); ++i) {
        const auto state = static_cast<connector_state>(i);
        std::string word(to_string(state));
        for (auto& c : word) c = static_cast<char>(c - 32);
        CHECK(connector_state_from(word) == state);
        CHECK(
            connector_state_from(to_string(state)) == connector_state::unknown
        ); // only as Connect writes it
    }
    for (const std::string word : {"", "DESTROYED", "RUNNING "})
        CHECK(connector_state_from(word) == connector_state::unknown);
}

TEST_CASE("knowledge is fresh when the last attempt gave it, and attempted when there was one") {
    struct row {
        std::string what;
        bool has_value, failed, fresh, attempted;
    };
    const std::vector<row> rows{
        {"never asked", false, false, false, false},
        {"read", true, false, true, true},
        {"failed at once", false, true, false, true},
        {"read, then failed", true, true, false, true},
    };
    for (const auto& [what, has_value, failed, fresh, attempted] : rows) {
        INFO(what);
        reading<int> r;
        if (has_value) r.value = 1;
        if (failed) r.failure = error{errc::timeout, "read", "", ""};
        CHECK(r.fresh() == fresh);
        CHECK(r.attempted() == attempted);
    }
}

TEST_CASE("a reference that Connect resolves is told from a value that looks like one") {
    for (const std::string value : {"${file:/run/secrets:password}", "${env:PASSWORD}", "${vault:a:b:c}"})
        CHECK(is_provider_reference(value));
    for (const std::string value :
         {"", "${PASSWORD}", "file:/x:y", "${file:/x:y", "x${file:/x:y}", "${file:/x:y}x", "$"})
        CHECK_FALSE(is_provider_reference(value));
}

TEST_CASE("a config value is text or a secret, and the adapters get the bytes of both") {
    CHECK(reveal(config_value(std::string("text"))) == "text");
    CHECK(reveal(config_value(secret("hidden"))) == "hidden");
    CHECK_FALSE(is_secret(config_value(std::string("text"))));
    CHECK(is_secret(config_value(secret("hidden"))));
}

TEST_CASE("a connector and a topic are found by name, whatever else is desired") {
    desired d;
    CHECK(find_connector(d, "b") == nullptr);
    CHECK(find_topic(d, "b") == nullptr);
    for (const std::string name : {"b", "b-2", "d"}) {
        desired_connector connector;
        connector.name = name;
        d.connectors.push_back(connector);
        desired_topic topic;
        topic.name = name;
        d.topics.push_back(topic);
    }
    for (std::size_t i = 0; i < d.connectors.size(); ++i) {
        CHECK(find_connector(d, d.connectors[i].name) == &d.connectors[i]);
        CHECK(find_topic(d, d.topics[i].name) == &d.topics[i]);
    }
    for (const auto* name : {"", "a", "b-", "c", "e"}) {
        CHECK(find_connector(d, name) == nullptr);
        CHECK(find_topic(d, name) == nullptr);
    }
}
