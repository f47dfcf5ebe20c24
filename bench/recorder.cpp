// What the flight recorder costs in a converged system of 1,000 connectors of 40 keys each, beside the
// decision that it records in the same run.

#include "control/flight_recorder.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

constexpr int connectors = 1000;
constexpr int keys = 40;
constexpr int rounds = 21;

struct world {
    std::shared_ptr<const model::desired> desired;
    model::observed observed;
    model::memory memory;
    decide::secret_matches secrets;
    std::map<std::string, std::string> problems;
    std::set<std::string> changing;
    model::declaration declared;
};

world make_world(moment now) {
    world w;
    model::desired desired;
    desired.instance = "bench";
    auto& seen = w.observed.connectors;
    seen.value.emplace();
    for (int i = 0; i < connectors; ++i) {
        model::desired_connector c;
        c.name = fmt::format("connector-{:04}", i);
        c.link = {c.name, {}};
        c.plugin = "org.example.Connector";
        c.config["connector.class"] = c.plugin;
        c.config["sluice.owner"] = "bench";
        for (int k = 2; k < keys; ++k)
            c.config[fmt::format("some.option.number.{}", k)] = fmt::format("value-{}-{}", i, k);
        auto& found = (*seen.value)[c.name];
        found.name = c.name;
        found.type = "source";
        found.task_count = 1;
        found.config.emplace();
        for (const auto& [key, value] : c.config) (*found.config)[key] = model::reveal(value);
        found.status = model::connector_status{
            model::connector_state::running, "w", {}, {{0, model::connector_state::running, "w", {}}}
        };
        desired.connectors.push_back(std::move(c));
    }
    seen.read_at = seen.tried_at = now;
    w.observed.topics.value.emplace();
    w.desired = std::make_shared<const model::desired>(std::move(desired));
    return w;
}

/// Keeps the last passes for the writer to be measured alone.
class pocket final : public control::flight_log {
public:
    boost::asio::awaitable<result<bool>> append(std::vector<control::flight_pass> passes) override {
        kept = std::move(passes);
        co_return false;
    }
    std::vector<control::flight_pass> kept;
};

class stopwatch {
public:
    void run(const std::function<void()>& work) {
        const auto begun = std::chrono::steady_clock::now();
        work();
        took_.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count()
        );
    }
    [[nodiscard]] double median() {
        std::ranges::nth_element(took_, took_.begin() + static_cast<std::ptrdiff_t>(took_.size() / 2));
        return took_[took_.size() / 2];
    }

private:
    std::vector<double> took_;
};

std::size_t size_of_files(const std::string& directory) {
    std::size_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) bytes += entry.file_size();
    return bytes;
}

} // namespace

int main() {
    boost::asio::io_context context{1};
    const auto time = make_system_time(context.get_executor());
    const logger log([](log_level, std::string_view) {});
    control::telemetry numbers;
    auto directory = (std::filesystem::temp_directory_path() / "sluice-bench-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) return 1;

    auto w = make_world(time->now());
    pocket kept;
    control::flight_writer writer(directory, "bench");
    stopwatch deciding;
    stopwatch quiet;
    stopwatch everything;
    stopwatch writing_quiet;
    stopwatch writing_everything;
    const auto write = [&](control::flight_recorder& recorder, stopwatch& watch) {
        boost::asio::co_spawn(context, recorder.write(), boost::asio::detached);
        context.restart();
        context.run();
        watch.run([&] { (void)writer.write(std::move(kept.kept)); });
    };
    for (int i = 0; i < rounds; ++i) {
        control::flight_recorder recorder(*time, log, numbers);
        recorder.write_to(kept);
        for (int pass = 0; pass < 3; ++pass) {
            const auto now = time->now();
            w.observed.connectors.read_at = w.observed.connectors.tried_at = now;
            const decide::inputs in{
                *w.desired, w.observed, w.memory, w.secrets, now, seconds(10), w.problems, w.changing
            };
            decide::decision decided;
            deciding.run([&] { decided = decide::decide(in); });
            auto& watch = pass == 0 ? everything : quiet;
            watch.run([&] { recorder.record(in, w.desired, w.declared, decided); });
            w.memory = std::move(decided.memory);
            write(recorder, pass == 0 ? writing_everything : writing_quiet);
        }
    }
    const auto bytes = size_of_files(directory);
    std::filesystem::remove_all(directory);
    const double decision = deciding.median();
    fmt::print("{} connectors of {} keys; medians of {}\n", connectors, keys, rounds);
    fmt::print("  one decision                                   {:8.2f} ms\n", decision);
    fmt::print(
        "  recording a quiet pass, on the loop            {:8.2f} ms   {:.2f} of a decision\n",
        quiet.median(),
        quiet.median() / decision
    );
    fmt::print("  writing it, off the loop                       {:8.2f} ms\n", writing_quiet.median());
    fmt::print("  recording a pass with everything, on the loop  {:8.2f} ms\n", everything.median());
    fmt::print("  writing it, off the loop                       {:8.2f} ms\n", writing_everything.median());
    fmt::print("  {} passes, {} of them with everything: {} bytes\n", 3 * rounds, rounds, bytes);
    return 0;
}
