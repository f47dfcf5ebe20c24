#pragma once
// A model of Connect, Kafka and the databases for simulations: it does what the real ones were seen to do, in
// virtual time. A test reads and breaks its public state; every write that had an effect is logged.

#include "control/ports.hpp"
#include "support/sim/model_workers.hpp"
#include "support/sim/sim_time.hpp"

#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace sluice::testing {

template <class T>
using awaitable = boost::asio::awaitable<T>;

struct model_connector {
    std::map<std::string, std::string> config;
    model::connector_state state = model::connector_state::running;
    mono_time tasks_run_at{};                     // until then: RUNNING without tasks
    std::string failure;                          // the trace of its failed task; empty: it runs
    std::optional<milliseconds> fails_after = {}; // its task, after each start: a restart helps for so long
    mono_time created_at = {};
    bool restart_mends = false; // that failure
};

/// What goes wrong with a call, drawn anew for each from the seed; each a probability.
struct call_faults {
    double unreachable = 0; // it is not made
    double reply_lost = 0;  // it is made, the answer is not seen
    double rebalancing = 0; // a write is answered by 409
    double stale_list = 0;  // what is said of the connectors was said before, up to 30 s ago
    double half_shown = 0;  // a connector younger than 5 s is listed without its status, or with nothing else
    milliseconds lag{0};    // an answer shows what was true up to so long ago, as by another worker

    friend bool operator==(const call_faults&, const call_faults&) = default;
};

class model_connect final : public connect::connect_api {
public:
    model_connect(sim_time& time, std::uint32_t seed) : workers(time, seed), time_(time), random_(seed) {}

    std::map<std::string, model_connector> running;
    model_workers workers;
    std::vector<model::connect_plugin> installed;
    std::string version = "3.7.2";
    std::map<std::string, std::vector<connect::partition_offset>> stored_offsets; // by connector
    bool hides_offsets = false;                                                   // they cannot be read
    bool is_away = false;
    bool masks_secrets = false;  // in configs, as Confluent 7.9.3 and later do
    std::string refuses_configs; // validation's complaint about database.hostname; empty: all are valid
    milliseconds start_takes = seconds(2);
    call_faults faults;
    mono_time rebalances_until{};      // every write is answered by 409, whatever the workers do
    std::vector<std::string> writes;   // that had an effect: "create shop-source", in order
    std::vector<mono_time> written_at; // of each
    std::vector<std::string> calls;    // every write that was asked for, with its time and outcome
    std::size_t needless_updates = 0;  // by which nothing changed: Connect restarts the tasks even so
    std::size_t needless_restarts = 0; // of what had not failed

    [[nodiscard]] std::size_t writes_of(std::string_view kind) const;
    /// When they had their effect.
    [[nodiscard]] std::vector<mono_time> times_of(std::string_view kind, std::string_view name) const;
    /// For so long all that is said of the connectors is what is true now: what happens meanwhile is hidden.
    void hide_what_happens(milliseconds how_long);

    /// Nothing goes wrong with a call, and nobody but a task does anything.
    [[nodiscard]] bool is_calm();
    /// When a task starts or fails next, if nobody touches it; max(): none does.
    [[nodiscard]] mono_time next_event() const;

    awaitable<result<model::connect_worker>> worker() override;
    awaitable<result<std::vector<model::connect_plugin>>> plugins() override;
    awaitable<result<model::connector_list>> connectors() override;
    awaitable<result<model::connector_list>> statuses() override;
    awaitable<result<model::connector_status>> status(std::string name) override;
    awaitable<result<std::map<std::string, std::string>>> config(std::string name) override;
    awaitable<result<std::vector<int>>> tasks(std::string name) override;
    awaitable<result<std::vector<connect::partition_offset>>> offsets(std::string name) override;
    awaitable<result<connect::validation>> validate(std::string plugin, model::config_map config) override;
    awaitable<result<void>>
    create(std::string name, model::config_map config, model::target_state initial) override;
    awaitable<result<void>> put_config(std::string name, model::config_map config) override;
    awaitable<result<void>> remove(std::string name) override;
    awaitable<result<void>> restart(std::string name, bool only_failed) override;
    awaitable<result<void>> restart_task(std::string name, int task) override;
    awaitable<result<void>> pause(std::string name) override;
    awaitable<result<void>> resume(std::string name) override;
    awaitable<result<void>> stop(std::string name) override;

private:
    enum class mishap { none, unreachable, reply_lost, rebalancing };

