#include "control/observers.hpp"

#include <algorithm>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

std::string outcome_word(const std::optional<error>& failure) {
    return failure ? std::string(to_string(failure->code)) : "ok";
}

template <class T>
void note(model::reading<T>& reading, result<T> answer, moment now) {
    reading.tried_at = now;
    if (answer) {
        reading.value = std::move(*answer);
        reading.read_at = now;
        reading.failure.reset();
    } else {
        reading.failure = std::move(answer.error());
    }
}

} // namespace

// --- Connect --------------------------------------------------------------------------------------------

void connect_observer::use(std::shared_ptr<connect::connect_api> connect) {
    connect_ = std::move(connect);
    ++generation_;
    begun_ = mono_time::min();
}

asio::awaitable<bool> connect_observer::look_at_plugins(model::observed& into) {
    const auto connect = connect_;
    const int generation = generation_;
    auto worker = co_await connect->worker();
    if (generation != generation_) co_return false;
    note(into.worker, std::move(worker), time_.now());
    if (into.worker.failure) {
        into.plugins.failure = into.worker.failure;
        into.plugins.tried_at = into.worker.tried_at;
        co_return false;
    }
    auto plugins = co_await connect->plugins();
    if (generation != generation_) co_return false;
    note(into.plugins, std::move(plugins), time_.now());
    co_return into.plugins.fresh();
}

asio::awaitable<void> connect_observer::look(model::observed& into, bool plugins_too) {
    const auto begun = time_.now().mono;
    const auto connect = connect_;
    const int generation = generation_;
    // Workers that come back may have been upgraded.
    const bool came_back = into.connectors.failure.has_value();
    if (plugins_too || came_back || !into.plugins.fresh()) {
        const bool known = co_await look_at_plugins(into);
        if (generation != generation_) co_return;
        if (!known) {
            into.connectors.failure = into.plugins.failure;
            into.connectors.tried_at = into.plugins.tried_at;
            co_return;
        }
    }
    auto list = co_await connect->connectors();
    if (generation != generation_) co_return; // a reload moved us to another cluster meanwhile
    if (list) begun_ = begun;
    note(into.connectors, std::move(list), time_.now());
}

asio::awaitable<void> connect_observer::look_at_states(model::observed& into) {
    if (!into.connectors.fresh()) co_return;
    const auto connect = connect_;
    const int generation = generation_;
    auto list = co_await connect->statuses();
    if (generation != generation_ || !list) co_return; // the next full look tells what is wrong
    auto& known = *into.connectors.value;
    for (auto& [name, seen] : *list) {
        const auto found = known.find(name);
        if (found != known.end() && seen.status) found->second.status = std::move(seen.status);
    }
    into.connectors.read_at = time_.now();
}

// --- Kafka ----------------------------------------------------------------------------------------------

void topics_observer::use(std::shared_ptr<kafka::topic_admin> topics) {
    topics_ = std::move(topics);
    ++generation_;
    begun_ = mono_time::min();
}

asio::awaitable<void> topics_observer::look(model::observed& into, std::vector<std::string> names) {
    const auto begun = time_.now().mono;
    const auto topics = topics_;
    const int generation = generation_;
    auto answer = co_await topics->describe(std::move(names));
    if (generation != generation_) co_return;
    if (answer) begun_ = begun;
    note(into.topics, std::move(answer), time_.now());
    numbers_.count_request(
        "kafka", "describe_topics", outcome_word(into.topics.failure), time_.now().mono - begun
    );
}

// --- databases ------------------------------------------------------------------------------------------

std::optional<postgres::login> login_of(const model::desired_connector& connector) {
    if (!connector.database) return std::nullopt;
    const auto& db = *connector.database;
    const auto& password = model::reveal(db.password);
    if (model::is_provider_reference(password)) return std::nullopt;
    return postgres::login{db.host, db.port, db.name, db.user, secret(password)};
}

void login_observer::use(std::shared_ptr<postgres::login_probe> logins) {
    logins_ = std::move(logins);
}

asio::awaitable<void>
login_observer::look(model::observed& into, std::shared_ptr<const model::desired> desired) {
    const auto probe = logins_;
    std::vector<std::pair<postgres::login, result<postgres::server_facts>>> asked;
    std::map<std::string, model::reading<bool>> logins;
    for (const auto& connector : desired->connectors) {
        const auto login = login_of(connector);
        if (!login) continue;
        auto known = std::ranges::find(asked, *login, [](const auto& a) { return a.first; });
        if (known == asked.end()) {
            const auto begun = time_.now().mono;
            auto answer = co_await probe->probe(*login);
            const auto kind = connector.role == model::connector_role::source ? "source_db" : "sink_db";
            const auto failure = answer ? std::nullopt : std::optional(answer.error());
            numbers_.count_request(kind, "login", outcome_word(failure), time_.now().mono - begun);
            asked.emplace_back(*login, std::move(answer));
            known = std::prev(asked.end());
        }
        auto reading = into.logins[connector.name];
        const auto works = known->second ? result<bool>(true) : std::unexpected(known->second.error());
        note(reading, works, time_.now());
        logins.emplace(connector.name, std::move(reading));
    }
    into.logins = std::move(logins);
}

} // namespace sluice::control
