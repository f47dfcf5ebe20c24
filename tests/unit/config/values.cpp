// What each key accepts, and what becomes of it.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace sluice;
using namespace sluice::testing;
using namespace std::chrono_literals;

model::declaration declared(const std::string& text) {
    auto result = parsed(text);
    for (const auto& d : result.diagnostics) UNSCOPED_INFO(config::render(d));
    REQUIRE(result.declared);
    return *std::move(result.declared);
}

model::source source_with(std::string_view lines) {
    return declared(with_in_source(lines)).pipelines.at(0).source;
}

model::sink sink_with(std::string_view line) {
    return declared(with_in_sink(line)).pipelines.at(0).sinks.at(0);
}

} // namespace

TEST_CASE("a source keeps its defaults where nothing is written") {
    const auto source = declared(small_file).pipelines.at(0).source;
    CHECK(source.type == "debezium-postgres");
    CHECK(source.db.port == 5432);
    CHECK(source.snapshot == "initial");
    CHECK(source.heartbeat == 10s);
    CHECK_FALSE(source.publication_is_given);
    CHECK_FALSE(source.adopt);
}

TEST_CASE("names that are given take the place of derived ones") {
    const auto source = source_with(
        "connector: My Source\n      slot: old_slot\n      publication: old_publication\n      adopt: true"
    );
    CHECK(source.connector == "My Source");
    CHECK(source.slot == "old_slot");
    CHECK(source.publication == "old_publication");
    CHECK(source.publication_is_given);
    CHECK(source.adopt);
    CHECK(sink_with("connector: my-sink").connector == "my-sink");
}

TEST_CASE("derived keys that a connector is to do without are listed") {
    const std::vector<std::string> keys{"errors.max.retries", "transforms"};
    CHECK(source_with("omit: [errors.max.retries, transforms]").omit == keys);
    CHECK(sink_with("omit: [errors.max.retries, transforms]").omit == keys);
}

TEST_CASE("an entry of connectors may have a name of its own") {
    const std::string entry =
        "connectors:\n  audit:\n    connector: My Audit\n    config: {connector.class: FileStreamSink}\n";
    const auto connector = declared(small_file + entry).connectors.at(0);
    CHECK(connector.name == "audit");
    CHECK(connector.connector == "My Audit");
    const auto result = parsed(small_file + replaced(entry, "My Audit", "shop-source"));
    CHECK_FALSE(result.declared);
}

TEST_CASE("derived names come from the instance and the pipeline") {
    const auto source = declared(replaced(small_file, "name: demo", "name: my-shop")).pipelines.at(0).source;
    CHECK(source.connector == "shop-source");
    CHECK(source.slot == "my_shop_shop");
    CHECK(source.publication == "my_shop_shop");
}

TEST_CASE("a heartbeat of nothing is no heartbeat") {
    CHECK(source_with("heartbeat: 0s").heartbeat == 0s);
}

TEST_CASE("numbers, durations and words may come from the environment") {
    CHECK(source_with("port: !env PORT").db.port == 6432);
    CHECK(source_with("slot: !env WORD").slot == "word");
}

TEST_CASE("a sink reads its own keys") {
    CHECK(sink_with("write: insert").write == model::write_mode::insert);
    CHECK(sink_with("write: update").write == model::write_mode::update);
    CHECK_FALSE(sink_with("delete: false").delete_rows);
    CHECK(sink_with("schema_evolution: none").evolution == model::schema_evolution::none);
    CHECK(sink_with("table_name: copy-of_{table}").table_name == "copy-of_{table}");
    CHECK(sink_with("adopt: true").adopt);
}

TEST_CASE("properties keep their literal text") {
    const auto source =
        source_with("config: {a: 012, b: yes, c: 1.50, d: \"x \", e: '', f: 1_000, \"g\": no}");
    const model::config_map expected{
        {"a", "012"}, {"b", "yes"}, {"c", "1.50"}, {"d", "x "}, {"e", ""}, {"f", "1_000"}, {"g", "no"}
    };
    CHECK((source.config == expected));
}

TEST_CASE("Kafka's properties go to librdkafka as they are") {
    const auto file =
        declared(replaced(small_file, "connect:", "  properties: {security.protocol: SSL}\nconnect:"));
    CHECK((file.kafka.properties == model::config_map{{"security.protocol", "SSL"}}));
}

TEST_CASE("Connect's settings are read") {
    const auto connect = declared(replaced(
                                      small_file,
                                      "  urls: [http://localhost:8083]",
                                      "  urls: [https://a:8083/, \"https://[::1]\"]\n"
                                      "  username: sluice\n"
                                      "  password: !env WORD\n"
                                      "  ca_file: ca.pem\n"
                                      "  certificate_file: /etc/sluice/client.pem\n"
                                      "  key_file: ../client.key\n"
                                      "  request_timeout: 2m\n"
                                      "  group_id: connect-cluster\n"
                                      "  body_limit: 128MiB"
                                  ))
                             .connect;
    CHECK(connect.urls == std::vector<std::string>{"https://a:8083", "https://[::1]"});
    CHECK(connect.username == "sluice");
    CHECK((connect.password == secret("word")));
    CHECK(connect.ca_file.starts_with('/'));
    CHECK(connect.ca_file.ends_with("/ca.pem"));
    CHECK(connect.certificate_file == "/etc/sluice/client.pem");
    CHECK(connect.key_file.find("..") == std::string::npos);
    CHECK(connect.read_timeout == 2min);
    CHECK(connect.write_timeout == 2min);
    CHECK(connect.body_limit == 128ULL << 20);
    CHECK(connect.group_id == "connect-cluster");
}

