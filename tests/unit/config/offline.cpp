// Reading a file where the secrets are not: what is missing stands for itself.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace sluice;
using namespace sluice::testing;

config::loaded offline(const std::string& text) {
    auto around = surroundings_with({});
    around.offline = true;
    return config::parse("test.yaml", text, around);
}

model::source source_of(const config::loaded& loaded) {
    for (const auto& d : loaded.diagnostics) UNSCOPED_INFO(config::render(d));
    REQUIRE(loaded.declared);
    return loaded.declared->pipelines.at(0).source;
}

} // namespace

TEST_CASE("offline, variables that are not set and files that are not there are no errors") {
    const auto loaded = offline(replaced(small_file, "!env SINK_DB_PASSWORD", "!file /no/such/file"));
    const auto source = source_of(loaded);
    CHECK(loaded.diagnostics.empty());
    CHECK(source.db.password == model::config_value(secret("$SOURCE_DB_PASSWORD")));
    CHECK_FALSE(parsed(replaced(small_file, "SOURCE_DB_PASSWORD", "NOT_SET")).declared);
}

TEST_CASE("offline, another variable is another value") {
    const auto one = source_of(offline(small_file));
    const auto other = source_of(offline(replaced(small_file, "SOURCE_DB_PASSWORD", "ANOTHER")));
    CHECK(one.db.password != other.db.password);
    CHECK(one == source_of(offline(small_file)));
}

TEST_CASE("offline, a text from outside keeps to no rule, and a number is told to be unknown") {
    const auto host = source_of(offline(replaced(small_file, "host: localhost", "host: !env DB_HOST")));
    CHECK(host.db.host == "$DB_HOST");
    const auto loaded = offline(with_in_source("port: !env DB_PORT\n      heartbeat: !env BEAT"));
    CHECK(source_of(loaded).db.port == 5432);
    REQUIRE(loaded.diagnostics.size() == 2);
    CHECK(
        config::render(loaded.diagnostics[0]).find("`port`: `!env DB_PORT` is not known here") !=
        std::string::npos
    );
}
