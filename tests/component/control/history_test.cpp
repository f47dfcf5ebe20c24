// From a note to the journal and back, and what becomes of notes when the disk fails or hangs.
#include "control/history.hpp"
#include "control/history_json.hpp"
#include "support/async.hpp"
#include "support/sim/sim_time.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;
using Catch::Contains;
using control::history_event;
using control::history_kind;
using control::history_page;
using control::history_query;

namespace {

/// Takes lines, fails or hangs, as the test says.
class fake_journal final : public control::journal {
public:
    explicit fake_journal(sim_time& time) : freed_(time.make_alarm()) {}

    std::vector<std::string> writes;
    std::optional<error> problem;
    bool hangs = false;

    awaitable<result<void>> append(std::string lines) override {
        while (hangs) co_await freed_->wait();
        if (problem) co_return std::unexpected(*problem);
        writes.push_back(std::move(lines));
        co_return result<void>{};
    }
    awaitable<result<history_page>> read(history_query) override { co_return history_page{}; }

    void go_on() {
        hangs = false;
        freed_->ring();
    }

private:
    std::unique_ptr<sluice::alarm> freed_;
};

struct desk {
    desk() {
        secrets->learn(secret("hunter22"));
        told.write_to(kept, secrets);
        boost::asio::co_spawn(context, told.run(), boost::asio::detached);
        settle();
    }

    void settle() { time.run_for(milliseconds(1)); }
    void note(const std::string& why, const std::string& pipeline = "shop") {
        history_event e;
        e.pipeline = pipeline;
        e.why = why;
        told.note(std::move(e));
    }

    boost::asio::io_context context{1};
    sim_time time{context};
    std::vector<std::string> lines;
    logger log{[this](log_level, std::string_view line) { lines.emplace_back(line); }};
    control::telemetry numbers;
    fake_journal kept{time};
    std::shared_ptr<scrubber> secrets = std::make_shared<scrubber>();
    control::history told{time, log, numbers};
};

history_query all_of(std::string pipeline = {}, std::size_t limit = 1000) {
    history_query wanted;
    wanted.pipeline = std::move(pipeline);
    wanted.limit = limit;
    return wanted;
}

/// A journal on the disk, used without a loop.
struct shelf {
    temporary_folder folder;
    control::rotating_file files{folder.file(""), control::history_files};

    void put(int at, const std::string& pipeline, const std::string& what = {}) const {
        history_event e;
        e.at = wall_time(seconds(at));
        e.pipeline = pipeline;
        e.what = what;
        REQUIRE(files.append(to_line(e)));
    }
    [[nodiscard]] std::vector<int> times(const history_query& wanted) const {
        std::vector<int> all;
        const auto page = control::read_history(files, wanted).value();
        for (const auto& e : page.events)
            all.push_back(static_cast<int>(e.at.time_since_epoch() / seconds(1)));
        return all;
    }
};

} // namespace

TEST_CASE("what is noted together is written by one write, with the time of the note") {
    desk d;
    d.note("one");
    d.note("two");
    d.settle();
    REQUIRE(d.kept.writes.size() == 1);
    CHECK_THAT(d.kept.writes.at(0), Contains("\"one\"") && Contains("\"two\""));
    const auto event = control::event_from(d.kept.writes.at(0).substr(0, d.kept.writes.at(0).find('\n')));
    CHECK(d.time.now().wall - event->at < seconds(1));
    d.note("three");
    d.settle();
    CHECK(d.kept.writes.size() == 2);
}

TEST_CASE("a known secret in a text does not reach the journal") {
    desk d;
    d.note("login failed for user cdc with hunter22");
    d.settle();
    CHECK_THAT(d.kept.writes.at(0), !Contains("hunter22") && Contains("********"));
}

