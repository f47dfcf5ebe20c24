// A bundle holds everything that helps, and no secret in any form, whether a daemon runs or not.
#include "control/flight_line.hpp"
#include "control/history_json.hpp"
#include "control/replay.hpp"
#include "control/rotating_file.hpp"
#include "daemon/flight_source.hpp"
#include "daemon/redaction.hpp"
#include "daemon/service.hpp"
#include "daemon/state_directory.hpp"
#include "daemon/support_bundle.hpp"
#include "http/local_socket.hpp"
#include "support/config_files.hpp"
#include "support/flight_lines.hpp"
#include "support/temporary_folder.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;
using Catch::Contains;
namespace json = boost::json;

namespace {

// With signs that JSON, URLs and shells write otherwise.
const std::string env_secret = "p@ss \"word\"/+1";
const std::string file_secret = "from-a-file-hunter2";
const std::string literal_secret = "written-out-hunter3";

const std::vector<std::string> secret_forms{
    env_secret,
    R"(p@ss \"word\"/+1)",
    "p%40ss%20%22word%22%2F%2B1",
    "p%40ss%20%22word%22%2f%2b1",
    "cEBzcyAid29yZCIvKzE", // base64 of the secret
    file_secret,
    "ZnJvbS1hLWZpbGUtaHVudGVyM",
    literal_secret,
    "d3JpdHRlbi1vdXQtaHVudGVyM",
    "dyaXR0ZW4tb3V0LWh1bnRlcj", // base64 of "sluice:" and the secret, from the first digit that is its own on
};

struct fixture {
    fixture() {
        std::filesystem::create_directory(folder.file("run"));
        ::setenv("RUNTIME_DIRECTORY", folder.file("run").c_str(), 1);
        ::setenv("SOURCE_DB_PASSWORD", env_secret.c_str(), 1);
        std::ofstream(folder.file("password")) << file_secret << '\n';
        ::chmod(folder.file("password").c_str(), 0600);
        auto text = replaced(small_file, "!env SINK_DB_PASSWORD", "!file " + folder.file("password"));
        text = replaced(
            text,
            "[http://localhost:8083]",
            "[http://127.0.0.1:1]\n  username: sluice\n  password: " + literal_secret
        );
        text = replaced(text, "localhost:9092", "127.0.0.1:1");
        text = replaced(text, "name: demo", "name: demo\nstate_dir: " + folder.file("state"));
        std::ofstream(file) << text;
        std::filesystem::create_directory(folder.file("state"));
        std::filesystem::permissions(folder.file("state"), std::filesystem::perms::owner_all);
    }
    ~fixture() {
        ::unsetenv("RUNTIME_DIRECTORY");
        ::unsetenv("SOURCE_DB_PASSWORD");
    }
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;

