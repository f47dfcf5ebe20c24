#pragma once
// A declared world and an observed one, in sync to begin with, for tests that move one of them.

#include "decide/decide.hpp"
#include "decide/diff.hpp"

#include <map>
#include <set>
#include <string>

namespace sluice::testing {

inline constexpr auto postgres_class = "io.debezium.connector.postgresql.PostgresConnector";
inline constexpr auto jdbc_class = "io.debezium.connector.jdbc.JdbcSinkConnector";

model::desired_connector source_connector(const std::string& pipeline = "shop");
model::desired_connector
sink_connector(const std::string& pipeline = "shop", const std::string& sink = "warehouse");
model::desired_connector plain_connector(const std::string& name);
model::desired_topic table_topic(const std::string& name, const std::string& pipeline = "shop");

/// As Connect shows it once it runs: config in clear, one running task.
model::observed_connector running(const model::desired_connector& wanted);
/// Somebody's, without a mark.
model::observed_connector stranger(const std::string& name, std::map<std::string, std::string> config = {});
model::observed_topic existing(const model::desired_topic& wanted);

template <class T>
model::reading<T> read(T value, moment at) {
    return {std::move(value), at, {}, at};
}

struct situation {
    situation(); // the pipeline `shop` of instance `demo`, as declared, known for long

    /// Makes the observed world what is desired.
    void realise();
    /// Looks and remembers, as the loop does.
    decide::decision look();

    [[nodiscard]] decide::inputs in() const {
        return {
            desired, observed, memory, secrets, now, seconds(10), write_problems, changing, restarting, held
        };
    }
    [[nodiscard]] decide::decision decide() const { return decide::decide(in()); }
    [[nodiscard]] std::vector<model::change> changes() const { return decide().plan.changes; }

    model::desired_connector& wanted(const std::string& name);
    model::observed_connector& seen(const std::string& name) { return observed.connectors.value->at(name); }
    std::map<std::string, std::string>& config(const std::string& name) { return *seen(name).config; }
    model::connector_status& status(const std::string& name) { return *seen(name).status; }
    void advance(milliseconds by);
    void
    fail_task(const std::string& name, const std::string& trace = "java.lang.IllegalStateException: broken");
    void let_run(const std::string& name);
    /// Declares it, and says why its config cannot be derived.
    void leave_unresolved(model::desired_connector connector, const std::string& reason);

    model::desired desired;
    model::observed observed;
    model::memory memory;
    decide::secret_matches secrets;
    moment now{mono_time(std::chrono::hours(100)), wall_time(std::chrono::hours(24 * 365 * 56))};
    std::map<std::string, std::string> write_problems;
    std::set<std::string> changing;
    std::set<std::string> restarting;
    std::set<std::string> held;
};

} // namespace sluice::testing
