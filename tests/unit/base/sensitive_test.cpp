#include "base/sensitive.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace sluice;

TEST_CASE("a value is shown without the secrets that are written into it") {
    const std::vector<std::pair<std::string, std::string>> shown{
        {"", ""},
        {"plain text, 5432", "plain text, 5432"},
        {"jdbc:postgresql://db:5433/sink_db", "jdbc:postgresql://db:5433/sink_db"},
        {"jdbc:postgresql://db/x?user=u&password=hunter22&ssl=true",
         "jdbc:postgresql://db/x?user=u&password=********&ssl=true"},
        {"jdbc:postgresql://db/x?PASSWORD=hunter22", "jdbc:postgresql://db/x?PASSWORD=********"},
        {"http://me:hunter22@registry:8081/path", "http://********@registry:8081/path"},
        {"http://me:hunter22@registry", "http://********@registry"},
        {"http://a:b@one:1,http://c:d@two:2", "http://********@one:1,http://********@two:2"},
        {"http://registry/mail@example.org", "http://registry/mail@example.org"},
        {"token=abc;secret=def, rest", "token=********;secret=********, rest"},
        {"password=", "password=********"},
        {"mail@example.org", "mail@example.org"},
    };
    for (const auto& [value, expected] : shown) {
        INFO(value);
        CHECK(without_embedded_secrets(value) == expected);
    }
}