TEST_CASE("while the disk hangs a bounded number waits, and what finds no room is counted and told") {
    desk d;
    d.kept.hangs = true;
    d.note("the write that hangs");
    d.settle();
    const std::string large(2000, 'x');
    constexpr int many = 5000; // 10 MB
    for (int i = 0; i < many; ++i) d.note(large);
    d.settle();
    const auto dropped = d.numbers.history_dropped;
    CHECK(dropped > 1000);
    CHECK(dropped < many);
    REQUIRE(d.lines.size() == 1); // not a line an event
    CHECK_THAT(d.lines.at(0), Contains("history is not written") && Contains("keep up"));

    d.kept.go_on();
    d.settle();
    REQUIRE(d.kept.writes.size() == 2);
    CHECK(d.kept.writes.at(1).size() <= control::history::most_waiting + 200);
    CHECK_THAT(d.kept.writes.at(1), Contains(R"("kind":"dropped","what":")" + std::to_string(dropped)));
    CHECK_THAT(d.lines.back(), Contains("history is written again"));
    CHECK(d.numbers.history_dropped == dropped);
}

TEST_CASE("what cannot be written is counted and told once, and again when it can") {
    desk d;
    d.kept.problem = error{errc::io, "write the file", "history.jsonl", "No space left on device"};
    d.note("one");
    d.note("two");
    d.settle();
    d.note("three");
    d.settle();
    CHECK(d.numbers.history_dropped == 3);
    REQUIRE(d.lines.size() == 1);
    CHECK_THAT(d.lines.at(0), Contains("No space left on device"));
    d.kept.problem.reset();
    d.note("four");
    d.settle();
    REQUIRE(d.kept.writes.size() == 2);
    CHECK_THAT(d.kept.writes.at(0), Contains("four"));
    CHECK_THAT(d.kept.writes.at(1), Contains("3 events"));
}

TEST_CASE("without a journal nothing is kept and nothing waits") {
    boost::asio::io_context context{1};
    sim_time time{context};
    const logger log([](log_level, std::string_view) {});
    control::telemetry numbers;
    control::history told(time, log, numbers);
    for (int i = 0; i < 10'000; ++i) told.note(history_event{});
    auto body = [&]() -> awaitable<void> { co_await told.write(); };
    run_in(time, context, std::move(body));
    CHECK(numbers.history_dropped == 0);
}

TEST_CASE("a journal gives the last events, oldest first, and says whether there are more") {
    const shelf s;
    CHECK(control::read_history(s.files, all_of()) == history_page{});
    for (int i = 1; i <= 5; ++i) s.put(i, "shop");
    CHECK(s.times(all_of()) == std::vector{1, 2, 3, 4, 5});
    CHECK(s.times(all_of({}, 2)) == std::vector{4, 5});
    CHECK(control::read_history(s.files, all_of({}, 2))->more);
    CHECK_FALSE(control::read_history(s.files, all_of({}, 5))->more);
    CHECK(s.times(all_of({}, 0)).empty());
}

TEST_CASE("a journal gives what concerns a pipeline: its own events, and those that are of none") {
    const shelf s;
    s.put(1, "shop");
    s.put(2, "audit");
    s.put(3, "");
    CHECK(s.times(all_of("shop")) == std::vector{1, 3});
    CHECK(s.times(all_of("nope")) == std::vector{3});
}

TEST_CASE("a journal gives nothing older than asked for, even where the clock jumped back") {
    const shelf s;
    for (const int at : {10, 20, 5, 15, 30}) s.put(at, "shop");
    auto wanted = all_of();
    wanted.since = wall_time(seconds(15));
    CHECK(s.times(wanted) == std::vector{20, 15, 30});
}

TEST_CASE("what a kill left of the last event is passed over, and so is a line that is no event") {
    const shelf s;
    s.put(1, "shop");
    REQUIRE(s.files.append("not an event\n"));
    s.put(2, "shop");
    const auto torn = to_line(history_event{});
    {
        std::ofstream out(s.files.path(), std::ios::app | std::ios::binary);
        out << torn.substr(0, torn.size() / 2);
    }
    CHECK(s.times(all_of()) == std::vector{1, 2});
    s.put(3, "shop");
    CHECK(s.times(all_of()) == std::vector{1, 2, 3});
}

TEST_CASE("a journal cut at any byte loses the event that was cut, and nothing else, and goes on") {
    constexpr int events = 4;
    std::string whole;
    for (int i = 1; i <= events; ++i) {
        history_event e;
        e.at = wall_time(seconds(i));
        e.why = "a line break\nand \"quotes\" in it";
        whole += to_line(e);
    }
    for (std::size_t size = 0; size <= whole.size(); ++size) {
        const shelf s;
        std::ofstream(s.files.path(), std::ios::binary) << whole.substr(0, size);
        const auto cut = whole.begin() + static_cast<std::ptrdiff_t>(size);
        std::vector<int> expected(static_cast<std::size_t>(std::count(whole.begin(), cut, '\n')));
        std::iota(expected.begin(), expected.end(), 1);
        CHECK(s.times(all_of()) == expected);
        s.put(9, "shop");
        expected.push_back(9);
        CHECK(s.times(all_of()) == expected);
    }
}

TEST_CASE("a journal on a lane keeps what it was given, for another process too") {
    const temporary_folder folder;
    blocking_lane lane("history");
    auto body = [&]() -> awaitable<void> {
        const auto one = control::make_file_journal(lane, folder.file(""));
        history_event event;
        event.pipeline = "shop";
        auto line = control::to_line(event);
        const auto written = co_await one->append(std::move(line));
        CHECK(written.has_value());
        const auto other = control::make_file_journal(lane, folder.file(""));
        const auto page = co_await other->read(all_of());
        CHECK(page->events == std::vector{event});
    };
    run_async(body);
}
