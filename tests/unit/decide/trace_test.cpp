#include "decide/trace.hpp"
#include "support/recorded_trace.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::decide;
using Catch::Contains;
using sluice::testing::recorded_trace;

TEST_CASE("the cause of a real failure is its deepest one") {
    struct row {
        std::string profile, file, connector, line, name;
    };
    const std::vector<row> rows{
        {"debezium-2.7",
         "connectors-failed-source",
         "shop-source",
         "java.net.ConnectException: Connection refused",
         "ConnectException"},
        {"debezium-2.7",
         "connectors-failed-sink",
         "shop-broken",
         "org.hibernate.HibernateException: Unable to determine Dialect without JDBC metadata (please set "
         "'jakarta.persistence.jdbc.url' for common cases or 'hibernate.dialect' when a custom Dialect "
         "implementation "
         "must be provided)",
         "HibernateException"},
        {"debezium-3",
         "connectors-failed-source",
         "shop-source",
         "java.net.SocketException: Broken pipe",
         "SocketException"},
        {"debezium-3",
         "connectors-failed-sink",
         "shop-broken",
         "org.postgresql.util.PSQLException: FATAL: password authentication failed for user \"sink_user\"",
         "PSQLException"},
    };
    for (const auto& [profile, file, connector, line, name] : rows) {
        INFO(profile << ' ' << file);
        const auto trace = recorded_trace(profile, file, connector);
        CHECK(root_line(trace) == line);
        CHECK(root_class(trace) == name);
    }
}

TEST_CASE("whatever the trace looks like, one line of it is told") {
    struct row {
        std::string trace, line, name;
    };
    const std::vector<row> rows{
        {"", "", ""},
        {"\n", "", ""},
        {"\n\njava.lang.Error: late", "java.lang.Error: late", "Error"},
        {"java.lang.NullPointerException", "java.lang.NullPointerException", "NullPointerException"},
        {"a.B: x\n\tat c.d(E.java:1)\n", "a.B: x", "B"},
        {"a.B: x\r\nCaused by: c.D: y  \r\n\tat e\r\n", "c.D: y", "D"},
        {"a.B: x\nCaused by: c.D: y\n\t... 7 more\nCaused by: e.F$G: z\n\t... 9 more", "e.F$G: z", "F$G"},
        {"a.B: x\n\tSuppressed: c.D: y\n\t\tat e\n\tCaused by: not at the margin", "a.B: x", "B"},
        {"no class here", "no class here", ""},
        {"Sentence. With dots.", "Sentence. With dots.", ""},
        {"a.B: x\nCaused by: ", "", ""},
    };
    for (const auto& [trace, line, name] : rows) {
        INFO(trace);
        CHECK(root_line(trace) == line);
        CHECK(root_class(trace) == name);
    }
}

TEST_CASE("the cause of a connector is that of its first failed task, else its own") {
    using enum model::connector_state;
    model::connector_status s{
        running,
        "w",
        "",
        {{0, running, "w", "old"}, {1, failed, "w", "a.B: one"}, {2, failed, "w", "c.D: two"}}
    };
    CHECK(failure_cause(s) == "a.B: one");
    s.state = failed;
    s.trace = "e.F: its own";
    CHECK(failure_cause(s) == "a.B: one");
    s.tasks.clear();
    CHECK(failure_cause(s) == "e.F: its own");
    s.state = running;
    CHECK(failure_cause(s).empty());
}