TEST_CASE("a short request timeout does not make writes give up early") {
    const auto connect = declared(replaced(small_file, "  urls", "  request_timeout: 3s\n  urls")).connect;
    CHECK(connect.read_timeout == 3s);
    CHECK(connect.write_timeout == 60s);
}

TEST_CASE("Sluice listens on an IP address or localhost") {
    using pair = std::pair<std::string, std::string>;
    const auto listen =
        GENERATE(pair{"0.0.0.0:80", "0.0.0.0"}, pair{"[::1]:80", "::1"}, pair{"localhost:80", "127.0.0.1"});
    const auto http = declared(with_at_top("http: {listen: '" + listen.first + "'}")).http;
    CHECK(http.address == listen.second);
    CHECK(http.port == 80);
}

TEST_CASE("reconciling reads its own keys") {
    const auto reconcile =
        declared(with_at_top("reconcile: {interval: 1m30s, drift: report, adopt: true, prune: true}"))
            .reconcile;
    CHECK(reconcile.interval == 90s);
    CHECK(reconcile.drift == model::drift_policy::report);
    CHECK(reconcile.adopt);
    CHECK(reconcile.prune);
}

TEST_CASE("topics keep apart what was written and what was not") {
    CHECK((declared(small_file).pipelines.at(0).topics == model::topic_settings{}));
    const auto topics = declared(replaced(
                                     small_file,
                                     "    sinks:",
                                     "    topics: {partitions: 3, replication_factor: 2, cleanup: "
                                     "'compact,delete', config: {segment.ms: 1000}}\n    sinks:"
                                 ))
                            .pipelines.at(0)
                            .topics;
    CHECK(topics.partitions == 3);
    CHECK(topics.replication_factor == std::int16_t{2});
    CHECK(topics.cleanup == "compact,delete");
    CHECK(topics.config == std::map<std::string, std::string>{{"segment.ms", "1000"}});
}

TEST_CASE("pipelines, sinks and connectors come sorted by name") {
    const auto file = declared(
        small_file + "      archive:\n"
                     "        {host: other, database: a, user: u, password: !env WORD}\n"
                     "  books:\n"
                     "    source: {host: localhost, database: b, user: u, password: !env WORD, topic_prefix: "
                     "books, tables: [s.t]}\n"
                     "    state: stopped\n"
                     "connectors:\n"
                     "  zoo: {config: {connector.class: Z}, state: paused}\n"
                     "  audit: {config: {connector.class: A}, adopt: true}\n"
    );
    REQUIRE(file.pipelines.size() == 2);
    CHECK(file.pipelines.at(0).name == "books");
    CHECK(file.pipelines.at(0).state == model::target_state::stopped);
    CHECK(file.pipelines.at(1).sinks.at(0).name == "archive");
    REQUIRE(file.connectors.size() == 2);
    CHECK(file.connectors.at(0).name == "audit");
    CHECK(file.connectors.at(0).adopt);
    CHECK(file.connectors.at(1).state == model::target_state::paused);
}

TEST_CASE("events without schemas are possible where no sink needs schemas") {
    const auto without_sinks = small_file.substr(0, small_file.find("    sinks:"));
    const auto file = declared(without_sinks + "    format: json-schemaless\n");
    CHECK(file.pipelines.at(0).format == model::message_format::json_schemaless);
}

TEST_CASE("a file may want nothing, but has to say so") {
    const auto head = small_file.substr(0, small_file.find("pipelines:"));
    CHECK(declared(head + "pipelines: {}\n").pipelines.empty());
    CHECK(declared(head + "connectors: {}\n").connectors.empty());
    CHECK_FALSE(parsed(head).declared);
    CHECK_FALSE(parsed("").declared);
}

TEST_CASE("a state directory in the file is relative to the file") {
    const auto around = usual_surroundings();
    const auto result =
        config::parse("/etc/sluice/pipeline.yaml", with_at_top("state_dir: ../state"), around);
    REQUIRE(result.declared);
    CHECK(result.declared->state_dir == "/etc/state");
    CHECK(declared(small_file).state_dir == "/state/demo");
}

TEST_CASE("lines may end as on Windows, and a byte order mark is no error") {
    std::string windows = "\xEF\xBB\xBF";
    for (const char c : small_file) windows += c == '\n' ? std::string("\r\n") : std::string(1, c);
    CHECK((declared(windows) == declared(small_file)));
}

TEST_CASE("two pipelines may share what can be shared") {
    const auto result = parsed(
        small_file + "  stock:\n"
                     "    source: {host: localhost, port: 5433, database: source_db, user: cdc_user, "
                     "password: !env WORD,\n"
                     "             topic_prefix: stock, tables: [public.products], slot: demo_shop, "
                     "publication: demo_shop}\n"
                     "    sinks:\n"
                     "      warehouse: {host: localhost, database: sink_db, user: u, password: !env WORD}\n"
    );
    CHECK(result.diagnostics.empty()); // the same names, but on another server and in other tables
    CHECK(result.declared);
}

TEST_CASE("a sink that names its own tables is not judged by the derived ones") {
    const std::string second =
        "      copy:\n        {host: localhost, database: sink_db, user: u, password: !env WORD";
    CHECK_FALSE(parsed(small_file + second + "}\n").declared);
    CHECK(parsed(small_file + second + ", config: {collection.name.format: other}}\n").declared);
}
