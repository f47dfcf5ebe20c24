// sluice replay: recorded passes decided again.

#include "control/replay.hpp"
#include "daemon_address.hpp"
#include "exit_code.hpp"
#include "flight_source.hpp"
#include "options.hpp"
#include "pipeline_file.hpp"
#include "replay_text.hpp"
#include "terminal.hpp"
#include "workbench.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <limits>

namespace sluice {

namespace asio = boost::asio;

namespace {

struct options {
    const common_options* common;
    std::string from = {};
    std::string output = "text";
    std::uint64_t pass = 0;
    std::size_t last = 0;
};

struct tally {
    std::size_t recorded = 0;
    std::size_t passes = 0; // replayed
    std::size_t different = 0;
};

/// Prints pass by pass; what was decided only where it is another than in the pass before.
class printer {
public:
    explicit printer(const options& chosen) : chosen_(chosen) {}

    void show(const control::recorded_pass& pass) {
        const auto again = control::replay(pass);
        ++tally_.passes;
        tally_.different += again.differences.empty() ? 0 : 1;
        if (chosen_.output == "json") {
            print(boost::json::serialize(replay_as_json(pass, again)) + '\n');
            return;
        }
        print(headline(pass, again, out_));
        auto text = decision_as_text(again.now, pass.inputs, out_);
        if (text != last_) print(text);
        last_ = std::move(text);
        print(differences_as_text(again, out_));
    }

    [[nodiscard]] const tally& all() const { return tally_; }

private:
    const options& chosen_;
    terminal out_{1};
    std::string last_;
    tally tally_;
};

/// Calls for each whole pass with its place among them, until told `false`.
template <class Tell>
result<void> each_pass(const std::vector<std::string>& lines, Tell tell) {
    control::flight_reader reader;
    std::size_t at = 0;
    for (const auto& line : lines) {
        const auto taken = reader.take(line);
        if (!taken) return std::unexpected(taken.error());
        if (*taken) tell(at++, reader.pass());
    }
    return {};
}

result<std::size_t> first_wanted(const std::vector<std::string>& lines, const options& chosen) {
    if (chosen.last == 0) return 0;
    std::size_t passes = 0;
    const auto counted = each_pass(lines, [&](std::size_t, const auto&) { ++passes; });
    if (!counted) return std::unexpected(counted.error());
    return passes - std::min(passes, chosen.last);
}

result<tally> replay_all(const std::vector<std::string>& lines, const options& chosen) {
    const auto first = first_wanted(lines, chosen);
    if (!first) return std::unexpected(first.error());
    printer shown(chosen);
    std::size_t recorded = 0;
    const auto read = each_pass(lines, [&](std::size_t at, const control::recorded_pass& pass) {
        ++recorded;
        if (at >= *first && (chosen.pass == 0 || pass.number == chosen.pass)) shown.show(pass);
    });
    if (!read) return std::unexpected(read.error());
    auto all = shown.all();
    all.recorded = recorded;
    return all;
}

std::string nothing_to_replay(const std::string& from, const options& chosen, const tally& all) {
    if (all.recorded == 0)
        return from + ": no recorded pass is in it; it is no recording of Sluice, or only a part of one";
    return fmt::format("{}: no pass {} is recorded in it", from, chosen.pass);
}

int complain_about(const error& e) {
    complain(fmt::format("sluice: {}\n", e.message()));
    return failed;
}

int replay(const options& chosen, const std::string& from) {
    const auto lines = find_flight_lines(from);
    if (!lines) return complain_about(lines.error());
    const auto all = replay_all(*lines, chosen);
    if (!all) return complain_about(all.error());
    if (all->passes == 0) {
        complain(fmt::format("sluice: {}\n", nothing_to_replay(from, chosen, *all)));
        return failed;
    }
    complain(fmt::format("{} passes, {} of them different\n", all->passes, all->different));
    return all->different == 0 ? done : failed;
}

asio::awaitable<int> replay_own(options chosen) {
    const auto where = co_await find_daemon(*chosen.common);
    if (where && !where->state_dir.empty()) co_return replay(chosen, where->state_dir);
    complain("sluice: which state directory is not known; name the file: sluice replay FILE\n");
    co_return wrong_configuration;
}

int run_replay(const options& chosen) {
    if (!chosen.from.empty()) return replay(chosen, chosen.from);
    workbench bench(level_of(*chosen.common));
    return bench.run(replay_own(chosen));
}

} // namespace

void add_replay(CLI::App& app, const common_options& common, runner& run) {
    const auto declare = [](CLI::App& sub, options& o) {
        sub.add_option("file", o.from, "A bundle, flight.jsonl or a state directory; else that of the file");
        sub.add_option("--pass", o.pass, "Only the pass of this number");
        sub.add_option("--last", o.last, "Only the last so many passes");
        sub.add_option("-o,--output", o.output, "text or json")->check(CLI::IsMember({"text", "json"}));
    };
    add_with_options<options>(
        app,
        "replay",
        "Decides recorded passes again; 1 when one comes out otherwise than then",
        run,
        {&common},
        declare,
        run_replay
    );
}

} // namespace sluice
