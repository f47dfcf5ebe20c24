// Connectors that somebody made by hand are taken over without a write.

#include "sandbox.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <regex>

using namespace sluice::testing;
using Catch::Contains;

namespace {

/// A raw source as people POST it, with Connect making its topics.
std::string source_json(const sandbox& corner) {
    auto database = corner.instance;
    std::ranges::replace(database, '-', '_');
    return fmt::format(
        R"({{"name":"{0}-source","config":{{
"connector.class":"io.debezium.connector.postgresql.PostgresConnector","database.hostname":"localhost",
"database.port":"{1}","database.dbname":"{2}","database.user":"{3}","database.password":"{4}",
"topic.prefix":"{0}","plugin.name":"pgoutput","slot.name":"{2}_slot","publication.autocreate.mode":"filtered",
"publication.name":"{2}_pub","table.include.list":"public.products,public.orders","heartbeat.interval.ms":"1000",
"topic.creation.default.replication.factor":"1","topic.creation.default.partitions":"1",
"key.converter":"org.apache.kafka.connect.json.JsonConverter",
"value.converter":"org.apache.kafka.connect.json.JsonConverter"}}}})",
        corner.instance,
        stack().at("SOURCE_PORT"),
        database,
        stack().at("SOURCE_USER"),
        stack().at("SOURCE_DB_PASSWORD")
    );
}

std::string sink_json(const sandbox& corner, const std::string& name, const std::string& rest) {
    auto database = corner.instance;
    std::ranges::replace(database, '-', '_');
    return fmt::format(
        R"({{"name":"{0}","config":{{"connector.class":"io.debezium.connector.jdbc.JdbcSinkConnector",
"connection.url":"jdbc:postgresql://localhost:{1}/{2}","connection.username":"{3}","connection.password":"{4}",
"key.converter":"org.apache.kafka.connect.json.JsonConverter",
"value.converter":"org.apache.kafka.connect.json.JsonConverter",{5}}}}})",
        corner.instance + name,
        stack().at("SINK_PORT"),
        database,
        stack().at("SINK_USER"),
        stack().at("SINK_DB_PASSWORD"),
        rest
    );
}

void make(const std::string& body) {
    const auto answer = connect("POST", "/connectors", body);
    INFO(answer.body);
    REQUIRE(answer.status == 201);
}

bool is_running(const std::string& name) {
    const auto status = connect("GET", "/connectors/" + name + "/status").body;
    const auto first = status.find("RUNNING");
    return first != std::string::npos && status.find("RUNNING", first + 1) != std::string::npos;
}

} // namespace

TEST_CASE("connectors made by hand in several styles are imported, and the plan is empty") {
    const sandbox corner("import");
    const auto& prefix = corner.instance;
    make(source_json(corner));
    const auto topic = prefix + ".public.products";
    eventually("the source runs", [&] { return is_running(prefix + "-source"); });
    eventually("its first rows have made a topic", [&] {
        return connect("GET", "/connectors/" + prefix + "-source/topics").body.find(topic) !=
               std::string::npos;
    });
    const std::string keyed =
        R"("insert.mode":"upsert","primary.key.mode":"record_key","schema.evolution":"basic",)";
    make(sink_json(corner, "-list", keyed + fmt::format(R"("topics":"{}","delete.enabled":"true")", topic)));
    const std::string pattern =
        R"("topics.regex":")" + prefix + R"json(\\.public\\.(?:products|orders)",)json";
    const std::string flat =
        R"("transforms":"flat","transforms.flat.type":"io.debezium.transforms.ExtractNewRecordState",)";
    make(sink_json(corner, "-regex", keyed + pattern + flat + R"("table.name.format":"by_regex_${topic}")"));
    make(sink_json(
        corner,
        "-named",
        keyed +
            fmt::format(
                R"("topics":"{}","table.name.format":"named_${{topic}}","tasks.max":"2","batch.size":"10")",
                topic
            )
    ));
    make(fmt::format(
        R"({{"name":"{0}_Audit","config":{{"connector.class":"FileStreamSink","topics":"{1}","file":"/dev/null"}}}})",
        prefix,
        topic
    ));
    for (const std::string name : {"-list", "-regex", "-named", "_Audit"})
        eventually(name + " runs", [&] { return is_running(prefix + name); });
    const auto before = connect("GET", "/connectors?expand=info").body;

    corner.write_file(std::regex_replace(corner.usual_file(), std::regex("pipelines:[^]*"), "pipelines: {}\n")
    );
    const auto written = corner.sluice({"import"});
    INFO(written.out << written.err);
    REQUIRE(written.exit_code == 0);
    for (const auto* key : {"SOURCE_DB_PASSWORD", "SINK_DB_PASSWORD"}) {
        CHECK_THAT(written.out, !Contains(stack().at(key)));
        CHECK_THAT(written.err, !Contains(stack().at(key)));
    }
    CHECK_THAT(written.out, Contains("\n      list:\n") && Contains("adopt: true"));
    // The passwords by the names of this sandbox, and what is not in a written file.
    auto file = std::regex_replace(
        written.out, std::regex("!env [A-Z0-9_]*_SOURCE_PASSWORD"), "!env SOURCE_DB_PASSWORD"
    );
    file = std::regex_replace(
        file, std::regex("!env (?!SOURCE_DB)[A-Z0-9_]*_PASSWORD"), "!env SINK_DB_PASSWORD"
    );
    const auto usual = corner.usual_file();
    const auto at = usual.find("\nhttp:") + 1;
    const auto state = usual.substr(at, usual.find("pipelines:") - at);
    corner.write_file(file + state);
    const auto plan = corner.sluice({"plan", "--detailed-exitcode"});
    INFO(plan.out << plan.err);
    CHECK(plan.exit_code == 0);
    CHECK_THAT(plan.out, Contains("Nothing to do"));

    // Adopted: nothing is written, until the restart is accepted.
    CHECK(corner.sluice({"apply", "--yes"}).exit_code == 0);
    CHECK(connect("GET", "/connectors?expand=info").body == before);
    const auto marked = corner.sluice({"apply", "--yes", "--accept=task-restart"});
    INFO(marked.out << marked.err);
    CHECK(marked.exit_code == 0);
    CHECK_THAT(
        connect("GET", "/connectors/" + prefix + "-source/config").body,
        Contains("\"sluice.owner\":\"" + corner.instance + '"')
    );
    CHECK(corner.sluice({"plan", "--detailed-exitcode"}).exit_code == 0);
}
