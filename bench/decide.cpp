// What one decision costs in a converged system of 1,000 connectors of 40 keys each, beside its floor in the
// same run: reading Connect's answer about them, which every pass has to do anyway.

#include "decide/decide.hpp"

#include "connect/answer.hpp"
#include "connect/wire.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

using namespace sluice;

namespace {

constexpr int connectors = 1000;
constexpr int keys = 40;
constexpr int rounds = 21;

std::string name_of(int i) {
    return fmt::format("connector-{:04}", i);
}

model::desired make_desired() {
    model::desired desired;
    desired.instance = "bench";
    for (int i = 0; i < connectors; ++i) {
        model::desired_connector c;
        c.name = name_of(i);
        c.link = {c.name, {}};
        c.plugin = "org.example.Connector";
        c.config["connector.class"] = c.plugin;
        c.config["sluice.owner"] = "bench";
        for (int k = 2; k < keys; ++k)
            c.config[fmt::format("some.option.number.{}", k)] = fmt::format("value-{}-{}", i, k);
        desired.connectors.push_back(std::move(c));
    }
    return desired;
}

connect::answer answer_about(const model::desired& desired) {
    std::string text = "{";
    for (const auto& c : desired.connectors) {
        std::string config;
        for (const auto& [key, value] : c.config)
            config += fmt::format("\"{}\":\"{}\",", key, model::reveal(value));
        text += fmt::format(
            R"({}"{}":{{"info":{{"name":"{}","config":{{{}"name":"{}"}},"tasks":[{{"connector":"{}","task":0}}],"type":"source"}},)"
            R"("status":{{"name":"{}","connector":{{"state":"RUNNING","worker_id":"w"}},"tasks":[{{"id":0,"state":"RUNNING","worker_id":"w"}}],"type":"source"}}}})",
            text.size() > 1 ? "," : "",
            c.name,
            c.name,
            config,
            c.name,
            c.name,
            c.name
        );
    }
    return {200, "application/json", {}, text + "}"};
}

double median_milliseconds(const std::function<void()>& work) {
    std::vector<double> took;
    for (int i = 0; i < rounds; ++i) {
        const auto begun = std::chrono::steady_clock::now();
        work();
        took.push_back(
            std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count()
        );
    }
    std::ranges::nth_element(took, took.begin() + rounds / 2);
    return took[rounds / 2];
}

} // namespace

int main() {
    const auto desired = make_desired();
    const auto answer = answer_about(desired);
    model::observed observed;
    const auto read = [&] {
        observed.connectors.value = connect::wire::read_connectors(answer, scrubber{}).value();
    };
    const double floor = median_milliseconds(read);
    observed.topics.value.emplace();
    model::memory memory;
    std::size_t planned = 0;
    const auto decide_once = [&] {
        const decide::secret_matches secrets;
        const std::map<std::string, std::string> problems;
        const std::set<std::string> changing;
        auto decision =
            decide::decide({desired, observed, memory, secrets, moment{}, seconds(10), problems, changing});
        planned = decision.plan.changes.size();
        memory = std::move(decision.memory);
    };
    const double decision = median_milliseconds(decide_once);
    fmt::print(
        "{} connectors of {} keys, {} bytes from Connect, {} changes planned; medians of {}\n",
        connectors,
        keys,
        answer.body.size(),
        planned,
        rounds
    );
    fmt::print("  reading Connect's answer (the floor)  {:8.2f} ms\n", floor);
    fmt::print(
        "  one decision                          {:8.2f} ms   {:.2f} of the floor\n",
        decision,
        decision / floor
    );
    return planned == 0 ? 0 : 1;
}
