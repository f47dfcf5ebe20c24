#include "base/units.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;

TEST_CASE("a duration is read as people write it") {
    const std::vector<std::pair<std::string, std::int64_t>> written{
        {"0s", 0},
        {"0ms", 0},
        {"500ms", 500},
        {"10s", 10'000},
        {"5m", 300'000},
        {"1h30m", 5'400'000},
        {"7d", 604'800'000},
        {"1d2h3m4s5ms", 93'784'005},
        {"90m", 5'400'000},
        {"007s", 7'000},
        {"9223372036854775807ms", std::numeric_limits<std::int64_t>::max()},
    };
    for (const auto& [text, expected] : written) {
        INFO(text);
        const auto read = parse_duration(text);
        REQUIRE(read);
        CHECK(read->count() == expected);
    }
}

TEST_CASE("a duration without a unit, with a wrong one, out of order or too long is refused, and named") {
    for (const std::string text :
         {"",
          "10",
          "s",
          "10 s",
          " 10s",
          "10s ",
          "-10s",
          "+10s",
          "1.5s",
          "10S",
          "10sec",
          "1m1h",
          "1s1s",
          "1h30",
          "10us",
          "1w",
          "9223372036854775808ms",
          "99999999999999999999s",
          "1e3s",
          "0x10s",
          "10s\n",
          "106751991168d",
          "106751991167d8h",
          "\u0661s"}) {
        INFO(text);
        const auto read = parse_duration(text);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == errc::invalid);
        CHECK(read.error().subject == text);
        CHECK_THAT(read.error().detail, Catch::Contains("1h30m"));
    }
}

TEST_CASE("a size is read in powers of two and of ten") {
    const std::vector<std::pair<std::string, std::uint64_t>> written{
        {"0B", 0},
        {"512B", 512},
        {"1kB", 1'000},
        {"1KB", 1'000},
        {"64KiB", 65'536},
        {"2MB", 2'000'000},
        {"64MiB", 67'108'864},
        {"2GB", 2'000'000'000},
        {"2GiB", 2'147'483'648},
        {"3TB", 3'000'000'000'000},
        {"1TiB", 1'099'511'627'776},
        {"9223372036854775807B", 9'223'372'036'854'775'807},
        {"8388607TiB", 8'388'607ULL << 40},
    };
    for (const auto& [text, expected] : written) {
        INFO(text);
        const auto read = parse_bytes(text);
        REQUIRE(read);
        CHECK(*read == expected);
    }
}

TEST_CASE("a size without a unit, with a wrong one, in parts or too large is refused, and named") {
    for (const std::string text :
         {"",
          "10",
          "GiB",
          "2 GiB",
          "2gib",
          "2G",
          "2Gi",
          "-1B",
          "1.5GiB",
          "1GiB1MiB",
          "1GiB ",
          "2KIB",
          "9223372036854775808B",
          "8388608TiB",
          "18446744073709551616B",
          "2PiB"}) {
        INFO(text);
        const auto read = parse_bytes(text);
        REQUIRE_FALSE(read);
        CHECK(read.error().code == errc::invalid);
        CHECK(read.error().subject == text);
        CHECK_THAT(read.error().detail, Catch::Contains("2GiB"));
    }
}

TEST_CASE("a duration is written in its shortest exact form") {
    const std::vector<std::pair<std::int64_t, std::string>> durations{
        {0, "0s"},
        {-5, "0s"},
        {1, "1ms"},
        {250, "250ms"},
        {1'000, "1s"},
        {1'001, "1s1ms"},
        {60'000, "1m"},
        {5'400'000, "1h30m"},
        {86'400'000, "1d"},
        {90'061'001, "1d1h1m1s1ms"},
    };
    for (const auto& [count, expected] : durations)
        CHECK(format_duration(std::chrono::milliseconds(count)) == expected);
}

TEST_CASE("a size is written for people") {
    const std::vector<std::pair<std::uint64_t, std::string>> sizes{
        {0, "0 B"},
        {512, "512 B"},
        {1023, "1023 B"},
        {1024, "1 KiB"},
        {1536, "1.5 KiB"},
        {1'048'524, "1023.9 KiB"},
        {1'048'525, "1.0 MiB"}, // never "1024.0 KiB"
        {1'048'575, "1.0 MiB"},
        {(1ULL << 30) - 1, "1.0 GiB"},
        {(1ULL << 40) - 1, "1.0 TiB"},
        {(1ULL << 50) - 1, "1024.0 TiB"}, // there is no larger unit
        {2'147'483'648, "2 GiB"},
        {1'610'612'736, "1.5 GiB"},
        {1ULL << 40, "1 TiB"},
        {5'000ULL << 40, "5000 TiB"},
    };
    for (const auto& [bytes, expected] : sizes) CHECK(format_bytes(bytes) == expected);
}

TEST_CASE("whatever duration is written is read back") {
    const bool holds = rc::check([] {
        const auto count = *rc::gen::oneOf(
            rc::gen::inRange<std::int64_t>(0, 1'000'000),
            rc::gen::inRange<std::int64_t>(0, std::numeric_limits<std::int64_t>::max())
        );
        const auto read = parse_duration(format_duration(std::chrono::milliseconds(count)));
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->count() == count);
    });
    CHECK(holds);
}

TEST_CASE("any text at all is a duration or refused, and what is accepted says the same when written") {
    const bool holds = rc::check([] {
        const auto text =
            *rc::gen::container<std::string>(rc::gen::elementOf(std::string("0159dhmsB KiG-.")));
        const auto read = parse_duration(text);
        if (read) RC_ASSERT(parse_duration(format_duration(*read)).value() == *read);
        (void)parse_bytes(text);
    });
    CHECK(holds);
}
