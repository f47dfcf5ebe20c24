// From a pass to the ring of files and back, and what becomes of passes when files are cut, full or not to be
// written.
#include "control/flight_recorder.hpp"
#include "control/replay.hpp"
#include "support/async.hpp"
#include "support/flight_lines.hpp"
#include "support/sim/sim_time.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;
using Catch::Contains;
using control::flight_pass;
namespace fs = std::filesystem;

namespace {

/// Writes through to another, or fails, or hangs.
class fickle_log final : public control::flight_log {
public:
    fickle_log(sim_time& time, control::rotation files) : kept(files), freed_(time.make_alarm()) {}

    awaitable<result<bool>> append(std::vector<flight_pass> passes) override {
        while (hangs) co_await freed_->wait();
        if (problem) co_return std::unexpected(*problem);
        co_return co_await kept.append(std::move(passes));
    }
    void go_on() {
        hangs = false;
        freed_->ring();
    }

    direct_flight_log kept;
    std::optional<error> problem;
    bool hangs = false;

private:
    std::unique_ptr<sluice::alarm> freed_;
};

/// A recorder, and a small world that it records.
struct desk {
    explicit desk(control::rotation files = control::flight_files) : log_file(time, files) {
        model::desired wanted;
        wanted.instance = "demo";
        model::desired_connector connector;
        connector.name = "audit";
        connector.link = {"audit", {}};
        connector.plugin = "org.example.Connector";
        connector.config = {{"connector.class", connector.plugin}, {"x.password", secret("hunter22")}};
        wanted.connectors = {connector};
        desired = std::make_shared<const model::desired>(std::move(wanted));
        declared.connect.password = secret("connect-password");
        recorder.write_to(log_file);
        boost::asio::co_spawn(context, recorder.run(), boost::asio::detached);
        settle();
    }

    void settle() { time.run_for(milliseconds(1)); }

    void pass() {
        const decide::inputs in{
            *desired, observed, memory, secrets, time.now(), seconds(10), write_problems, changing
        };
        const auto decided = decide::decide(in);
        recorder.record(in, desired, declared, decided);
        memory = decided.memory;
        settle();
    }
    void see(const std::string& connector, const std::string& value) {
        auto& list = observed.connectors;
        if (!list.value) list.value.emplace();
        auto& seen = (*list.value)[connector];
        seen.name = connector;
        seen.config.emplace();
        (*seen.config)["some.key"] = value;
        list.read_at = list.tried_at = time.now();
    }

    boost::asio::io_context context{1};
    sim_time time{context};
    std::vector<std::string> lines;
    logger log{[this](log_level, std::string_view line) { lines.emplace_back(line); }};
    control::telemetry numbers;
    fickle_log log_file;
    control::flight_recorder recorder{time, log, numbers};
    std::shared_ptr<const model::desired> desired;
    model::declaration declared;
    model::observed observed;
    model::memory memory;
    decide::secret_matches secrets;
    std::map<std::string, std::string> write_problems;
    std::set<std::string> changing;
};

using numbers = std::vector<std::uint64_t>;

numbers passes_in(const std::vector<std::string>& lines) {
    numbers all;
    each_pass(lines, [&](const control::recorded_pass& pass) {
        CHECK(control::replay(pass).differences.empty());
        all.push_back(pass.number);
    });
    return all;
}

std::string content(const std::string& path) {
    std::ostringstream all;
    all << std::ifstream(path, std::ios::binary).rdbuf();
    return all.str();
}

} // namespace

TEST_CASE("what comes, changes and goes between passes is read back as it was in each") {
    desk d;
    const std::vector<std::map<std::string, std::string>> worlds{
        {},
        {{"one", "1"}},
        {{"one", "1"}, {"two", "2"}},
        {{"one", "another"}, {"two", "2"}},
        {{"two", "2"}},
        {}
    };
    for (const auto& world : worlds) {
        d.observed.connectors.value.emplace();
        for (const auto& [name, value] : world) d.see(name, value);
        d.pass();
    }
    d.observed.connectors.value.reset();
    d.pass();
    d.see("two", "2");
    d.pass();
    std::size_t at = 0;
    const auto passes = each_pass(d.log_file.kept.lines(), [&](const control::recorded_pass& pass) {
        const auto i = at++;
        const auto& list = pass.inputs.observed.connectors.value;
        REQUIRE(list.has_value() == (i != worlds.size()));
        const std::map<std::string, std::string> last{{"two", "2"}};
        std::map<std::string, std::string> seen;
        if (list)
            for (const auto& [name, connector] : *list) seen[name] = connector.config->at("some.key");
        if (list) CHECK(seen == (i < worlds.size() ? worlds[i] : last));
        CHECK(control::replay(pass).differences.empty());
    });
    CHECK(passes == worlds.size() + 2);
}

TEST_CASE("only the owner may read recorded passes") {
    desk d;
    d.pass();
    struct stat facts{};
    REQUIRE(::stat(d.log_file.kept.folder.file("flight.jsonl").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 0777) == 0600);
}

