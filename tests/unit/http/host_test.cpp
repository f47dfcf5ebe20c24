#include "http/host.hpp"

#include <catch2/catch.hpp>

using sluice::http::is_allowed_host;

TEST_CASE("addresses, loopback names and the configured name are served, with or without a port") {
    const std::vector<std::string> configured{"sluice.internal"};
    const auto host = GENERATE(
        as<std::string>{},
        "127.0.0.1",
        "127.0.0.1:8084",
        "10.1.2.3:80",
        "[::1]",
        "[::1]:8084",
        "[fe80::1]:8084",
        "localhost",
        "localhost:8084",
        "LOCALHOST",
        "localhost.",
        "shop.localhost:8084",
        "sluice.internal",
        "Sluice.Internal:8084"
    );
    CAPTURE(host);
    CHECK(is_allowed_host(host, configured));
}

TEST_CASE("any other name is refused: it may be another site's, pointed at this machine") {
    const std::vector<std::string> configured{"sluice.internal"};
    const auto host = GENERATE(
        as<std::string>{},
        "",
        ":8084",
        "evil.example",
        "evil.example:8084",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.evil.example",
        "127.0.0.1@evil.example",
        "[::1",
        "[::1]evil",
        "[::1]:x",
        "[evil]",
        "localhost:evil",
        "127.1",
        "0x7f.0.0.1",
        "sluice.internal.evil.example",
        "localhost:123456"
    );
    CAPTURE(host);
    CHECK_FALSE(is_allowed_host(host, configured));
}
