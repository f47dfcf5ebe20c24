#include "control/config_validation.hpp"
#include "counting_connect.hpp"
#include "support/async.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;

namespace {

model::desired_connector source() {
    model::desired_connector c;
    c.name = "shop-source";
    c.plugin = "org.example.Source";
    c.config = {
        {"connector.class", std::string("org.example.Source")},
        {"database.hostname", std::string("db")},
        {"database.password", std::string("${file:/run/secrets:password}")},
    };
    c.database = model::database{"db", 5432, "source_db", "cdc_user", c.config["database.password"]};
    return c;
}

struct asked {
    boost::asio::io_context context{1};
    sim_time time{context};
    counting_connect connect{time};

    result<void> validate(const model::desired_connector& wanted) {
        result<void> outcome;
        auto body = [&]() -> boost::asio::awaitable<void> {
            auto answer = co_await control::validate_config(connect, wanted);
            outcome = std::move(answer);
        };
        run_async(context, body);
        return outcome;
    }
};

} // namespace

TEST_CASE("a config without complaints is valid, and was asked about whole, under its name") {
    asked a;
    CHECK(a.validate(source()));
    CHECK(a.connect.calls == std::vector<std::string>{"validate org.example.Source"});
    const auto& config = a.connect.configs.at("validated");
    CHECK(model::reveal(config.at("name")) == "shop-source");
    CHECK(config.size() == 4);
}

TEST_CASE("a complaint about the login alone is the database's, names it, and is worth another try") {
    for (const std::string key : {"database.hostname", "database.port", "database.user", "database.dbname"}) {
        INFO(key);
        asked a;
        a.connect.complaints = {{key, {"Unable to connect: FATAL: password authentication failed"}}};
        const auto outcome = a.validate(source());
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().code == errc::unreachable);
        CHECK(outcome.error().hint() == retry::retriable);
        CHECK(outcome.error().subject == "db:5432/source_db");
        CHECK_THAT(
            outcome.error().detail, Contains("password authentication failed") && Contains("tried again")
        );
    }
}

TEST_CASE("any other complaint is a refusal, key by key") {
    asked a;
    a.connect.complaints = {
        {"max.batch.size", {"must be a number", "must not be negative"}},
        {"database.hostname", {"cannot connect"}}
    };
    const auto outcome = a.validate(source());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::refused);
    CHECK(outcome.error().hint() == retry::needs_change);
    CHECK(outcome.error().subject == "shop-source");
    CHECK(
        outcome.error().detail == "max.batch.size: must be a number; max.batch.size: must not be negative; "
                                  "database.hostname: cannot connect"
    );
}

TEST_CASE("a complaint about a value that only Connect can resolve is left to the connector's start") {
    asked a;
    a.connect.complaints = {{"database.password", {"Unable to connect"}}};
    CHECK(a.validate(source()));
    auto literal = source();
    literal.config["database.password"] = secret("literal");
    CHECK_FALSE(a.validate(literal));
    a.connect.complaints.push_back({"max.batch.size", {"must be a number"}});
    const auto outcome = a.validate(source());
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().detail == "max.batch.size: must be a number");
}

TEST_CASE("of a connector without a database a complaint about a host is an ordinary one") {
    asked a;
    a.connect.complaints = {{"database.hostname", {"cannot connect"}}};
    auto plain = source();
    plain.database.reset();
    CHECK(a.validate(plain).error().code == errc::refused);
}

TEST_CASE("a validation that cannot be asked for says why itself") {
    asked a;
    a.connect.validation_fails = error{errc::timeout, "validate at", "http://localhost:8083", "no answer"};
    CHECK(a.validate(source()).error() == *a.connect.validation_fails);
}
