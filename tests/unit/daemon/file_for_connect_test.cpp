#include "daemon/file_for_connect.hpp"
#include "daemon/pipeline_file.hpp"
#include "support/config_files.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>

using namespace sluice;
using namespace sluice::testing;

TEST_CASE("who asks Connect alone needs no variable that is not set, and what is set is used") {
    const temporary_folder folder;
    const auto file = folder.file("pipeline.yaml");
    std::ofstream(file) << replaced(
        with_at_top("state_dir: !env SLUICE_TEST_DIRECTORY"),
        "!env SINK_DB_PASSWORD",
        "!env SLUICE_TEST_UNSET"
    );
    ::setenv("SLUICE_TEST_DIRECTORY", "/state", 1);
    scrubber secrets;
    CHECK_FALSE(read_file(file, secrets));
    const auto declared = read_file_for_connect(file, secrets);
    ::unsetenv("SLUICE_TEST_DIRECTORY");
    REQUIRE(declared);
    CHECK(declared->state_dir == "/state");
}
