#include "debezium/consequence.hpp"
#include "debezium/derive.hpp"
#include "sample.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::debezium;
using namespace sluice::testing;
using Catch::Contains;
using Catch::StartsWith;
using model::connector_role;
using model::consequence;

namespace {

model::key_change
changed(std::string key, std::optional<std::string> before, std::optional<std::string> after) {
    return {std::move(key), std::move(before), std::move(after), false};
}

} // namespace

TEST_CASE("every derived key has a consequence that a table names") {
    for (const auto& plugins : {debezium_2_7(), debezium_3()}) {
        for (const auto& made : derive(shop(), plugins).connectors) {
            if (made.role == connector_role::plain) continue;
            for (const auto& [key, value] : made.config) {
                INFO(made.name << ": " << key);
                CHECK(known_consequence(made.role, key));
            }
        }
    }
}

TEST_CASE("what a key costs follows the catalogue") {
    const auto source = [](std::string_view key) { return consequence_of(connector_role::source, key); };
    const auto sink = [](std::string_view key) { return consequence_of(connector_role::sink, key); };
    CHECK(source("heartbeat.interval.ms") == consequence::task_restart);
    CHECK(source("database.password") == consequence::task_restart);
    CHECK(source("producer.override.linger.ms") == consequence::task_restart);
    CHECK(source("decimal.handling.mode") == consequence::event_shape);
    CHECK(source("transforms.mask.fields") == consequence::event_shape);
    CHECK(source("column.mask.with.8.chars") == consequence::event_shape);
    CHECK(source("table.include.list") == consequence::gap_risk);
    CHECK(source("topic.delimiter") == consequence::topic_rename);
    CHECK(source("slot.name") == consequence::new_slot);
    CHECK(source("topic.prefix") == consequence::resnapshot);
    CHECK(source("slot.drop.on.stop") == consequence::data_loss);
    CHECK(sink("batch.size") == consequence::task_restart);
    CHECK(sink("errors.deadletterqueue.topic.name") == consequence::task_restart);
    CHECK(sink("insert.mode") == consequence::event_shape);
    CHECK(sink("topics") == consequence::gap_risk);
}

TEST_CASE("an unknown key changes events, unless the connector is a plain one") {
    CHECK(consequence_of(connector_role::source, "made.up") == consequence::event_shape);
    CHECK(consequence_of(connector_role::sink, "made.up") == consequence::event_shape);
    CHECK(consequence_of(connector_role::plain, "made.up") == consequence::task_restart);
    CHECK_FALSE(known_consequence(connector_role::plain, "made.up"));
    CHECK(consequence_of(connector_role::plain, "transforms") == consequence::event_shape);
}

TEST_CASE("Sluice's own keys cost nothing") {
    CHECK(consequence_of(connector_role::plain, "sluice.owner") == consequence::none);
}

TEST_CASE("a table added restarts the tasks, a table taken away leaves a gap") {
    const auto cost = [](const char* before, const char* after) {
        return consequence_of(connector_role::source, changed("table.include.list", before, after));
    };
    CHECK(cost(R"(public\.a)", R"(public\.b,public\.a)") == consequence::task_restart);
    CHECK(cost(R"(public\.a,public\.b)", R"(public\.a)") == consequence::gap_risk);
    CHECK(cost(R"(public\.a)", R"(public\.b)") == consequence::gap_risk);
    CHECK(consequence_of(connector_role::sink, changed("topics", "a", "a,b")) == consequence::task_restart);
    CHECK(consequence_of(connector_role::sink, changed("topics", "a,b", "b")) == consequence::gap_risk);
}

TEST_CASE("values make a consequence milder, never harder") {
    const auto source =
        [](const char* key, std::optional<std::string> before, std::optional<std::string> after) {
            return consequence_of(connector_role::source, changed(key, before, after));
        };
    CHECK(source("snapshot.mode", "initial", "no_data") == consequence::gap_risk);
    CHECK(source("snapshot.mode", "initial", "always") == consequence::resnapshot);
    CHECK(source("errors.tolerance", "all", std::nullopt) == consequence::task_restart);
    CHECK(source("errors.tolerance", std::nullopt, "all") == consequence::data_loss);
    CHECK(source("flush.lsn.source", "false", "true") == consequence::task_restart);
    CHECK(source("flush.lsn.source", std::nullopt, "false") == consequence::data_loss);
    CHECK(source("slot.drop.on.stop", "true", "false") == consequence::data_loss); // the stop still drops it
    CHECK(
        source("topic.delimiter", std::nullopt, ".") == consequence::task_restart
    ); // written out, same meaning
    CHECK(
        consequence_of(connector_role::sink, changed("table.name.format", "${topic}", std::nullopt)) ==
        consequence::task_restart
    );
}

TEST_CASE("a key that says which things a connector works on is told in words, with another way") {
    for (const auto* key :
         {"slot.name",
          "publication.name",
          "topic.prefix",
          "database.hostname",
          "database.port",
          "database.dbname"}) {
        INFO(key);
        CHECK_THAT(
            what_it_decides(connector_role::source, key), StartsWith(std::string(key) + " decides the")
        );
        CHECK_THAT(
            std::string(instead_of_changing(connector_role::source, key)),
            Contains("declare a second pipeline")
        );
    }
    for (const auto* key :
         {"connection.url", "table.name.format", "collection.name.format", "transforms.route.replacement"}) {
        INFO(key);
        CHECK_FALSE(what_it_decides(connector_role::sink, key).empty());
        CHECK_THAT(
            std::string(instead_of_changing(connector_role::sink, key)), Contains("declare a second sink")
        );
    }
    CHECK(what_it_decides(connector_role::source, "database.password").empty());
    CHECK(what_it_decides(connector_role::sink, "database.hostname").empty());
    CHECK(what_it_decides(connector_role::plain, "slot.name").empty());
}

TEST_CASE("a key that is written out with the value it had anyway costs no more than a restart of tasks") {
    const auto sink = connector_role::sink;
    const auto restart = model::consequence::task_restart;
    // Debezium 2.7 → 3
    CHECK(consequence_of(sink, changed("table.name.format", "${topic}", std::nullopt)) == restart);
    CHECK(consequence_of(sink, changed("collection.name.format", std::nullopt, "${topic}")) == restart);
    CHECK(consequence_of(sink, changed("collection.name.format", "${topic}", "x_${topic}")) > restart);
    CHECK(consequence_of(connector_role::source, changed("database.port", std::nullopt, "5432")) == restart);
    CHECK(consequence_of(connector_role::source, changed("topic.prefix", "cdc", "other")) > restart);
}
