// The commands as users and scripts type them: what they print, and their exit codes.

#include "sandbox.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <sstream>

using namespace sluice::testing;
using Catch::Contains;
using std::chrono::seconds;

namespace {

long resident_kib(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
    return -1;
}

} // namespace

TEST_CASE("without a daemon: plan shows it, apply does it and waits, a second plan is empty") {
    const sandbox corner("apply");
    const auto check = corner.sluice({"check"});
    CHECK(check.exit_code == 0);
    CHECK_THAT(check.out, Contains("ok: instance " + corner.instance));

    const auto plan = corner.sluice({"plan", "--detailed-exitcode", "--show-requests"});
    CHECK(plan.exit_code == 2);
    CHECK_THAT(
        plan.out,
        Contains("+ create connector " + corner.source_connector) &&
            Contains("Plan: 6 to create, 0 to update, 0 to delete.") && Contains("POST /connectors")
    );

    CHECK(corner.sluice({"apply"}).exit_code == 64); // no terminal, no --yes
    CHECK(corner.sluice({"wait", "shop", "--for", "running", "--timeout", "1s"}).exit_code == 75);
    const auto applied = corner.sluice({"apply", "--yes"});
    INFO(applied.out << applied.err);
    REQUIRE(applied.exit_code == 0);
    CHECK_THAT(applied.out, Contains("Done"));
    CHECK(corner.sluice({"wait", "shop", "--for", "ok", "--timeout", "30s"}).exit_code == 0);

    const auto again = corner.sluice({"plan", "--detailed-exitcode"});
    CHECK(again.exit_code == 0);
    CHECK_THAT(again.out, Contains("Nothing to do"));
    const auto direct = corner.sluice({"status", "--direct", "--exit-code"});
    CHECK(direct.exit_code == 0);
    CHECK_THAT(direct.out, Contains("shop") && Contains("ok") && Contains(corner.sink_connector));
    CHECK(corner.sluice({"status"}).exit_code == 69); // there is no daemon
    CHECK(corner.sluice({"reload"}).exit_code == 69);
    CHECK(corner.sluice({"healthcheck"}).exit_code == 1);
    const auto online = corner.sluice({"check", "--online"});
    INFO(online.out << online.err);
    CHECK(online.exit_code == 0);
}

TEST_CASE("with a daemon: apply holds it off, status asks it, healthcheck and reload reach it") {
    const sandbox corner("beside");
    const auto daemon = corner.start_daemon();
    eventually("it is ok", [&] { return corner.status_of() == "ok"; });
    CHECK(corner.sluice({"healthcheck"}).exit_code == 0);
    CHECK(corner.sluice({"reload", "--wait"}).exit_code == 0);
    const auto status = corner.sluice({"status", "--exit-code"});
    CHECK(status.exit_code == 0);
    CHECK_THAT(status.out, Contains("PIPELINE") && Contains(corner.source_connector) && Contains("2/2"));
    const auto json = corner.sluice({"status", "-o", "json"});
    CHECK_THAT(json.out, Contains("\"pipelines\":[{\"name\":\"shop\""));
    const auto applied = corner.sluice({"apply", "--yes"});
    INFO(applied.err);
    CHECK(applied.exit_code == 0);
    CHECK_THAT(corner.log(), Contains("hold taken") && Contains("hold released"));
}

TEST_CASE("what apply carried out stays: the daemon goes on from the same file") {
    const sandbox corner("follows");
    const auto daemon = corner.start_daemon();
    eventually("it is ok", [&] { return corner.status_of() == "ok"; });
    auto file = corner.usual_file();
    file.replace(file.find("    topics:"), 0, "      config: {max.queue.size: 4096}\n");
    corner.write_file(file);
    const auto applied = corner.sluice({"apply", "--yes"});
    INFO(applied.out << applied.err);
    CHECK(applied.exit_code == 0);
    const auto writes = corner.writes();
    eventually(
        "the daemon has looked again, released",
        [&, from = corner.metric("sluice_loop_last_success_timestamp_seconds{loop=\"reconcile\"}")] {
            return corner.metric("sluice_loop_last_success_timestamp_seconds{loop=\"reconcile\"}") > from + 2;
        }
    );
    CHECK(corner.writes() == writes);
    CHECK(corner.sluice({"plan", "--detailed-exitcode"}).exit_code == 0);
    CHECK_THAT(connect("GET", "/connectors/" + corner.source_connector + "/config").body, Contains("4096"));
}

