// Plans that are kept, and what moves under them; reviews of two files.

#include "sandbox.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace sluice::testing;
using Catch::Contains;

namespace {

std::string text_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

} // namespace

TEST_CASE("a deletion of most connectors that was accepted stays, beside a daemon that looks seldom") {
    const sandbox corner("cleared");
    const auto usual = replaced(corner.usual_file(), "{interval: 2s}", "{interval: 10m, prune: true}");
    const std::string config =
        "{config: {connector.class: org.apache.kafka.connect.file.FileStreamSourceConnector, tasks.max: 1, "
        "file: /dev/null, topic: unused}}\n";
    auto full = usual + "connectors:\n";
    std::vector<std::string> dropped;
    for (const auto* letter : {"a", "b", "c", "d"}) {
        dropped.push_back(corner.instance + "-extra-" + letter);
        full += "  " + dropped.back() + ": " + config;
    }
    corner.write_file(full);
    const auto daemon = corner.start_daemon();
    becomes_ok(corner);
    const auto is_there = [](const std::string& name) {
        return connect("GET", "/connectors/" + name).status == 200;
    };
    eventually("the others are made", [&] { return std::ranges::all_of(dropped, is_there); });

    corner.write_file(usual);
    const auto refused = corner.sluice({"reload"});
    CHECK(refused.exit_code != 0);
    CHECK_THAT(refused.out + refused.err, Contains("sluice apply --accept=delete"));
    const auto applied = corner.sluice({"apply", "--yes", "--accept=delete"});
    INFO(applied.out << applied.err);
    CHECK(applied.exit_code == 0);
    CHECK(corner.sluice({"plan", "--detailed-exitcode"}).exit_code == 0);
    CHECK(std::ranges::none_of(dropped, is_there));
    CHECK(corner.sluice({"reload", "--wait"}).exit_code == 0);
    becomes_ok(corner);
    CHECK(std::ranges::none_of(dropped, is_there));
}

TEST_CASE("a kept plan is carried out exactly, or refused with what moved") {
    const sandbox corner("kept");
    const auto kept = (corner.file().parent_path() / "plan.json").string();
    const auto planned = corner.sluice({"plan", "--out", kept});
    INFO(planned.out << planned.err);
    REQUIRE(planned.exit_code == 0);
    const auto first = text_of(kept);
    CHECK_THAT(
        first, !Contains(stack().at("SOURCE_DB_PASSWORD")) && !Contains(stack().at("SINK_DB_PASSWORD"))
    );
    const auto applied = corner.sluice({"apply", kept, "--yes"});
    INFO(applied.out << applied.err);
    REQUIRE(applied.exit_code == 0);
    CHECK_THAT(applied.out, Contains("Done: the plan is carried out"));
    const auto again = corner.sluice({"apply", kept, "--yes"});
    CHECK(again.exit_code == 77); // it is done already
    CHECK_THAT(again.err, Contains("is not to be done any more"));

    const auto file = text_of(corner.file());
    corner.write_file(replaced(
        file, "heartbeat: ", "config: {max.batch.size: 512, decimal.handling.mode: string}\n      heartbeat: "
    ));
    CHECK(corner.sluice({"plan", "--out", kept}).exit_code == 0);
    const auto waits = corner.sluice({"apply", kept, "--yes"});
    INFO(waits.out << waits.err);
    CHECK(waits.exit_code == 77);
    CHECK_THAT(waits.out, Contains("awaits acceptance of event-shape"));

    // The world moves: somebody changes the connector by hand.
    const auto path = "/connectors/" + corner.source_connector + "/config";
    const auto config = connect("GET", path).body;
    REQUIRE(connect("PUT", path, replaced(config, "{", R"({"max.batch.size":"1024",)")).status == 200);
    const auto moved = corner.sluice({"apply", kept, "--yes", "--accept=event-shape"});
    CHECK(moved.exit_code == 77);
    CHECK_THAT(moved.err, Contains("max.batch.size was absent, is \"1024\""));

    CHECK(corner.sluice({"plan", "--out", kept, "--accept=event-shape"}).exit_code == 0);
    const auto done = corner.sluice({"apply", kept, "--yes"});
    INFO(done.out << done.err);
    CHECK(done.exit_code == 0);
    CHECK_THAT(connect("GET", path).body, Contains(R"("max.batch.size":"512")"));
    CHECK(corner.sluice({"plan", "--detailed-exitcode"}).exit_code == 0);

    // The file moves.
    corner.write_file(replaced(text_of(corner.file()), "512", "256"));
    CHECK(corner.sluice({"plan", "--out", kept}).exit_code == 0);
    corner.write_file(replaced(text_of(corner.file()), "256", "128"));
    const auto other = corner.sluice({"apply", kept, "--yes"});
    CHECK(other.exit_code == 77);
    CHECK_THAT(other.err, Contains("wants connector " + corner.source_connector + " otherwise"));
}

TEST_CASE("two files are compared without Connect, Kafka or secrets") {
    const sandbox corner("review");
    const auto old_file = corner.file().parent_path() / "old.yaml";
    std::ofstream(old_file
    ) << replaced(text_of(corner.file()), stack().at("CONNECT_URL"), "http://localhost:1");
    const auto same = corner.sluice({"plan", "--from", old_file.string(), "--detailed-exitcode"});
    INFO(same.out << same.err);
    CHECK(same.exit_code == 0);
    corner.write_file(replaced(text_of(old_file), "heartbeat: ", "slot: another\n      heartbeat: "));
    const auto changed =
        corner.sluice({"plan", "--from", old_file.string(), "-o", "markdown", "--detailed-exitcode"});
    CHECK(changed.exit_code == 2);
    CHECK_THAT(
        changed.out, Contains("| new-slot |") && Contains("Plan: 0 to create, 1 to update, 0 to delete.")
    );
}
