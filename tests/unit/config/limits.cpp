// Texts that are too large, too deep or no text: refused in good time and with one clear message.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

#include <unistd.h>

#include <chrono>
#include <string>

namespace {

using namespace sluice;
using namespace sluice::testing;

std::string repeated(std::string_view part, std::size_t total) {
    std::string text;
    while (text.size() + part.size() <= total) text += part;
    return text;
}

} // namespace

TEST_CASE("a file of more than a mebibyte is refused unread") {
    const auto result = parsed(std::string((1 << 20) + 1, ' '));
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(
        result.diagnostics.at(0).message == "the file is larger than 1 MiB; split it over several instances"
    );
}

TEST_CASE("a file of more than a hundred thousand values is refused") {
    const auto result = parsed("name: [" + repeated("1,", 250'000) + "1]\n");
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics.at(0).message == "the file has more than 100000 values; split it");
}

TEST_CASE("a mebibyte of anything is answered at once") {
    const std::string part = GENERATE(
        "[",
        "{",
        "? ",
        "- ",
        "a: ",
        "!a ",
        "&a ",
        "\"",
        "'",
        "*",
        "- - ",
        ",",
        "\n",
        "#",
        "x\n",
        "a: 1\n",
        "\xC3\xA9: ",
        "|\n",
        "{a: "
    );
    INFO(part);
    const auto begin = std::chrono::steady_clock::now();
    const auto result = parsed(repeated(part, 1 << 20));
    CHECK_FALSE(result.declared);
    CHECK_FALSE(result.diagnostics.empty());
    CHECK(
        std::chrono::steady_clock::now() - begin < std::chrono::seconds(20)
    ); // some are quadratic if done naively
}

TEST_CASE("a key that is not known and very long costs nothing") {
    const auto result = parsed(std::string(500'000, 'k') + ": 1\n" + small_file);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics.at(0).message.size() < 400);
}

TEST_CASE("a file that is not there is a diagnostic") {
    const auto result = config::load("/no/such/pipeline.yaml", usual_surroundings());
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(
        config::render(result.diagnostics.at(0)) ==
        "/no/such/pipeline.yaml: error: cannot read the file: No such file or directory"
    );
    CHECK_FALSE(config::load("/tmp", usual_surroundings()).declared);
    CHECK_FALSE(config::load("/dev/null", usual_surroundings()).declared);
}

TEST_CASE("the state lies beside the file unless the system has a place for it") {
    const auto around = config::process_surroundings("/some/where/pipeline.yaml");
    const auto chosen = around.default_state_dir("demo");
    const bool system_has_one = ::access("/var/lib/sluice", W_OK | X_OK) == 0;
    CHECK(chosen == (system_has_one ? "/var/lib/sluice/demo" : "/some/where/.sluice/demo"));
}

TEST_CASE("the process's environment is read when it is asked for") {
    const auto around = config::process_surroundings("pipeline.yaml");
    CHECK(around.environment("PATH"));
    CHECK_FALSE(around.environment("SLUICE_NO_SUCH_VARIABLE"));
}
