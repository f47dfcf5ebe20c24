#include "control/observers.hpp"

#include "base/scope.hpp"
#include "debezium/database_tls.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

std::string outcome_word(const std::optional<error>& failure) {
    return failure ? std::string(to_string(failure->code)) : "ok";
}

template <class T>
void note_success(model::reading<T>& reading, moment now) {
    reading.tried_at = reading.read_at = now;
    reading.failure.reset();
}

template <class T>
void note_failure(model::reading<T>& reading, error why, moment now) {
    reading.tried_at = now;
    reading.failure = std::move(why);
}

template <class T>
void note(model::reading<T>& reading, result<T> answer, moment now) {
    if (!answer) return note_failure(reading, std::move(answer.error()), now);
    reading.value = std::move(*answer);
    note_success(reading, now);
}

/// Whether it was another than before.
template <class T>
bool replace(std::optional<T>& known, T now) {
    if (known && *known == now) return false;
    known = std::move(now);
    return true;
}

} // namespace

// --- Connect --------------------------------------------------------------------------------------------

void connect_observer::use(std::shared_ptr<connect::connect_api> connect) {
    connect_ = std::move(connect);
    ++generation_;
    begun_ = mono_time::min();
    number_ = 0;
    ++changes_;
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
    auto answer = co_await connect->connectors_since(number_);
    if (generation != generation_) co_return; // a reload moved us to another cluster meanwhile
    if (answer) begun_ = begun;
    note_list(into.connectors, std::move(answer));
}

void connect_observer::note_list(
    model::reading<model::connector_list>& reading, result<connect::numbered_list> answer
) {
    const auto now = time_.now();
    if (!answer) return note_failure(reading, std::move(answer.error()), now);
    number_ = answer->number;
    if (answer->list && replace(reading.value, std::move(*answer->list))) ++changes_;
    note_success(reading, now);
}

asio::awaitable<void> connect_observer::look_at_states(model::observed& into) {
    if (!into.connectors.fresh()) co_return;
    const auto connect = connect_;
    const int generation = generation_;
    auto list = co_await connect->statuses();
    if (generation != generation_ || !list) co_return; // the next full look tells what is wrong
    auto& known = *into.connectors.value;
    bool moved = false;
    for (auto& [name, seen] : *list) {
        const auto found = known.find(name);
        if (found == known.end() || !seen.status) continue;
        if (replace(found->second.status, std::move(*seen.status))) moved = true;
    }
    if (moved) {
        number_ = 0;
        ++changes_;
    }
    into.connectors.read_at = time_.now();
}

// --- Kafka ----------------------------------------------------------------------------------------------

void topics_observer::use(std::shared_ptr<kafka::topic_admin> topics) {
    topics_ = std::move(topics);
    ++generation_;
    begun_ = mono_time::min();
    ++changes_;
}

asio::awaitable<void> topics_observer::look(model::observed& into, std::vector<std::string> names) {
    const auto begun = time_.now().mono;
    const auto topics = topics_;
    const int generation = generation_;
    auto answer = co_await topics->describe(std::move(names));
    if (generation != generation_) co_return;
    const auto now = time_.now();
    if (answer) {
        begun_ = begun;
        if (replace(into.topics.value, std::move(*answer))) ++changes_;
        note_success(into.topics, now);
    } else {
        note_failure(into.topics, std::move(answer.error()), now);
    }
    numbers_.count_request("kafka", "describe_topics", outcome_word(into.topics.failure), now.mono - begun);
}

// --- the workers' group ---------------------------------------------------------------------------------

void group_observer::use(std::shared_ptr<kafka::connect_group_reader> groups, std::string group_id) {
    groups_ = std::move(groups);
    group_id_ = std::move(group_id);
    ++generation_;
}

asio::awaitable<void> group_observer::look(model::observed& into) {
    const auto begun = time_.now().mono;
    const auto groups = groups_;
    const int generation = generation_;
    auto answer = co_await groups->read(group_id_);
    if (generation != generation_) co_return;
    note(into.group, std::move(answer), time_.now());
    numbers_.count_request("kafka", "read_group", outcome_word(into.group.failure), time_.now().mono - begun);
}

// --- databases ------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t logins_at_a_time = 16;

/// A look that is cancelled takes its children with it.
struct cancelled_at_end {
    scope& children;
    ~cancelled_at_end() { children.cancel(); }
};

} // namespace

std::optional<postgres::login> login_of(const model::desired_connector& connector) {
    if (!connector.database) return std::nullopt;
    const auto& db = *connector.database;
    const auto& password = model::reveal(db.password);
    if (model::is_provider_reference(password)) return std::nullopt;
    return postgres::login{db.host, db.port, db.name, db.user, secret(password), debezium::tls_of(connector)};
}

void login_observer::use(std::shared_ptr<postgres::login_probe> logins) {
    logins_ = std::move(logins);
}

/// The logins of one look. Shared with those that ask, which a look that is cancelled leaves behind.
struct login_observer::round {
    struct question {
        postgres::login who;
        std::string_view kind; // of the first connector that asks
        std::optional<result<postgres::server_facts>> answer;
        moment answered_at{};
    };

    std::shared_ptr<postgres::login_probe> probe;
    std::vector<question> questions;
    std::map<std::string, std::size_t> by_connector; // its question
    std::size_t next = 0;                            // to be asked

    void add(const model::desired_connector& connector) {
        auto who = login_of(connector);
        if (!who) return;
        const auto known = std::ranges::find(questions, *who, &question::who);
        by_connector.emplace(connector.name, static_cast<std::size_t>(known - questions.begin()));
        if (known != questions.end()) return;
        const bool is_source = connector.role == model::connector_role::source;
        questions.push_back({std::move(*who), is_source ? "source_db" : "sink_db", {}, {}});
    }
};

asio::awaitable<void> login_observer::ask_next(std::shared_ptr<round> all) {
    while (all->next < all->questions.size()) {
        auto& question = all->questions[all->next++];
        const auto begun = time_.now().mono;
        auto answer = co_await all->probe->probe(question.who);
        const auto failure = answer ? std::nullopt : std::optional(answer.error());
        question.answered_at = time_.now();
        numbers_.count_request(
            std::string(question.kind), "login", outcome_word(failure), question.answered_at.mono - begun
        );
        question.answer = std::move(answer);
    }
}

asio::awaitable<void>
login_observer::look(model::observed& into, std::shared_ptr<const model::desired> desired) {
    const auto all = std::make_shared<round>();
    all->probe = logins_;
    for (const auto& connector : desired->connectors) all->add(connector);
    std::string failure;
    const auto note_failure = [&failure](const std::string&, const std::string& what) { failure = what; };
    const auto executor = co_await asio::this_coro::executor;
    scope asking(executor, time_, note_failure);
    const cancelled_at_end whatever_happens{asking};
    const auto askers = std::min(all->questions.size(), logins_at_a_time);
    for (std::size_t i = 0; i < askers; ++i) asking.spawn("login", ask_next(all));
    // Each login has a deadline of its own.
    while (!asking.running().empty()) co_await asking.join(seconds(60));
    if (!failure.empty()) throw std::runtime_error(failure);
    std::map<std::string, model::reading<bool>> logins;
    for (const auto& [connector, number] : all->by_connector) {
        const auto& question = all->questions[number];
        const auto works = *question.answer ? result<bool>(true) : std::unexpected(question.answer->error());
        auto reading = into.logins[connector];
        note(reading, works, question.answered_at);
        logins.emplace(connector, std::move(reading));
    }
    into.logins = std::move(logins);
}

} // namespace sluice::control
