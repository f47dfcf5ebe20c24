#include "daemon/unknown_command.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using list = std::vector<std::string>;

namespace {

const list commands{"apply", "plan", "status"};

} // namespace

TEST_CASE("a misspelt command is named, with the one that was meant") {
    CHECK(unknown_command({"statsu"}, commands) == "unknown command `statsu`; did you mean `sluice status`?");
    CHECK(unknown_command({"frobnicate"}, commands) == "unknown command `frobnicate`");
}

TEST_CASE("the file in front of a command is not taken for the command") {
    CHECK_FALSE(unknown_command({"-c", "statsu", "status"}, commands));
    CHECK_FALSE(unknown_command({"--config", "plan.yaml", "plan"}, commands));
    CHECK(
        unknown_command({"--config=a.yaml", "--debug", "pln"}, commands)->starts_with("unknown command `pln`")
    );
}

TEST_CASE("where no command is named, or one that there is, nothing is unknown") {
    CHECK_FALSE(unknown_command({}, commands));
    CHECK_FALSE(unknown_command({"--debug"}, commands));
    CHECK_FALSE(unknown_command({"status", "shop"}, commands));
}
