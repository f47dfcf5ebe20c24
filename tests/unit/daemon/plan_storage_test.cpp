#include "daemon/plan_storage.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace sluice;
using Catch::Contains;

TEST_CASE("a plan file is its owner's alone, replaces the last one whole, and leaves nothing beside it") {
    const testing::temporary_folder folder;
    const auto path = folder.file("plan.json");
    std::ofstream(path) << "an older one";
    ::chmod(path.c_str(), 0644);
    control::plan_file plan;
    plan.instance = "demo";
    REQUIRE(write_plan(path, plan));
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    CHECK(read_plan(path).value() == plan);
    const std::filesystem::directory_iterator all(std::filesystem::path(path).parent_path());
    CHECK(std::distance(begin(all), end(all)) == 1);
}

TEST_CASE("a plan file that cannot be written or read says why") {
    const testing::temporary_folder folder;
    CHECK_THAT(write_plan(folder.file("no/such/plan"), {}).error().message(), Contains("No such file"));
    CHECK_THAT(read_plan(folder.file("none")).error().message(), Contains("No such file"));
    std::ofstream(folder.file("pipeline.yaml")) << "name: demo\n";
    CHECK_THAT(read_plan(folder.file("pipeline.yaml")).error().message(), Contains("named by -c"));
}