    /// As an older version, or one that did not know the secrets yet, could have left them.
    void leave_secrets_behind() const {
        const control::rotating_file history(folder.file("state"), control::history_files);
        for (const auto& form : secret_forms) {
            control::history_event event;
            event.at = wall_time(seconds(1'800'000'000));
            event.why = "it said " + form;
            REQUIRE(history.append(control::to_line(event)));
        }
        std::string line =
            R"({"flight":1,"pass":1,"at":"2026-11-23T18:27:50Z","by":"x","desired":{"instance":"demo"},"put":{"write_problems":{)";
        for (const auto& form : secret_forms)
            line += (form == secret_forms.front() ? "" : ",") + json::serialize(json::value(form)) + ":" +
                    json::serialize(json::value(std::string(3000, 'x') + form));
        const auto record = json::parse(line + "}}}").as_object();
        const control::rotating_file passes(folder.file("state"), control::flight_files);
        REQUIRE(passes.append(control::to_flight_line(record)));
    }

    support_bundle collect() {
        support_bundle bundle;
        const common_options common{file};
        run([&](workbench& bench) -> awaitable<void> { bundle = co_await collect_bundle(bench, common); });
        return bundle;
    }

    template <class Body>
    void run(Body body) {
        workbench bench(log_level::error);
        const auto whole = [&]() -> awaitable<int> {
            co_await body(bench);
            co_return 0;
        };
        REQUIRE(bench.run(whole()) == 0);
    }

    temporary_folder folder;
    std::string file = folder.file("pipeline.yaml");
};

const archive_member& member(const std::vector<archive_member>& all, const std::string& name) {
    const auto found = std::ranges::find(all, name, &archive_member::name);
    if (found == all.end()) FAIL("no member " << name);
    return *found;
}

/// With packed lines as what they hold.
std::string unpacked(const archive_member& m) {
    if (m.name != "flight.jsonl") return m.content;
    std::string text;
    std::istringstream in(m.content);
    for (std::string line; std::getline(in, line);)
        text += json::serialize(control::from_flight_line(line).value()) + '\n';
    return text;
}

void check_no_secret(const std::vector<archive_member>& all) {
    for (const auto& m : all) {
        const auto text = unpacked(m);
        for (const auto& form : secret_forms) {
            INFO(m.name);
            CHECK_THAT(text, !Contains(form));
        }
    }
}

} // namespace

TEST_CASE("a secret is taken out of a text in every form in which it may stand there") {
    const redaction hidden({secret(env_secret), secret(file_secret), secret(literal_secret)});
    for (const auto& form : secret_forms) {
        INFO(form);
        CHECK_THAT(hidden.clean("x" + form + "y"), !Contains(form) && Contains("********"));
    }
    CHECK(hidden.clean("an ordinary text") == "an ordinary text");
}

TEST_CASE("of the file the lines stay that name a secret, and those go that may hold one") {
    const auto text =
        redacted_file("a: 1\n  password: !env NAME\n  password: hunter2\n\n  key: |\n    plain text\n"
                      "  token: >-\n    first\n    second\nlast: 2\n");
    CHECK_THAT(text, Contains("a: 1\n") && Contains("password: !env NAME\n") && Contains("last: 2\n"));
    CHECK_THAT(text, !Contains("hunter2") && !Contains("first") && !Contains("second"));
    CHECK_THAT(text, Contains("    plain text\n"));
    CHECK(std::ranges::count(text, '\n') == 10);
}

TEST_CASE("without a daemon the bundle has what the disk and one look have, says what it lacks, and no secret"
) {
    fixture f;
    f.leave_secrets_behind();
    const auto bundle = f.collect();
    CHECK(bundle.instance == "demo");
    check_no_secret(bundle.members);
    for (const auto* name :
         {"version.json",
          "pipeline.yaml",
          "status.json",
          "plan.json",
          "versions.json",
          "history.jsonl",
          "flight.jsonl"})
        CHECK_FALSE(member(bundle.members, name).content.empty());
    CHECK_THAT(
        member(bundle.members, "pipeline.yaml").content, Contains("password: !env SOURCE_DB_PASSWORD")
    );
    CHECK_THAT(member(bundle.members, "pipeline.yaml").content, Contains("password: !file "));
    CHECK_THAT(member(bundle.members, "history.jsonl").content, Contains("it said "));
    CHECK(bundle.missing.size() == 2);
    for (const auto* name : {"metrics.txt", "daemon.log"}) {
        const auto is_about = [&](const std::string& text) { return text.starts_with(name); };
        CHECK(std::ranges::any_of(bundle.missing, is_about));
    }
}

TEST_CASE("the manifest lists every member with its digest, and what is missing") {
    fixture f;
    const auto bundle = f.collect();
    REQUIRE(bundle.members.at(0).name == "manifest.json");
    const auto manifest = json::parse(bundle.members.at(0).content).as_object();
    CHECK(manifest.at("instance") == "demo");
    CHECK(manifest.at("members").as_array().size() == bundle.members.size() - 1);
    CHECK(manifest.at("missing").as_array().size() == bundle.missing.size());
    CHECK_THAT(json::serialize(manifest.at("missing")), Contains("flight.jsonl: no pass is recorded"));
}

TEST_CASE("a daemon that ran leaves passes, which are in the bundle and are decided again from it, equal") {
    fixture f;
    std::vector<archive_member> while_it_runs;
    const common_options common{f.file};
    f.run([&](workbench& bench) -> awaitable<void> {
        auto loaded = config::load(f.file, config::process_surroundings(f.file));
        for (const auto& s : loaded.secrets) bench.secrets->learn(s);
        const auto store = control::make_file_memory_store(bench.world.disk(), f.folder.file("state"));
        const auto journal = control::make_file_journal(bench.world.history(), f.folder.file("state"));
        const auto passes =
            control::make_file_flight_log(bench.world.recorder(), f.folder.file("state"), "test");
        service daemon(bench, *store, *journal, f.file);
        daemon.record_passes(*passes);
        const auto path = socket_path(*loaded.declared);
        const auto socket = http::local_socket::listen(
            bench.context.get_executor(), *bench.time, path, daemon, {"0.1.0", "abc", "", ""}, bench.log
        );
        REQUIRE(socket);
        const auto started = co_await daemon.start(std::move(loaded));
        REQUIRE(started);
        auto bundle = co_await collect_bundle(bench, common);
        while_it_runs = std::move(bundle.members);
        co_await daemon.stop();
        co_await (*socket)->stop(seconds(5));
    });
    check_no_secret(while_it_runs);
    CHECK_THAT(member(while_it_runs, "status.json").content, Contains(R"("file":")" + f.file));
    const auto after = f.collect();
    check_no_secret(after.members);
    const auto archive = f.folder.file("bundle.tar.gz");
    REQUIRE(write_archive(archive, "sluice-demo", after.members, after.made_at));
    const auto lines = find_flight_lines(archive);
    REQUIRE(lines);
    const auto passes = each_pass(*lines, [](const control::recorded_pass& pass) {
        CHECK(control::replay(pass).differences.empty());
        CHECK(pass.inputs.desired.instance == "demo");
    });
    CHECK(passes > 0);
}

TEST_CASE("with a broken file and no daemon there is a bundle all the same, and it says why it has so little"
) {
    fixture f;
    std::ofstream(f.file) << "name: demo\npipelines: [\n  password: " << literal_secret << '\n';
    const auto bundle = f.collect();
    check_no_secret(bundle.members);
    CHECK_THAT(member(bundle.members, "file-problems.txt").content, Contains("pipeline.yaml:"));
    CHECK(bundle.missing.size() >= 4);
}

TEST_CASE("an archive comes back as it was written, is its owner's alone, and overwrites nothing") {
    const temporary_folder folder;
    const auto path = folder.file("a.tar.gz");
    const std::vector<archive_member> members{
        {"one", "1\n"}, {"empty", ""}, {"large", std::string(300'000, 'x')}
    };
    REQUIRE(write_archive(path, "folder", members, wall_time(seconds(1'800'000'000))));
    const auto again = read_archive(path);
    REQUIRE(again);
    REQUIRE(again->size() == members.size());
    for (std::size_t i = 0; i < members.size(); ++i) {
        CHECK(again->at(i).name == members[i].name);
        CHECK(again->at(i).content == members[i].content);
    }
    struct stat facts{};
    REQUIRE(::stat(path.c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
    const auto second = write_archive(path, "folder", members, wall_time(seconds(1'800'000'000)));
    REQUIRE_FALSE(second);
    CHECK_THAT(second.error().message(), Contains(path) && Contains("exists"));

    auto text = whole_file(path);
    std::ofstream(path, std::ios::binary) << text.substr(0, text.size() / 2);
    CHECK_FALSE(read_archive(path));
}
