#include "support/sim/model_world.hpp"

#include "base/digest.hpp"
#include "decide/diff.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::testing {

using model::connector_state;

namespace {

constexpr milliseconds answer_takes(10);
constexpr milliseconds an_old_answer = seconds(30);
constexpr std::string_view passing_trouble =
    "java.lang.Exception: x\nCaused by: java.net.ConnectException: Connection refused";

connector_state state_of(model::target_state target) {
    switch (target) {
    case model::target_state::paused: return connector_state::paused;
    case model::target_state::stopped: return connector_state::stopped;
    case model::target_state::running: break;
    }
    return connector_state::running;
}

std::map<std::string, std::string> revealed(const model::config_map& config) {
    std::map<std::string, std::string> plain;
    for (const auto& [key, value] : config) plain[key] = model::reveal(value);
    return plain;
}

} // namespace

// --- Connect --------------------------------------------------------------------------------------------

std::size_t model_connect::writes_of(std::string_view kind) const {
    const auto is_kind = [&](const std::string& w) { return w.starts_with(std::string(kind) + ' '); };
    return static_cast<std::size_t>(std::ranges::count_if(writes, is_kind));
}

bool model_connect::chance(double probability) {
    return std::uniform_real_distribution<>(0, 1)(random_) < probability;
}

std::vector<mono_time> model_connect::times_of(std::string_view kind, std::string_view name) const {
    std::vector<mono_time> times;
    for (std::size_t i = 0; i < writes.size(); ++i)
        if (writes[i] == fmt::format("{} {}", kind, name)) times.push_back(written_at[i]);
    return times;
}

model_connect::mishap model_connect::draw(bool is_write) {
    if (chance(faults.unreachable)) return mishap::unreachable;
    if (is_write && chance(faults.rebalancing)) return mishap::rebalancing;
    if (chance(faults.reply_lost)) return mishap::reply_lost;
    return mishap::none;
}

std::optional<error> model_connect::refusal(const std::string& attempted, bool is_write, mishap what) {
    if (is_away || !workers.any_is_alive() || what == mishap::unreachable)
        return error{errc::unreachable, attempted, "model Connect", "connection refused"};
    if (!is_write) return std::nullopt;
    if (workers.leader_is_dead())
        return error{errc::forwarding_failed, attempted, "model Connect", "IO Error trying to forward"};
    if (what == mishap::rebalancing || workers.is_rebalancing() || time_.now().mono < rebalances_until)
        return error{errc::rebalancing, attempted, "model Connect", "rebalance"};
    return std::nullopt;
}

awaitable<std::optional<error>>
model_connect::before(std::string attempted, bool is_write, bool& reply_is_lost) {
    co_await time_.sleep(answer_takes);
    const auto what = is_away ? mishap::unreachable : draw(is_write);
    reply_is_lost = what == mishap::reply_lost;
    co_return refusal(attempted, is_write, what);
}

bool model_connect::task_has_failed(const model_connector& c) const {
    if (c.state != connector_state::running) return false;
    if (!c.failure.empty()) return true;
    return c.fails_after && time_.now().mono >= c.tasks_run_at + *c.fails_after;
}

model::connector_status model_connect::status_of(const std::string& name, const model_connector& c) {
    const auto place = workers.place_of(name);
    model::connector_status s{c.state, place.worker, {}, {}};
    if (c.state == connector_state::stopped || time_.now().mono < c.tasks_run_at) return s;
    model::observed_task task{0, c.state, place.worker, {}};
    if (task_has_failed(c)) {
        task.state = connector_state::failed;
        task.trace = c.failure.empty() ? std::string(passing_trouble) : c.failure;
    }
    if (!place.is_assigned && c.state == connector_state::running)
        s.state = task.state = connector_state::unassigned;
    s.tasks.push_back(std::move(task));
    return s;
}

std::map<std::string, std::string>
model_connect::shown(const std::string& name, const model_connector& c) const {
    auto config = c.config;
    config["name"] = name;
    for (auto& [key, value] : config)
        if (masks_secrets && decide::is_secret_key(key) && !key.starts_with(model::own_key_prefix))
            value = "••••••••";
    return config;
}

model::connector_list model_connect::snapshot() {
    model::connector_list list;
    for (const auto& [name, c] : running) {
        model::observed_connector seen;
        seen.name = name;
        seen.config = shown(name, c);
        seen.task_count = c.state == connector_state::stopped ? 0 : 1;
        seen.status = status_of(name, c);
        list.emplace(name, std::move(seen));
    }
    return list;
}

void model_connect::hide_what_happens(milliseconds how_long) {
    hiding_ = past_list{time_.now().mono + how_long, snapshot()};
}