    bool chance(double probability);
    mishap draw(bool is_write);
    awaitable<std::optional<error>> before(std::string attempted, bool is_write, bool& reply_is_lost);
    awaitable<result<void>>
    write(std::string kind, std::string name, std::function<result<void>(model_connector*)> effect);
    struct past_list {
        mono_time at;
        model::connector_list list;
    };

    [[nodiscard]] std::optional<error> refusal(const std::string& attempted, bool is_write, mishap what);
    [[nodiscard]] bool task_has_failed(const model_connector& c) const;
    [[nodiscard]] model::connector_list snapshot();
    [[nodiscard]] model::connector_list list_to_give();
    [[nodiscard]] model::connector_list lagging();
    void show_by_halves(model::connector_list& list);
    [[nodiscard]] model::connector_status status_of(const std::string& name, const model_connector& c);
    [[nodiscard]] std::map<std::string, std::string>
    shown(const std::string& name, const model_connector& c) const;
    void note_call(const std::string& what, const result<void>& outcome, bool is_lost);

    sim_time& time_;
    std::minstd_rand random_;
    std::deque<past_list> given_;    // what was true when an answer was given, while old ones are given again
    std::deque<past_list> versions_; // after each write, while answers lag
    std::optional<past_list> hiding_; // and until when
};

/// What goes wrong with a call to the brokers.
struct broker_faults {
    double unreachable = 0;
    double reply_lost = 0;

    friend bool operator==(const broker_faults&, const broker_faults&) = default;
};

class model_kafka final : public kafka::topic_admin {
public:
    model_kafka(sim_time& time, std::uint32_t seed) : time_(time), random_(seed) {}

    std::map<std::string, model::observed_topic> existing;
    std::set<std::string> hidden; // of those: our principal may not see them
    bool is_away = false;
    broker_faults faults;
    std::vector<std::string> writes;

    awaitable<result<model::topic_list>> describe(std::vector<std::string> names) override;
    awaitable<result<void>> create(model::desired_topic topic) override;
    awaitable<result<void>> add_partitions(std::string topic, std::int32_t total) override;
    awaitable<result<void>>
    alter_config(std::string topic, std::map<std::string, std::string> changes) override;

private:
    bool chance(double probability);
    awaitable<std::optional<error>> before(std::string attempted);
    result<void> answer_to(std::string write);

    sim_time& time_;
    std::minstd_rand random_;
};

/// The group of a model Connect's workers, as Kafka tells of it.
class model_groups final : public kafka::connect_group_reader {
public:
    model_groups(sim_time& time, model_workers& workers) : time_(time), workers_(workers) {}

    bool rebalances = false; // whatever the workers do
    std::optional<error> problem;
    std::size_t reads = 0;

    awaitable<result<model::connect_group>> read(std::string group_id) override;

private:
    sim_time& time_;
    model_workers& workers_;
};

class model_databases final : public postgres::login_probe {
public:
    explicit model_databases(sim_time& time) : time_(time) {}

    std::optional<error> problem; // of every login

    awaitable<result<postgres::server_facts>> probe(postgres::login who) override;

private:
    sim_time& time_;
};

/// With the two Debezium plugins and FileStream installed.
class model_world final : public control::adapters {
public:
    explicit model_world(sim_time& time, std::uint32_t seed = 1);

    model_connect connect_;
    model_kafka kafka_;
    model_groups groups_;
    model_databases databases_;

    std::shared_ptr<connect::connect_api> connect(const model::connect_cluster& cluster) override;
    std::shared_ptr<kafka::topic_admin> topics(const model::kafka_cluster& cluster) override;
    std::shared_ptr<kafka::connect_group_reader> connect_groups(const model::kafka_cluster& cluster) override;
    std::shared_ptr<postgres::login_probe> logins() override;
    awaitable<std::vector<std::string>> hash_secrets(std::vector<std::pair<secret, std::string>> work
    ) override;
};

} // namespace sluice::testing
