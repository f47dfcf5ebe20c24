#include "daemon/exit_code_of.hpp"

#include <catch2/catch.hpp>

#include <utility>
#include <vector>

using namespace sluice;

TEST_CASE("who may not reach the daemon is refused, a service that is away is told apart from that") {
    for (const auto& [why, code] : std::vector<std::pair<errc, int>>{
             {errc::unauthorized, 77},
             {errc::refused, 77},
             {errc::busy, 77},
             {errc::unreachable, 69},
             {errc::timeout, 69},
             {errc::outcome_unknown, 75},
             {errc::not_found, 64},
             {errc::invalid, 64},
             {errc::io, 1}
         }) {
        INFO(to_string(why));
        CHECK(exit_code_of({why, "try", "it", "it did not work"}) == code);
    }
}
