#pragma once
// A Connect that answers every write after a while with what the test laid ready, and counts how many are
// under way. It knows no connectors: what a write changes is not its matter.

#include "connect/api.hpp"
#include "support/sim/sim_time.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sluice::testing {

class counting_connect final : public connect::connect_api {
public:
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    explicit counting_connect(sim_time& time) : time_(time) {}

    milliseconds answer_takes = seconds(1);
    std::deque<error> failures;  // of the next writes, in order; then all succeed
    std::optional<error> always; // of every write
    std::vector<connect::validation_problem> complaints;
    std::optional<error> validation_fails;
    std::vector<connect::partition_offset> stored_offsets; // of every connector
    std::optional<error> offsets_failure;

    std::vector<std::string> calls;                   // "create a", as they are begun
    std::map<std::string, model::config_map> configs; // as last written, or validated
    model::target_state initial_state = model::target_state::running;
    int under_way = 0;
    int most_under_way = 0;

    awaitable<result<model::connect_worker>> worker() override { co_return model::connect_worker{}; }
    awaitable<result<std::vector<model::connect_plugin>>> plugins() override {
        co_return std::vector<model::connect_plugin>{};
    }
    awaitable<result<model::connector_list>> connectors() override { co_return model::connector_list{}; }
    awaitable<result<model::connector_list>> statuses() override { co_return model::connector_list{}; }
    awaitable<result<model::connector_status>> status(std::string) override {
        co_return model::connector_status{};
    }
    awaitable<result<std::map<std::string, std::string>>> config(std::string) override {
        co_return std::map<std::string, std::string>{};
    }
    awaitable<result<std::vector<int>>> tasks(std::string) override { co_return std::vector<int>{}; }
    awaitable<result<std::vector<connect::partition_offset>>> offsets(std::string) override {
        if (offsets_failure) co_return std::unexpected(*offsets_failure);
        co_return stored_offsets;
    }

    awaitable<result<connect::validation>> validate(std::string plugin, model::config_map config) override {
        calls.push_back("validate " + plugin);
        configs["validated"] = std::move(config);
        if (validation_fails) co_return std::unexpected(*validation_fails);
        connect::validation answer;
        answer.problems = complaints;
        co_return answer;
    }

    awaitable<result<void>>
    create(std::string name, model::config_map config, model::target_state initial) override {
        configs[name] = std::move(config);
        initial_state = initial;
        return write("create " + name);
    }
    awaitable<result<void>> put_config(std::string name, model::config_map config) override {
        configs[name] = std::move(config);
        return write("update " + name);
    }
    awaitable<result<void>> remove(std::string name) override { return write("delete " + name); }
    awaitable<result<void>> restart(std::string name, bool only_failed) override {
        return write((only_failed ? "restart failed " : "restart ") + name);
    }
    awaitable<result<void>> restart_task(std::string name, int task) override {
        return write("restart task " + name + '/' + std::to_string(task));
    }
    awaitable<result<void>> pause(std::string name) override { return write("pause " + name); }
    awaitable<result<void>> resume(std::string name) override { return write("resume " + name); }
    awaitable<result<void>> stop(std::string name) override { return write("stop " + name); }

    [[nodiscard]] std::vector<std::string> writes() const {
        std::vector<std::string> all;
        const auto is_write = [](const std::string& c) { return !c.starts_with("validate "); };
        std::ranges::copy_if(calls, std::back_inserter(all), is_write);
        return all;
    }

private:
    awaitable<result<void>> write(std::string what) {
        calls.push_back(std::move(what));
        most_under_way = std::max(most_under_way, ++under_way);
        co_await time_.sleep(answer_takes);
        --under_way;
        if (always) co_return std::unexpected(*always);
        if (failures.empty()) co_return result<void>{};
        auto failure = std::move(failures.front());
        failures.pop_front();
        co_return std::unexpected(std::move(failure));
    }

    sim_time& time_;
};

} // namespace sluice::testing
