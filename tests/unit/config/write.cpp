// A declaration as a file's text: read back, it is the same declaration.
#include "config/write.hpp"

#include "debezium/names.hpp"
#include "support/config_files.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

namespace {

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;

model::declaration read_back(const config::written& file) {
    std::map<std::string, std::string> values;
    for (const auto& v : file.variables) values[v.name] = v.value ? v.value->reveal() : "kafka:9092";
    const auto loaded = config::parse("written.yaml", file.yaml, surroundings_with(values));
    for (const auto& d : loaded.diagnostics) UNSCOPED_INFO(config::render(d));
    UNSCOPED_INFO(file.yaml);
    REQUIRE(loaded.declared);
    return *loaded.declared;
}

model::declaration small() {
    return *parsed(small_file).declared;
}

std::string any_text() {
    auto text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("abcXYZ019 _-.:/\\\"'#%&*!|>{}[],?@`~=\t\n$"))
    );
    return *rc::gen::arbitrary<bool>() ? text : text + "é\u2028";
}

} // namespace

TEST_CASE("a file that was read is written so that it reads the same") {
    const auto declared = small();
    const auto file = config::write(declared);
    CHECK(read_back(file) == declared);
    CHECK_THAT(file.yaml, !Contains("hunter2"));
    CHECK_THAT(file.yaml, Contains("password: !env SHOP_SOURCE_PASSWORD"));
    CHECK_THAT(file.yaml, !Contains("slot:") && !Contains("heartbeat:") && !Contains("adopt:"));
    REQUIRE(file.variables.size() == 2);
    CHECK(file.variables[1].name == "SHOP_WAREHOUSE_PASSWORD");
}

TEST_CASE("every key that has not its default is written") {
    auto declared = small();
    declared.connect.username = "sluice";
    declared.connect.password = secret("connect-hunter2");
    declared.connect.read_timeout = seconds(20);
    declared.kafka.properties = {
        {"sasl.password", secret("kafka-hunter2")}, {"security.protocol", "SASL_SSL"}
    };
    auto& pipeline = declared.pipelines[0];
    pipeline.state = model::target_state::stopped;
    pipeline.topics = {3, std::int16_t{2}, "compact,delete", {{"segment.ms", "1000"}}};
    auto& source = pipeline.source;
    source.connector = "My source: no. 1";
    source.slot = "old_slot";
    source.publication = "old_publication";
    source.publication_is_given = true;
    source.snapshot = "never";
    source.heartbeat = milliseconds(0);
    source.adopt = true;
    source.db.port = 6432;
    source.db.password = std::string("${file:/run/secrets:password}");
    source.config = {{"some.token", secret("token-hunter2")}, {"max.batch.size", "12"}};
    source.omit = {"errors.max.retries", "transforms"};
    auto& sink = pipeline.sinks[0];
    sink.write = model::write_mode::insert;
    sink.delete_rows = false;
    sink.evolution = model::schema_evolution::none;
    sink.table_name = "{schema}_{table}";
    sink.dead_letter_topic = "dead";
    sink.connector = "null";
    sink.adopt = true;
    sink.omit = {"tasks.max"};
    model::plain_connector audit;
    audit.name = "audit";
    audit.connector = "An audit";
    audit.state = model::target_state::paused;
    audit.adopt = true;
    audit.config = {{"connector.class", "FileStreamSink"}, {"x.password", secret("audit-hunter2")}};
    declared.connectors = {audit};
    const auto file = config::write(declared);
    CHECK(read_back(file) == declared);
    CHECK_THAT(file.yaml, !Contains("hunter2"));
    CHECK_THAT(file.yaml, Contains("!env KAFKA_SASL_PASSWORD") && Contains("!env AUDIT_X_PASSWORD"));
}

TEST_CASE("any text is a value that is read back") {
    const bool holds = rc::check([] {
        auto declared = small();
        declared.pipelines[0].source.config = {{"a.key", any_text()}, {"another: one", any_text()}};
        RC_ASSERT(read_back(config::write(declared)) == declared);
    });
    CHECK(holds);
}

TEST_CASE("brokers that nobody named come from a variable") {
    auto declared = small();
    declared.kafka.bootstrap_servers.clear();
    const auto file = config::write(declared);
    REQUIRE_FALSE(file.variables.empty());
    CHECK(file.variables[0].name == "KAFKA_BOOTSTRAP_SERVERS");
    CHECK_FALSE(file.variables[0].value);
    CHECK(read_back(file).kafka.bootstrap_servers == "kafka:9092");
}

TEST_CASE("two places whose names are alike get variables of their own") {
    auto declared = small();
    declared.pipelines[0].source.config = {{"a.password", secret("one")}, {"a_password", secret("two")}};
    const auto file = config::write(declared);
    CHECK(read_back(file) == declared);
}