TEST_CASE("apply does not write beside a daemon that runs another file") {
    const sandbox corner("another");
    const auto daemon = corner.start_daemon();
    eventually("it is ok", [&] { return corner.status_of() == "ok"; });
    const auto copy = corner.file().parent_path() / "copy.yaml";
    std::filesystem::copy_file(corner.file(), copy);
    const auto applied = corner.sluice({"-c", copy.string(), "apply", "--yes"});
    CHECK(applied.exit_code == 77);
    CHECK_THAT(applied.err, Contains(corner.file().string()) && Contains("-c"));
}

TEST_CASE("a daemon that does not answer is not written beside, unless --direct says so") {
    const sandbox corner("frozen");
    const auto daemon = corner.start_daemon();
    eventually("it is ok", [&] { return corner.status_of() == "ok"; });
    daemon->signal(SIGSTOP);
    const auto applied = corner.sluice({"apply", "--yes"});
    daemon->signal(SIGCONT);
    CHECK(applied.exit_code == 77);
    CHECK_THAT(applied.err, Contains("--direct"));
}

TEST_CASE("wrong usage is 64 and says what was meant") {
    const sandbox corner("usage");
    const auto misspelt = corner.sluice({"stauts"});
    CHECK(misspelt.exit_code == 64);
    CHECK_THAT(misspelt.err, Contains("did you mean `sluice status`?"));
    CHECK(corner.sluice({}).exit_code == 64);
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"wait", "shpo"}, {"status", "shpo", "--direct"}, {"status", "shpo", "--direct", "-o", "json"}
         }) {
        const auto unknown = corner.sluice(words);
        CHECK(unknown.exit_code == 64);
        CHECK(unknown.out.empty());
        CHECK_THAT(unknown.err, Contains("no pipeline is called shpo; did you mean shop?"));
    }
    CHECK(corner.sluice({"wait", "--timeout", "10"}).exit_code == 64);
    CHECK(corner.sluice({"--help"}).exit_code == 0);
    CHECK(corner.sluice({"version"}).exit_code == 0);
}

TEST_CASE("no password leaves the program, and the daemon is small") {
    const sandbox corner("secrets");
    const auto daemon = corner.start_daemon();
    eventually("it is ok", [&] { return corner.status_of() == "ok"; });
    std::string everything = corner.log();
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"plan", "--show-requests"},
             {"plan", "-o", "json"},
             {"plan", "-o", "markdown"},
             {"status", "-o", "json"},
             {"status", "-o", "wide"},
             {"check", "--online"},
             {"plugins"},
             {"--debug", "status", "--direct"}
         }) {
        const auto done = corner.sluice(words);
        everything += done.out + done.err;
    }
    for (const auto* target :
         {"/api/v1/pipelines", "/api/v1/plan", "/api/v1/findings", "/metrics", "/readyz?verbose"})
        everything += corner.http(target).body;
    std::ifstream arguments("/proc/" + std::to_string(daemon->id()) + "/cmdline");
    std::ostringstream text;
    text << arguments.rdbuf();
    everything += text.str();
    CHECK_THAT(everything, !Contains(stack().at("SOURCE_DB_PASSWORD")));
    CHECK_THAT(everything, !Contains(stack().at("SINK_DB_PASSWORD")));
    CHECK(resident_kib(daemon->id()) <= 30 * 1024);
}