TEST_CASE("a file cut at any byte loses the pass that was cut, and none before it") {
    desk d;
    for (int i = 0; i < 4; ++i) {
        d.see("one", std::to_string(i));
        d.pass();
    }
    const auto whole = content(d.log_file.kept.folder.file("flight.jsonl"));
    const temporary_folder folder;
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        std::ofstream(folder.file("flight.jsonl"), std::ios::binary) << whole.substr(0, size);
        const auto lines = control::read_flight_lines(folder.file("")).value();
        CHECK(
            lines.size() == static_cast<std::size_t>(std::count(
                                whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n'
                            ))
        );
        std::size_t passes = 0;
        control::flight_reader reader;
        for (const auto& line : lines) passes += reader.take(line).value() ? 1 : 0;
        CHECK(passes == lines.size());
    }
}

TEST_CASE("after a damaged line nothing is concluded until a pass stands for itself again") {
    desk d;
    for (int i = 0; i < 3; ++i) d.pass();
    d.desired = [&] {
        auto other = *d.desired;
        other.prune = true;
        return std::make_shared<const model::desired>(std::move(other));
    }();
    for (int i = 0; i < 2; ++i) d.pass();
    auto lines = d.log_file.kept.lines();
    REQUIRE(lines.size() == 5);
    lines[1] = lines[1].substr(0, lines[1].size() / 2);
    CHECK(passes_in(lines) == numbers{1, 4, 5});
    lines.erase(lines.begin() + 1);
    CHECK(passes_in(lines) == numbers{1, 4, 5});
}

TEST_CASE("the ring keeps the last passes, bounded by size, and each of its files can be read alone") {
    desk d(control::rotation{"flight", 20'000, 3});
    constexpr int many = 600;
    for (int i = 0; i < many; ++i) {
        d.see("one", std::to_string(i));
        d.pass();
    }
    std::uintmax_t bytes = 0;
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(d.log_file.kept.folder.file(""))) {
        bytes += entry.file_size();
        ++files;
        const auto text = content(entry.path());
        control::flight_reader reader;
        CHECK(reader.take(text.substr(0, text.find('\n'))).value());
    }
    CHECK(files == 3);
    CHECK(bytes < 3 * 25'000);
    // As they stand, without a gap, up to the last.
    const control::rotation same{"flight", 20'000, 3};
    std::vector<std::string> lines;
    const control::rotating_file ring(d.log_file.kept.folder.file(""), same);
    REQUIRE(ring.each_backwards([&](std::string_view line) {
        lines.emplace(lines.begin(), line);
        return true;
    }));
    const auto all = passes_in(lines);
    REQUIRE(all.size() > 50);
    CHECK(all.back() == many);
    CHECK(all.back() - all.front() + 1 == all.size());
}

TEST_CASE("a daemon that comes back goes on in the same file, and a pass of either can be replayed") {
    const temporary_folder folder;
    control::flight_writer first(folder.file(""), "one");
    control::flight_writer second(folder.file(""), "two");
    for (auto* writer : {&first, &second}) {
        flight_pass pass;
        pass.number = 1;
        pass.desired = std::make_shared<const model::desired>();
        std::vector<flight_pass> passes;
        passes.push_back(std::move(pass));
        REQUIRE(writer->write(std::move(passes)));
    }
    std::vector<std::string> by;
    each_pass(control::read_flight_lines(folder.file("")).value(), [&](const auto& pass) {
        by.push_back(pass.by);
    });
    CHECK(by == std::vector<std::string>{"one", "two"});
    CHECK_FALSE(fs::exists(folder.file("flight.1.jsonl")));
}

TEST_CASE("passes that cannot be written are counted and told once, and the next one stands for itself") {
    desk d;
    d.pass();
    d.log_file.problem = error{errc::io, "write the file", "flight.jsonl", "No space left on device"};
    d.pass();
    d.pass();
    CHECK(d.numbers.passes_not_recorded == 2);
    REQUIRE(d.lines.size() == 1);
    CHECK_THAT(d.lines.at(0), Contains("No space left on device"));
    d.log_file.problem.reset();
    d.pass();
    d.pass();
    CHECK(passes_in(d.log_file.kept.lines()) == numbers{1, 4, 5});
    CHECK_THAT(d.lines.back(), Contains("recorded again"));
}

TEST_CASE("while the disk hangs a bounded number of passes waits, and nothing waits for them") {
    desk d;
    d.log_file.hangs = true;
    constexpr std::uint64_t many = 1000;
    for (std::uint64_t i = 0; i < many; ++i) d.pass();
    CHECK(d.numbers.passes_not_recorded > many - 3 * control::flight_recorder::most_waiting);
    d.log_file.go_on();
    d.settle();
    const auto all = passes_in(d.log_file.kept.lines());
    CHECK(all.size() + d.numbers.passes_not_recorded == many);
    CHECK(all.back() == many);
}

TEST_CASE("a record of a later format is refused by name, and not taken for nothing") {
    control::flight_reader reader;
    const auto taken = reader.take(R"({"flight":99,"pass":1,"put":{}})");
    REQUIRE_FALSE(taken);
    CHECK(taken.error().code == errc::unsupported);
    CHECK_THAT(taken.error().message(), Contains("99"));
}
