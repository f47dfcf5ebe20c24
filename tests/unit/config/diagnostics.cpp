// How errors are told: all at once, in the file's order, with the line and a caret.
#include "config/report.hpp"
#include "support/config_files.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace {

using namespace sluice;
using namespace sluice::testing;

config::diagnostic sample(int line, int column, std::string source_line) {
    return {config::diagnostic::kind::error, "a.yaml", line, column, "what", std::move(source_line)};
}

} // namespace

TEST_CASE("a diagnostic is shown as compilers do it") {
    CHECK(
        config::render(sample(12, 3, "  key: x")) == "a.yaml:12:3: error: what\n   12 |   key: x\n      |   ^"
    );
    CHECK(config::render(sample(12, 3, "")) == "a.yaml:12:3: error: what");
    CHECK(config::render(sample(0, 0, "")) == "a.yaml: error: what");
    auto warning = sample(1, 1, "");
    warning.level = config::diagnostic::kind::warning;
    CHECK(config::render(warning) == "a.yaml:1:1: warning: what");
}

TEST_CASE("the caret stands under its character, whatever comes before") {
    CHECK(config::render(sample(1, 6, "\xC3\xA9\t: x")).ends_with("\n    1 | \xC3\xA9 : x\n      |     ^"));
    CHECK(config::render(sample(1, 99, "ab")).ends_with("\n      |   ^"));
}

TEST_CASE("columns are told in bytes") {
    const auto result = parsed(with_at_top("http: {listen: \"\xC3\xA9\", listn: 1}"));
    REQUIRE(result.diagnostics.size() == 2);
    CHECK(result.diagnostics.at(0).column == 16);
    CHECK(result.diagnostics.at(1).column == 22);
}

TEST_CASE("all errors of a file are told at once, in its order") {
    const auto result = parsed("version: 2\n"
                               "name: Demo\n"
                               "kafka: {bootstrap_servers: nowhere}\n"
                               "conect: {urls: [http://localhost:8083]}\n"
                               "pipelines:\n"
                               "  shop:\n"
                               "    state: runing\n"
                               "    source:\n"
                               "      host: a\n"
                               "      port: '1'\n"
                               "      database: &d d\n"
                               "      database: e\n"
                               "      user: u\n"
                               "      password: !env UNSET\n"
                               "      topic_prefix: cdc\n"
                               "      tables: [orders]\n"
                               "      heartbeat: 5\n");
    CHECK_FALSE(result.declared);
    std::vector<int> lines;
    for (const auto& d : result.diagnostics) lines.push_back(d.line);
    CHECK(lines == std::vector{1, 2, 3, 4, 7, 10, 11, 12, 14, 16, 17});
}

TEST_CASE("a section that is no mapping is told once, not once for each missing key") {
    const auto result =
        parsed(replaced(small_file, "connect:\n  urls: [http://localhost:8083]", "connect: here"));
    CHECK(result.diagnostics.size() == 1);
}

TEST_CASE("two sinks that share all their tables are one mistake") {
    const auto result = parsed(
        small_file + "      copy: {host: localhost, database: sink_db, user: u, password: !env WORD}\n"
    );
    CHECK(result.diagnostics.size() == 1);
}

TEST_CASE("a file with a thousand errors does not bury its reader") {
    std::string keys;
    for (int i = 0; i < 1000; ++i) keys += fmt::format("key{}: 1\n", i);
    const auto result = parsed(keys + small_file);
    CHECK_FALSE(result.declared);
    CHECK(result.diagnostics.size() == 101);
    CHECK(result.diagnostics.back().message == "only the first 100 errors and warnings are shown");
}

TEST_CASE("a hundred warnings hide no error") {
    std::string properties = "config:";
    for (int i = 0; i < 200; ++i) properties += fmt::format("\n        p{}.password: literal", i);
    const auto result = parsed(with_in_source(properties) + "        write: wrong\n");
    CHECK_FALSE(result.declared);
    const auto is_error = [](const config::diagnostic& d) {
        return d.level == config::diagnostic::kind::error;
    };
    CHECK(std::ranges::count_if(result.diagnostics, is_error) == 1);
}

TEST_CASE("what messages quote is short and printable") {
    CHECK(config::quote("word") == "`word`");
    CHECK(config::quote("a\x1b[31mb\n") == "`a?[31mb?`");
    CHECK(config::quote(std::string(100, 'x')) == "`" + std::string(60, 'x') + "…`");
    CHECK(config::quote("user:pass@host") == "this value");
    CHECK(config::quote_key("secrets") == "`secrets`");
}
