#include "config/rules.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;

TEST_CASE("names are short, lower-case and begin with a letter") {
    CHECK(config::rules::name.holds("a"));
    CHECK(config::rules::name.holds("shop-2"));
    CHECK(config::rules::name.holds(std::string(63, 'a')));
    for (const std::string bad : {"", "2shop", "-a", "Shop", "a_b", "a.b"})
        CHECK_FALSE(config::rules::name.holds(bad));
    CHECK_FALSE(config::rules::name.holds(std::string(64, 'a')));
}

TEST_CASE("slots keep PostgreSQL's rule, topics Kafka's") {
    CHECK(config::rules::slot.holds("9_a"));
    CHECK_FALSE(config::rules::slot.holds("A"));
    CHECK_FALSE(config::rules::slot.holds(std::string(64, 'a')));
    CHECK(config::rules::topic.holds("a.B_c-9"));
    for (const std::string bad : {"", ".", "..", "a b", "a/b"}) CHECK_FALSE(config::rules::topic.holds(bad));
    CHECK_FALSE(config::rules::topic.holds(std::string(250, 'a')));
    CHECK(config::rules::topic_prefix.holds(std::string(228, 'a')));
    CHECK_FALSE(config::rules::topic_prefix.holds(std::string(229, 'a'))
    ); // its heartbeat topic would be too long
}

TEST_CASE("a host is a name or an address") {
    for (const std::string good : {"localhost", "db-1.example.com", "kafka_1", "10.0.0.1", "::1", "fe80::1"})
        CHECK(config::rules::host.holds(good));
    for (const std::string bad : {"", "a b", "a/b", "[::1]", "a:1", "-a", "me@host"})
        CHECK_FALSE(config::rules::host.holds(bad));
}

TEST_CASE("an endpoint is a host and a port") {
    CHECK((config::parse_endpoint("a:1") == config::endpoint{"a", 1}));
    CHECK((config::parse_endpoint("[::1]:65535") == config::endpoint{"::1", 65535}));
    for (const std::string bad :
         {"", "a", ":1", "a:", "a:x", "a:65536", "a:01", "a:-1", "::1:80", "[a]:1", "[::1]", "a: 1"}) {
        INFO(bad);
        CHECK_FALSE(config::parse_endpoint(bad));
    }
}

TEST_CASE("servers are told apart by commas alone") {
    CHECK(config::rules::bootstrap_servers.holds("a:1,b:2,[::1]:3"));
    for (const std::string bad : {"", "a", "a:1,", ",a:1", "a:1, b:2", "a:0", "SSL://a:1"})
        CHECK_FALSE(config::rules::bootstrap_servers.holds(bad));
}

TEST_CASE("the URL of a worker is a scheme and a server") {
    for (const std::string good :
         {"http://a", "https://a:8083", "http://[::1]:8083", "http://[::1]", "http://10.0.0.1:1"}) {
        INFO(good);
        CHECK_FALSE(config::flaw_of_url(good));
    }
    for (const std::string bad :
         {"",
          "a:8083",
          "ftp://a",
          "http://",
          "http://a:",
          "http://a:0",
          "http://a/b",
          "http://a?b",
          "http://u@a",
          "HTTP://a",
          "http://https://a",
          "http://::1"}) {
        INFO(bad);
        CHECK(config::flaw_of_url(bad));
    }
}

TEST_CASE("a table is schema and name, each as PostgreSQL allows without quotes or nearly so") {
    const auto table = config::parse_table("public.my-table$1");
    CHECK(table.flaw.empty());
    CHECK((table.table == model::table_name{"public", "my-table$1"}));
    CHECK(config::parse_table("caf\xC3\xA9.t").flaw.empty());
    for (const std::string bad :
         {"", "t", ".t", "s.", "d.s.t", "s.*", "s.t|u", "s.\"T\"", "s.t t", "s.(a)"}) {
        INFO(bad);
        CHECK_FALSE(config::parse_table(bad).flaw.empty());
    }
    CHECK_FALSE(config::parse_table("s." + std::string(64, 't')).flaw.empty());
}

TEST_CASE("a pattern for tables has placeholders and letters, no dots") {
    for (const std::string good : {"{schema}_{table}", "{table}", "copy", "{table}-{table}"})
        CHECK(config::rules::table_pattern.holds(good));
    for (const std::string bad : {"", "{schema}.{table}", "{Table}", "{", "{table", "a b", "$1"})
        CHECK_FALSE(config::rules::table_pattern.holds(bad));
}
