#include "connect/worker_url.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::connect;

TEST_CASE("a worker's URL gives scheme, host, port and prefix") {
    const auto plain = parse_worker_url("http://connect:8083");
    REQUIRE(plain);
    CHECK_FALSE(plain->tls);
    CHECK(plain->host == "connect");
    CHECK(plain->port == 8083);
    CHECK(plain->prefix.empty());
    CHECK(plain->host_header() == "connect:8083");

    const auto behind_a_proxy = parse_worker_url("https://proxy.example/kafka/connect/");
    REQUIRE(behind_a_proxy);
    CHECK(behind_a_proxy->tls);
    CHECK(behind_a_proxy->port == 443);
    CHECK(behind_a_proxy->prefix == "/kafka/connect");
    CHECK(behind_a_proxy->host_header() == "proxy.example");

    const auto v6 = parse_worker_url("http://[::1]:8083/");
    REQUIRE(v6);
    CHECK(v6->host == "::1");
    CHECK(v6->host_header() == "[::1]:8083");
    CHECK(v6->prefix.empty());
}

TEST_CASE("a URL that cannot be meant is refused") {
    for (const auto* text :
         {"",
          "localhost:8083",
          "connect",
          "ftp://connect:8083",
          "http://",
          "http://:8083",
          "http://connect:0",
          "http://connect:99999",
          "http://connect/?a=b",
          "http://connect/#a",
          "http://co nnect"}) {
        INFO(text);
        const auto url = parse_worker_url(text);
        REQUIRE_FALSE(url);
        CHECK(url.error().code == errc::invalid);
    }
}

TEST_CASE("credentials in a URL are refused without being repeated") {
    for (const auto* text : {"http://me:hunter2@connect:8083", "http://me:hunter2@[connect"}) {
        const auto url = parse_worker_url(text);
        REQUIRE_FALSE(url);
        CHECK(url.error().message().find("hunter2") == std::string::npos);
    }
}
