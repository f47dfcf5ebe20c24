#include "control/secret_hashes.hpp"
#include "support/async.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;

namespace {

/// A world that counts its hashing, and does nothing else.
class hashing_world final : public control::adapters {
public:
    std::vector<std::pair<std::string, std::string>> hashed;

    std::shared_ptr<connect::connect_api> connect(const model::connect_cluster&) override { return nullptr; }
    std::shared_ptr<kafka::topic_admin> topics(const model::kafka_cluster&) override { return nullptr; }
    std::shared_ptr<kafka::connect_group_reader> connect_groups(const model::kafka_cluster&) override {
        return nullptr;
    }
    std::shared_ptr<postgres::login_probe> logins() override { return nullptr; }
    awaitable<std::vector<std::string>> hash_secrets(std::vector<std::pair<secret, std::string>> work
    ) override {
        std::vector<std::string> hashes;
        for (const auto& [value, salt] : work) {
            hashed.emplace_back(value.reveal(), salt);
            hashes.push_back("hash-of-" + value.reveal() + salt);
        }
        co_return hashes;
    }
};

struct fixture {
    hashing_world world;
    control::secret_hashes hashes{world};

    std::string record(const model::config_map& config) {
        std::string text;
        auto body = [&]() -> awaitable<void> { text = co_await hashes.record_for(config); };
        run_async(body);
        return text;
    }

    decide::secret_matches compare(const model::desired& desired, const model::connector_list& observed) {
        decide::secret_matches matches;
        auto body = [&]() -> awaitable<void> { matches = co_await hashes.compare(desired, observed); };
        run_async(body);
        return matches;
    }
};

model::desired with_password(const std::string& value) {
    model::desired d;
    model::desired_connector c;
    c.name = "x";
    c.config = {{"database.password", secret(value)}, {"topics", std::string("t")}};
    d.connectors = {c};
    return d;
}

model::connector_list listed(std::map<std::string, std::string> config) {
    model::observed_connector c;
    c.name = "x";
    c.config = std::move(config);
    return {{"x", c}};
}

const std::pair<std::string, std::string> password{"x", "database.password"};

} // namespace

TEST_CASE("the record of a config names its salt and the hash of every secret, and no value") {
    fixture f;
    const auto text =
        f.record({{"a.password", secret("one")}, {"b.password", secret("two")}, {"topics", std::string("t")}}
        );
    const auto record = boost::json::parse(text).as_object();
    CHECK(record.size() == 3);
    const std::string salt(record.at("salt").as_string());
    CHECK(salt.size() == 32);
    CHECK(record.at("a.password") == boost::json::value("hash-of-one" + salt));
    CHECK(record.at("b.password") == boost::json::value("hash-of-two" + salt));
}

TEST_CASE("a config without a secret has no record, and nothing is hashed for it") {
    fixture f;
    CHECK(f.record({{"topics", std::string("t")}, {"password", std::string("${file:/a:b}")}}).empty());
    CHECK(f.world.hashed.empty());
}

TEST_CASE("each value is hashed once for each salt") {
    fixture f;
    f.record({{"a.password", secret("same")}, {"b.password", secret("same")}});
    f.record({{"c.password", secret("same")}, {"d.password", secret("another")}});
    CHECK(f.world.hashed.size() == 2);
}

TEST_CASE("a masked secret fits when the hash that its connector carries is that of ours") {
    fixture f;
    const auto record = f.record({{"database.password", secret("right")}});
    const auto observed = listed({{"database.password", "••••••••"}, {"sluice.secrets", record}});
    CHECK(f.compare(with_password("right"), observed) == decide::secret_matches{{password, true}});
    CHECK(f.compare(with_password("wrong"), observed) == decide::secret_matches{{password, false}});
}

TEST_CASE("a record of another process fits too: its salt is the one that it names") {
    fixture f;
    const auto observed = listed(
        {{"database.password", "****"},
         {"sluice.secrets", R"({"salt":"abc","database.password":"hash-of-rightabc"})"}}
    );
    CHECK(f.compare(with_password("right"), observed).at(password));
    CHECK_FALSE(f.compare(with_password("wrong"), observed).at(password));
    f.compare(with_password("right"), observed);
    CHECK(f.world.hashed.size() == 2);
}

TEST_CASE("a hash is known as long as it is asked for, and forgotten when it was not between two comparisons"
) {
    fixture f;
    const auto observed = listed(
        {{"database.password", "****"},
         {"sluice.secrets", R"({"salt":"abc","database.password":"hash-of-rightabc"})"}}
    );
    const auto asks = [&](const std::string& value) {
        const auto before = f.world.hashed.size();
        f.compare(with_password(value), observed);
        return f.world.hashed.size() - before;
    };
    CHECK(asks("old") == 1);
    for (int look = 0; look < 5; ++look) CHECK(asks("old") == 0);
    CHECK(asks("new") == 1); // the file was changed
    CHECK(asks("new") == 0);
    CHECK(asks("old") == 1);

    // A write that is tried again soon needs no other hashing; much later it does.
    const model::config_map config{{"a.password", secret("written")}};
    f.record(config);
    f.compare(with_password("old"), {});
    f.record(config);
    CHECK(f.world.hashed.size() == 4);
    for (int look = 0; look < 3; ++look) f.compare(with_password("old"), {});
    f.record(config);
    CHECK(f.world.hashed.size() == 5);
}

TEST_CASE("a salt that ends like a value does not make two questions one") {
    fixture f;
    const auto with_salt = [](const std::string& salt) {
        return listed(
            {{"database.password", "****"},
             {"sluice.secrets", R"({"salt":")" + salt + R"(","database.password":"h"})"}}
        );
    };
    f.compare(with_password("c:d"), with_salt("a:b"));
    f.compare(with_password("b:c:d"), with_salt("a"));
    CHECK(f.world.hashed.size() == 2);
}

TEST_CASE("nothing is concluded where there is nothing to compare") {
    const std::string record = R"({"salt":"abc","database.password":"hash-of-rightabc"})";
    struct row {
        std::string what;
        std::map<std::string, std::string> config;
    };
    const std::vector<row> rows{
        {"the value is shown", {{"database.password", "right"}, {"sluice.secrets", record}}},
        {"the key is not there", {{"sluice.secrets", record}}},
        {"no record", {{"database.password", "••••"}}},
        {"a record that is none", {{"database.password", "••••"}, {"sluice.secrets", "{broken"}}},
        {"a record that is a list", {{"database.password", "••••"}, {"sluice.secrets", "[]"}}},
        {"a masked record", {{"database.password", "••••"}, {"sluice.secrets", "••••"}}},
        {"no salt", {{"database.password", "••••"}, {"sluice.secrets", R"({"database.password":"h"})"}}},
        {"a hash of another kind",
         {{"database.password", "••••"}, {"sluice.secrets", R"({"salt":"abc","database.password":7})"}}},
        {"a hash of another key",
         {{"database.password", "••••"}, {"sluice.secrets", R"({"salt":"abc","x.password":"h"})"}}},
    };
    for (const auto& [what, config] : rows) {
        INFO(what);
        fixture f;
        CHECK(f.compare(with_password("right"), listed(config)).empty());
        CHECK(f.world.hashed.empty());
    }
    fixture f;
    CHECK(f.compare(with_password("right"), {}).empty());
    auto without_config = listed({});
    without_config.at("x").config.reset();
    CHECK(f.compare(with_password("right"), without_config).empty());
}
