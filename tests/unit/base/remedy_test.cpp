#include "base/remedy.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE(
    "whoever cannot be reached, hangs or refuses a login comes with something to do, in one short clause"
) {
    for (const auto asked : {peer::connect, peer::kafka, peer::database}) {
        for (const auto code : {errc::unreachable, errc::timeout, errc::unauthorized}) {
            INFO(static_cast<int>(asked) << ' ' << to_string(code));
            const auto remedy = remedy_for(asked, code);
            CHECK_FALSE(remedy.empty());
            CHECK(remedy.size() <= 80);
        }
    }
}

TEST_CASE("a remedy follows what came back; where none is known that stands alone") {
    CHECK(
        with_remedy("Connection refused", peer::database, errc::unreachable) ==
        "Connection refused; check that PostgreSQL runs, and `host` and `port`"
    );
    CHECK(with_remedy("", peer::connect, errc::bad_answer) == "is this the URL of a Kafka Connect worker?");
    CHECK(with_remedy("rebalancing", peer::connect, errc::rebalancing) == "rebalancing");
}