bool model_connect::is_calm() {
    const auto now = time_.now().mono;
    const bool hides = hiding_ && now < hiding_->at;
    return faults == call_faults{} && !hides && !is_away && rebalances_until <= now && workers.are_at_rest();
}

mono_time model_connect::next_event() const {
    const auto now = time_.now().mono;
    auto next = mono_time::max();
    for (const auto& [name, c] : running) {
        if (c.state != connector_state::running) continue;
        if (c.tasks_run_at > now) next = std::min(next, c.tasks_run_at);
        if (!c.fails_after || !c.failure.empty()) continue;
        const auto fails_at = c.tasks_run_at + *c.fails_after;
        if (fails_at > now) next = std::min(next, fails_at);
    }
    return next;
}

model::connector_list model_connect::lagging() {
    const int longest = static_cast<int>(faults.lag.count());
    const auto when = time_.now().mono - milliseconds(std::uniform_int_distribution<>(0, longest)(random_));
    const auto is_later = [&](const past_list& v) { return v.at > when; };
    const auto next = std::ranges::find_if(versions_, is_later);
    return next == versions_.end() || next == versions_.begin() ? snapshot() : std::prev(next)->list;
}

model::connector_list model_connect::list_to_give() {
    const auto now = time_.now().mono;
    if (hiding_ && now < hiding_->at) return hiding_->list;
    hiding_.reset();
    if (faults.lag.count() > 0) return lagging();
    auto list = snapshot();
    if (faults.stale_list == 0) return list;
    given_.push_back({now, list});
    while (given_.front().at < now - an_old_answer) given_.pop_front();
    if (!chance(faults.stale_list)) return list;
    const auto which = std::uniform_int_distribution<std::size_t>(0, given_.size() - 1)(random_);
    return given_[which].list;
}

void model_connect::show_by_halves(model::connector_list& list) {
    if (faults.half_shown == 0) return;
    for (auto& [name, seen] : list) {
        const auto there = running.find(name);
        const bool is_young =
            there != running.end() && time_.now().mono < there->second.created_at + seconds(5);
        if (!is_young || !chance(faults.half_shown)) continue;
        if (chance(0.5)) {
            seen.status.reset();
        } else {
            seen.config.reset();
            seen.task_count.reset();
        }
    }
}

awaitable<result<model::connect_worker>> model_connect::worker() {
    bool lost = false;
    auto failure = co_await before("ask", false, lost);
    if (failure) co_return std::unexpected(*failure);
    co_return model::connect_worker{version, "model", "model"};
}

awaitable<result<std::vector<model::connect_plugin>>> model_connect::plugins() {
    bool lost = false;
    auto failure = co_await before("list the plugins of", false, lost);
    if (failure) co_return std::unexpected(*failure);
    co_return installed;
}

awaitable<result<model::connector_list>> model_connect::connectors() {
    bool lost = false;
    auto failure = co_await before("list the connectors of", false, lost);
    if (failure) co_return std::unexpected(*failure);
    if (lost) co_return fail(errc::timeout, "list the connectors of", "model Connect");
    auto list = list_to_give();
    show_by_halves(list);
    co_return list;
}

awaitable<result<model::connector_list>> model_connect::statuses() {
    bool lost = false;
    auto failure = co_await before("list the statuses of", false, lost);
    if (failure) co_return std::unexpected(*failure);
    if (lost) co_return fail(errc::timeout, "list the statuses of", "model Connect");
    auto list = list_to_give();
    for (auto& [name, seen] : list) {
        seen.config.reset();
        seen.task_count.reset();
    }
    co_return list;
}

awaitable<result<model::connector_status>> model_connect::status(std::string name) {
    const auto found = running.find(name);
    if (found == running.end()) co_return fail(errc::not_found, "read the status of", name);
    co_return status_of(name, found->second);
}

awaitable<result<std::map<std::string, std::string>>> model_connect::config(std::string name) {
    const auto found = running.find(name);
    if (found == running.end()) co_return fail(errc::not_found, "read the config of", name);
    co_return shown(name, found->second);
}

awaitable<result<std::vector<int>>> model_connect::tasks(std::string) {
    co_return std::vector<int>{0};
}

awaitable<result<std::vector<connect::partition_offset>>> model_connect::offsets(std::string name) {
    bool lost = false;
    auto failure = co_await before("read the offsets at", false, lost);
    if (failure) co_return std::unexpected(*failure);
    if (hides_offsets) co_return fail(errc::timeout, "read the offsets of", name);
    co_return stored_offsets[name];
}

