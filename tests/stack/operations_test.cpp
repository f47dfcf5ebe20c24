// What an operator asks of a running pipeline, and secrets that change under it.

#include "sandbox.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

using namespace sluice::testing;
using Catch::Contains;
using std::chrono::seconds;

namespace {

void becomes_ok_and_full(const sandbox& corner) {
    becomes_ok(corner);
    eventually("the first product is in the sink", [&] { return corner.sink_has_product(1); });
}

std::string state_in_connect(const std::string& connector) {
    const auto body = connect("GET", "/connectors/" + connector + "/status").body;
    const std::string key = "\"connector\":{\"state\":\"";
    const auto at = body.find(key);
    if (at == std::string::npos) return body;
    const auto start = at + key.size();
    return body.substr(start, body.find('"', start) - start);
}

bool sink_has_lamp(const sandbox& corner) {
    return !corner.sink("SELECT 1 FROM public_products WHERE name = 'Lamp'").empty();
}

bool sink_task_has_failed(const sandbox& corner) {
    const auto body = connect("GET", "/connectors/" + corner.sink_connector + "/status").body;
    return body.find("FAILED") != std::string::npos;
}

} // namespace

TEST_CASE("a pause with a time is in force when the command returns, is shown, and ends by itself") {
    const sandbox corner("pause");
    const auto daemon = corner.start_daemon();
    becomes_ok_and_full(corner);
    const auto paused = corner.sluice({"pause", "shop", "--for", "10s", "--reason", "an upgrade"});
    INFO(paused.out << paused.err);
    REQUIRE(paused.exit_code == 0);
    CHECK(state_in_connect(corner.source_connector) == "PAUSED");
    CHECK(state_in_connect(corner.sink_connector) == "PAUSED");
    CHECK_THAT(corner.sluice({"status"}).out, Contains("paused by") && Contains("an upgrade"));
    CHECK(corner.metric("sluice_pipeline_paused{pipeline=\"shop\"") == 1);
    eventually("it runs again", [&] { return state_in_connect(corner.source_connector) == "RUNNING"; });
    becomes_ok_and_full(corner);
    CHECK(corner.metric("sluice_pipeline_paused{pipeline=\"shop\"") == 0);
    CHECK_THAT(corner.sluice({"history"}).out, Contains("pause by") && Contains("its time is over"));
}

TEST_CASE("a pause survives a restart of Sluice, also one made while none ran, and resume ends it") {
    const sandbox corner("kept");
    {
        const auto first = corner.start_daemon();
        becomes_ok_and_full(corner);
        first->signal(SIGTERM);
        REQUIRE(first->wait(seconds(10)) == 0);
    }
    const auto alone = corner.sluice({"stop", corner.sink_connector});
    INFO(alone.out << alone.err);
    REQUIRE(alone.exit_code == 0);
    CHECK(state_in_connect(corner.sink_connector) == "STOPPED");
    CHECK(state_in_connect(corner.source_connector) == "RUNNING");
    const auto second = corner.start_daemon();
    eventually("it is told", [&] { return corner.status_of() == "paused"; });
    const auto passes = [&] {
        return corner.metric("sluice_loop_duration_seconds_count{loop=\"reconcile\"}");
    };
    eventually("three passes", [&] { return passes() >= 3; });
    CHECK(state_in_connect(corner.sink_connector) == "STOPPED");
    const auto unknown = corner.sluice({"resume", "shpo"});
    CHECK(unknown.exit_code == 64);
    CHECK_THAT(unknown.err, Contains("did you mean shop?"));
    const auto resumed = corner.sluice({"resume", "shop"});
    CHECK(resumed.exit_code == 0);
    CHECK_THAT(resumed.out, Contains("is no longer stopped by"));
    becomes_ok_and_full(corner);
    CHECK_THAT(corner.sluice({"resume", "shop"}).out, Contains("no override of shop was in force"));
}

TEST_CASE("restart restarts a failed task, without a daemon too") {
    const sandbox corner("restart");
    {
        const auto daemon = corner.start_daemon();
        becomes_ok_and_full(corner);
        daemon->signal(SIGTERM);
        REQUIRE(daemon->wait(seconds(10)) == 0);
    }
    corner.sink("ALTER TABLE public_products ADD CONSTRAINT no_lamps CHECK (name <> 'Lamp')");
    corner.source("INSERT INTO products (name, price, stock) VALUES ('Lamp', 19.90, 7)");
    eventually("the sink's task has failed", [&] { return sink_task_has_failed(corner); });
    corner.sink("ALTER TABLE public_products DROP CONSTRAINT no_lamps");
    const auto restarted = corner.sluice({"restart", "shop", "--reason", "the constraint is gone"});
    INFO(restarted.out << restarted.err);
    REQUIRE(restarted.exit_code == 0);
    CHECK_THAT(restarted.out, Contains(corner.sink_connector + " is restarted where it failed"));
    eventually("the lamp is in the sink", [&] { return sink_has_lamp(corner); });
    const auto nothing = corner.sluice({"restart", "shop"});
    CHECK(nothing.exit_code == 0);
    CHECK_THAT(nothing.out, Contains("has failed; --all"));
}

TEST_CASE("a password that changes in the database and in its file is used, and the sink goes on") {
    const sandbox corner("rotate");
    auto user = corner.instance;
    std::ranges::replace(user, '-', '_');
    corner.sink(
        "CREATE ROLE " + user + " LOGIN PASSWORD 'first-password'; GRANT ALL ON SCHEMA public TO " + user
    );
    const auto secret_file = corner.file().parent_path() / "sink-password";
    const auto write_secret = [&](const std::string& content) {
        const auto beside = secret_file.string() + ".new";
        std::ofstream(beside) << content << '\n';
        std::filesystem::permissions(beside, std::filesystem::perms::owner_read);
        std::filesystem::rename(beside, secret_file);
    };
    write_secret("first-password");
    auto file = replaced(corner.usual_file(), "!env SINK_DB_PASSWORD", "!file sink-password");
    file = replaced(file, "user: " + stack().at("SINK_USER"), "user: " + user);
    corner.write_file(file);
    const auto daemon = corner.start_daemon();
    becomes_ok_and_full(corner);
    corner.sink(
        "ALTER ROLE " + user +
        " PASSWORD 'second-password'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = "
        "'" +
        user + "'"
    );
    write_secret("second-password");
    eventually("Connect has the new password", [&] {
        const auto config = connect("GET", "/connectors/" + corner.sink_connector + "/config").body;
        return config.find("second-password") != std::string::npos;
    });
    corner.source("INSERT INTO products (name, price, stock) VALUES ('Lamp', 19.90, 7)");
    eventually("the lamp is in the sink", [&] { return sink_has_lamp(corner); });
    becomes_ok_and_full(corner);
    const auto history = corner.sluice({"history", "-n", "0"}).out;
    CHECK_THAT(history, Contains("connection.password: (secret changed)"));
    CHECK_THAT(history + corner.log(), !Contains("second-password") && !Contains("first-password"));

    write_secret("");
    eventually("the empty file is told", [&] {
        return corner.sluice({"status"}).out.find("its last good content stays in force") !=
               std::string::npos;
    });
    CHECK(corner.status_of() == "ok");
}
