// Looking at the databases: each distinct login once, many at a time.
#include "control/observers.hpp"
#include "support/sim/sim_time.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;

namespace {

/// Databases of which some do not answer within five seconds; it counts who asks at a time.
class slow_databases final : public postgres::login_probe {
public:
    explicit slow_databases(sim_time& time) : time_(time) {}

    std::map<std::string, milliseconds> silent; // by host: how long until it counts as away
    std::string throws_at;                      // a host
    std::vector<std::string> asked;             // hosts
    int under_way = 0;
    int most_under_way = 0;

    awaitable<result<postgres::server_facts>> probe(postgres::login who) override {
        asked.push_back(who.host);
        most_under_way = std::max(most_under_way, ++under_way);
        const auto found = silent.find(who.host);
        const auto takes = found == silent.end() ? milliseconds(10) : found->second;
        co_await time_.sleep(takes);
        --under_way;
        if (who.host == throws_at) throw std::runtime_error("out of handles");
        if (found != silent.end()) co_return fail(errc::timeout, "log in to", who.host, "no answer");
        co_return postgres::server_facts{160009};
    }

private:
    sim_time& time_;
};

struct bench {
    bench() { observer.use(databases); }

    void declare(
        const std::string& name,
        const std::string& host,
        model::connector_role role = model::connector_role::sink
    ) {
        model::desired_connector c;
        c.name = name;
        c.role = role;
        c.database = model::database{host, 5432, "db", "user", secret("password")};
        desired->connectors.push_back(c);
    }

    /// The virtual time that a look takes.
    std::chrono::steady_clock::duration look() {
        const auto begun = time.now().mono;
        const std::shared_ptr<const model::desired> asked = desired;
        auto body = [&]() -> awaitable<void> { co_await observer.look(seen, asked); };
        run_in(time, context, std::move(body));
        return time.now().mono - begun;
    }

    boost::asio::io_context context{1};
    sim_time time{context};
    std::shared_ptr<slow_databases> databases = std::make_shared<slow_databases>(time);
    control::telemetry numbers;
    control::login_observer observer{time, numbers};
    std::shared_ptr<model::desired> desired = std::make_shared<model::desired>();
    model::observed seen;
};

} // namespace

TEST_CASE("databases that do not answer are waited for side by side, sixteen at a time") {
    bench b;
    for (int i = 0; i < 40; ++i) {
        const auto host = "host-" + std::to_string(i);
        b.declare("c" + std::to_string(i), host);
        b.databases->silent[host] = seconds(5);
    }
    b.declare("works", "well");
    CHECK(b.look() <= seconds(15)); // 16, 16 and 9
    CHECK(b.databases->most_under_way == 16);
    CHECK(b.databases->asked.size() == 41);
    REQUIRE(b.seen.logins.size() == 41);
    CHECK(b.seen.logins.at("works").fresh());
    CHECK(b.seen.logins.at("c7").failure->subject == "host-7");
}

TEST_CASE("connectors with the same login share one, and what is known of a connector is kept when it fails"
) {
    bench b;
    b.declare("a", "one", model::connector_role::source);
    b.declare("b", "one");
    b.declare("c", "two");
    b.look();
    CHECK(b.databases->asked == std::vector<std::string>{"one", "two"});
    CHECK(b.numbers.requests.at({"source_db", "login", "ok"}) == 1);
    CHECK(b.numbers.requests.at({"sink_db", "login", "ok"}) == 1);
    const auto worked_at = b.seen.logins.at("b").read_at;

    b.databases->silent["one"] = seconds(5);
    b.desired->connectors.pop_back(); // c is not declared any more
    b.look();
    REQUIRE(b.seen.logins.size() == 2);
    for (const auto* name : {"a", "b"}) {
        const auto& login = b.seen.logins.at(name);
        CHECK(login.failure->code == errc::timeout);
        CHECK(login.value == true);
        CHECK(login.read_at == worked_at);
        CHECK(login.tried_at == b.time.now());
    }
}

TEST_CASE("a connector without a database of ours is not asked for") {
    bench b;
    model::desired_connector plain;
    plain.name = "plain";
    b.desired->connectors.push_back(plain);
    b.declare("referred", "one");
    b.desired->connectors.back().database->password = std::string("${file:/run/secrets:p}");
    CHECK(b.look() == seconds(0));
    CHECK(b.databases->asked.empty());
    CHECK(b.seen.logins.empty());
}

TEST_CASE("a login that ends by an exception ends the look, and what was known stays") {
    bench b;
    b.declare("a", "one");
    b.look();
    const auto before = b.seen;
    b.declare("b", "two");
    b.databases->throws_at = "two";
    CHECK_THROWS_WITH(b.look(), "out of handles");
    CHECK(b.seen == before);
}

TEST_CASE("a look that is cancelled leaves no login under way") {
    bench b;
    b.declare("a", "one");
    b.databases->silent["one"] = std::chrono::hours(1);
    boost::asio::cancellation_signal stop;
    bool ended = false;
    const std::shared_ptr<const model::desired> asked = b.desired;
    auto body = [&]() -> awaitable<void> { co_await b.observer.look(b.seen, asked); };
    auto on_end = [&](const std::exception_ptr& failure) { ended = failure != nullptr; };
    boost::asio::co_spawn(b.context, body, boost::asio::bind_cancellation_slot(stop.slot(), on_end));
    b.time.run_for(seconds(1));
    REQUIRE(b.databases->under_way == 1);
    stop.emit(boost::asio::cancellation_type::terminal);
    b.time.run_for(seconds(1));
    CHECK(ended);
    CHECK(b.databases.use_count() == 2); // the test's and the observer's: nobody asks any more
    CHECK(b.seen.logins.empty());
}