awaitable<result<connect::validation>> model_connect::validate(std::string, model::config_map) {
    bool lost = false;
    auto failure = co_await before("validate at", false, lost);
    if (failure) co_return std::unexpected(*failure);
    connect::validation answer;
    if (!refuses_configs.empty()) answer.problems.push_back({"database.hostname", {refuses_configs}});
    co_return answer;
}

void model_connect::note_call(const std::string& what, const result<void>& outcome, bool is_lost) {
    const auto at = std::chrono::duration<double>(time_.now().mono.time_since_epoch()).count();
    const auto answer = outcome ? std::string("ok") : std::string(to_string(outcome.error().code));
    calls.push_back(fmt::format("{:9.1f}  connect: {}: {}{}", at, what, answer, is_lost ? ", not told" : ""));
}

awaitable<result<void>> model_connect::write(
    std::string kind, std::string name, std::function<result<void>(model_connector*)> effect
) {
    const auto what = kind + ' ' + name;
    bool lost = false;
    auto failure = co_await before(kind, true, lost);
    if (failure) {
        note_call(what, std::unexpected(*failure), false);
        co_return std::unexpected(*failure);
    }
    if (faults.lag.count() > 0 && versions_.empty()) versions_.push_back({mono_time{}, snapshot()});
    const auto found = running.find(name);
    auto outcome = effect(found == running.end() ? nullptr : &found->second);
    note_call(what, outcome, lost);
    if (outcome) {
        writes.push_back(what);
        written_at.push_back(time_.now().mono);
    }
    if (faults.lag.count() > 0) versions_.push_back({time_.now().mono, snapshot()});
    if (lost) co_return fail(errc::outcome_unknown, kind, name, "no answer");
    co_return outcome;
}

awaitable<result<void>>
model_connect::create(std::string name, model::config_map config, model::target_state initial) {
    auto effect = [this, name, config, initial](model_connector* there) -> result<void> {
        if (there != nullptr) return fail(errc::already_exists, "create", name);
        const auto now = time_.now().mono;
        running[name] = {revealed(config), state_of(initial), now + start_takes, {}, {}, now};
        return {};
    };
    return write("create", name, std::move(effect));
}

awaitable<result<void>> model_connect::put_config(std::string name, model::config_map config) {
    auto effect = [this, name, config](model_connector* there) -> result<void> {
        auto wanted = revealed(config);
        auto& c = running[name];
        if (there == nullptr) c.created_at = time_.now().mono;
        if (there != nullptr && c.config == wanted) ++needless_updates;
        c.config = std::move(wanted);
        c.tasks_run_at = time_.now().mono + start_takes;
        return {};
    };
    return write("update", name, std::move(effect));
}

awaitable<result<void>> model_connect::remove(std::string name) {
    auto effect = [this, name](model_connector* there) -> result<void> {
        if (there == nullptr) return fail(errc::not_found, "delete", name);
        running.erase(name);
        return {};
    };
    return write("delete", name, std::move(effect));
}

awaitable<result<void>> model_connect::restart(std::string name, bool) {
    auto effect = [this, name](model_connector* there) -> result<void> {
        if (there == nullptr) return fail(errc::not_found, "restart", name);
        if (!task_has_failed(*there)) ++needless_restarts;
        if (there->restart_mends) there->failure.clear();
        there->tasks_run_at = time_.now().mono + start_takes;
        return {};
    };
    return write("restart", name, std::move(effect));
}

awaitable<result<void>> model_connect::restart_task(std::string name, int) {
    return restart(std::move(name), true);
}

awaitable<result<void>> model_connect::pause(std::string name) {
    auto effect = [name](model_connector* there) -> result<void> {
        if (there == nullptr) return fail(errc::not_found, "pause", name);
        there->state = connector_state::paused;
        return {};
    };
    return write("pause", name, std::move(effect));
}

awaitable<result<void>> model_connect::resume(std::string name) {
    auto effect = [this, name](model_connector* there) -> result<void> {
        if (there == nullptr) return fail(errc::not_found, "resume", name);
        there->state = connector_state::running;
        there->tasks_run_at = time_.now().mono + start_takes;
        return {};
    };
    return write("resume", name, std::move(effect));
}

awaitable<result<void>> model_connect::stop(std::string name) {
    auto effect = [name](model_connector* there) -> result<void> {
        if (there == nullptr) return fail(errc::not_found, "stop", name);
        there->state = connector_state::stopped;
        return {};
    };
    return write("stop", name, std::move(effect));
}

// --- Kafka ----------------------------------------------------------------------------------------------

bool model_kafka::chance(double probability) {
    return std::uniform_real_distribution<>(0, 1)(random_) < probability;
}

awaitable<std::optional<error>> model_kafka::before(std::string attempted) {
    co_await time_.sleep(answer_takes);
    if (is_away || chance(faults.unreachable))
        co_return error{errc::unreachable, attempted, "model Kafka", "no broker answers"};
    co_return std::nullopt;
}

// Of a write that had its effect.
result<void> model_kafka::answer_to(std::string write) {
    const bool is_lost = chance(faults.reply_lost);
    auto outcome = is_lost ? fail(errc::timeout, write, "model Kafka", "no answer") : result<void>{};
    writes.push_back(std::move(write));
    return outcome;
}

awaitable<result<model::topic_list>> model_kafka::describe(std::vector<std::string> names) {
    auto failure = co_await before("describe the topics of");
    if (failure) co_return std::unexpected(*failure);
    model::topic_list list;
    for (const auto& name : names)
        if (const auto found = existing.find(name); found != existing.end() && !hidden.contains(name))
            list.insert(*found);
    co_return list;
}

awaitable<result<void>> model_kafka::create(model::desired_topic topic) {
    auto failure = co_await before("create a topic on");
    if (failure) co_return std::unexpected(*failure);
    if (existing.contains(topic.name)) co_return fail(errc::already_exists, "create topic", topic.name);
    model::observed_topic made{
        topic.name,
        topic.partitions,
        topic.replication_factor.value_or(1),
        std::map<std::string, model::topic_entry>{}
    };
    for (const auto& [key, value] : topic.creation_config) (*made.config)[key] = {value, false, false, false};
    existing.emplace(topic.name, std::move(made));
    co_return answer_to("create " + topic.name);
}

awaitable<result<void>> model_kafka::add_partitions(std::string topic, std::int32_t total) {
    auto failure = co_await before("add partitions on");
    if (failure) co_return std::unexpected(*failure);
    existing.at(topic).partitions = total;
    co_return answer_to("add partitions " + topic);
}

awaitable<result<void>>
model_kafka::alter_config(std::string topic, std::map<std::string, std::string> changes) {
    auto failure = co_await before("alter a topic on");
    if (failure) co_return std::unexpected(*failure);
    for (const auto& [key, value] : changes) (*existing.at(topic).config)[key] = {value, false, false, false};
    co_return answer_to("alter " + topic);
}

// While the group rebalances Kafka names the members, and not what they call themselves.
awaitable<result<model::connect_group>> model_groups::read(std::string) {
    co_await time_.sleep(answer_takes);
    ++reads;
    if (problem) co_return std::unexpected(*problem);
    const bool settled = !rebalances && !workers_.is_rebalancing();
    model::connect_group group;
    group.state = settled ? model::group_state::stable : model::group_state::rebalancing;
    for (const auto& worker : workers_.members())
        group.members.push_back({"connect-" + worker, "/127.0.0.1", settled ? worker : std::string()});
    co_return group;
}

// --- databases and the whole ----------------------------------------------------------------------------

awaitable<result<postgres::server_facts>> model_databases::probe(postgres::login) {
    co_await time_.sleep(answer_takes);
    if (problem) co_return std::unexpected(*problem);
    co_return postgres::server_facts{160009};
}

model_world::model_world(sim_time& time, std::uint32_t seed)
    : connect_(time, seed)
    , kafka_(time, seed)
    , groups_(time, connect_.workers)
    , databases_(time) {
    connect_.installed = {
        {"io.debezium.connector.postgresql.PostgresConnector", "source", "2.7.4.Final"},
        {"io.debezium.connector.jdbc.JdbcSinkConnector", "sink", "2.7.0.Final"},
        {"org.apache.kafka.connect.file.FileStreamSourceConnector", "source", "3.7.2"},
    };
}

// The world outlives whoever uses it: the pointers own nothing.
std::shared_ptr<connect::connect_api> model_world::connect(const model::connect_cluster&) {
    return {std::shared_ptr<void>(), &connect_};
}

std::shared_ptr<kafka::topic_admin> model_world::topics(const model::kafka_cluster&) {
    return {std::shared_ptr<void>(), &kafka_};
}

std::shared_ptr<kafka::connect_group_reader> model_world::connect_groups(const model::kafka_cluster&) {
    return {std::shared_ptr<void>(), &groups_};
}

std::shared_ptr<postgres::login_probe> model_world::logins() {
    return {std::shared_ptr<void>(), &databases_};
}

awaitable<std::vector<std::string>> model_world::hash_secrets(std::vector<std::pair<secret, std::string>> work
) {
    std::vector<std::string> hashes;
    for (const auto& [value, salt] : work) hashes.push_back(sha256_hex(salt + value.reveal()));
    co_return hashes;
}

} // namespace sluice::testing
