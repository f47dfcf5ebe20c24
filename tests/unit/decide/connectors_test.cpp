// What is planned for connectors: every rule of diff.hpp, case by case.
#include "base/sensitive.hpp"
#include "situation.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;
using model::change_kind;
using model::connector_state;
using model::target_state;

namespace {

constexpr auto event_shape = model::consequence::event_shape;
constexpr auto task_restart = model::consequence::task_restart;

const error away{errc::unreachable, "list the connectors of", "http://localhost:8083", "connection refused"};

/// The one change of a plan.
model::change only(const situation& s) {
    const auto changes = s.changes();
    REQUIRE(changes.size() == 1);
    return changes.front();
}

std::vector<std::string> keys_of(const model::change& c) {
    std::vector<std::string> keys;
    for (const auto& k : c.keys) keys.push_back(k.key);
    return keys;
}

} // namespace

TEST_CASE("what is as declared needs no change, and is ok") {
    const situation s;
    const auto d = s.decide();
    CHECK(d.plan.empty());
    REQUIRE(d.verdicts.size() == 1);
    CHECK(d.verdicts[0].status == model::link_status::ok);
    CHECK(d.verdicts[0].in_sync);
}

// --- unknown is never absent -------------------------------------------------------------------------------

TEST_CASE("nothing is planned for connectors on a list that is missing, or that the last look could not renew"
) {
    situation s;
    s.config("shop-source")["max.batch.size"] = "1";                              // would be put back
    s.observed.connectors.value->erase("shop-warehouse");                         // would be created
    s.observed.connectors.value->emplace("old", running(plain_connector("old"))); // would be pruned
    s.memory.connectors["old"].owned = true;
    s.desired.prune = true;
    REQUIRE(s.changes().size() == 3);

    SECTION("stale") {
        s.observed.connectors.failure = away;
    }
    SECTION("failed and never read") {
        s.observed.connectors.value.reset();
        s.observed.connectors.failure = away;
    }
    SECTION("not asked yet") {
        s.observed.connectors = {};
    }
    const auto d = s.decide();
    CHECK(d.plan.empty());
    CHECK(d.undeclared.empty());
}

TEST_CASE("a connector is not created before its topics are known to exist") {
    situation s;
    s.observed.connectors.value->erase("shop-warehouse");

    SECTION("they are there") {
        CHECK(only(s).blocked.empty());
    }
    SECTION("Kafka did not answer at all") {
        s.observed.topics = {};
        CHECK_THAT(only(s).blocked, Contains("Kafka has not answered"));
    }
    SECTION("Kafka answered once, and not at the last look") {
        s.observed.topics.failure = error{errc::timeout, "describe", "kafka", ""};
        CHECK_THAT(only(s).blocked, Contains("Kafka has not answered"));
    }
    SECTION("one is missing: it comes first") {
        s.observed.topics.value->clear();
        const auto changes = s.changes();
        REQUIRE(changes.size() == 2);
        CHECK(changes[0].kind == change_kind::create_topic);
        CHECK(changes[0].blocked.empty());
        CHECK(changes[1].kind == change_kind::create_connector);
        CHECK(changes[1].blocked == "waits for topic shop.public.orders");
    }
    SECTION("it needs none, and Kafka may be away") {
        s.wanted("shop-warehouse").topics.clear();
        s.observed.topics = {};
        CHECK(only(s).blocked.empty());
    }
}

TEST_CASE("a connector that Connect does not show whole yet is waited for") {
    situation s;
    SECTION("without its config nothing is compared") {
        s.seen("shop-source").config.reset();
        s.wanted("shop-source").config["max.batch.size"] = std::string("1");
        s.fail_task("shop-source");
        CHECK(s.changes().empty());
    }
    SECTION("without its status no state is changed, but its config is") {
        s.seen("shop-source").status.reset();
        s.wanted("shop-source").state = target_state::paused;
        s.wanted("shop-source").config["max.batch.size"] = std::string("1");
        CHECK(only(s).kind == change_kind::update_config);
    }
}

// --- who else is there -------------------------------------------------------------------------------------

TEST_CASE("a source is not created beside another that reads its slot or writes its topics") {
    struct row {
        std::string what;
        std::map<std::string, std::string> other; // besides its class
        std::string named;                        // in the reason; empty: no clash
    };
    const std::vector<row> rows{
        {"the same slot of the same server",
         {{"database.hostname", "db"}, {"database.port", "5432"}, {"slot.name", "demo_shop"}},
         "slot demo_shop"},
        {"the same slot on another port",
         {{"database.hostname", "db"}, {"database.port", "5433"}, {"slot.name", "demo_shop"}},
         ""},
        {"the same slot on another host",
         {{"database.hostname", "other"}, {"database.port", "5432"}, {"slot.name", "demo_shop"}},
         ""},
        {"another slot of the same server",
         {{"database.hostname", "db"}, {"database.port", "5432"}, {"slot.name", "x"}},
         ""},
        {"the same prefix, wherever it reads",
         {{"database.hostname", "other"}, {"topic.prefix", "shop"}},
         "prefix shop"},
        {"another prefix", {{"topic.prefix", "shop2"}}, ""},
        {"nothing in common", {}, ""},
    };
    for (const auto& [what, other, named] : rows) {
        INFO(what);
        situation s;
        s.observed.connectors.value->erase("shop-source");
        auto config = other;
        config["connector.class"] = postgres_class;
        s.observed.connectors.value->emplace("theirs", stranger("theirs", config));
        const auto c = only(s);
        CHECK(c.kind == change_kind::create_connector);
        if (named.empty()) {
            CHECK(c.blocked.empty());
        } else {
            CHECK_THAT(c.blocked, Contains("theirs") && Contains(named) && Contains("delete that connector"));
        }
    }
}

TEST_CASE("no clash: another class, a connector whose config is not shown yet, a sink") {
    const std::map<std::string, std::string> same{
        {"database.hostname", "db"},
        {"database.port", "5432"},
        {"slot.name", "demo_shop"},
        {"topic.prefix", "shop"}
    };
    situation s;
    SECTION("another class") {
        s.observed.connectors.value->erase("shop-source");
        auto other = same;
        other["connector.class"] = "io.debezium.connector.mysql.MySqlConnector";
        s.observed.connectors.value->emplace("theirs", stranger("theirs", other));
    }
    SECTION("its config is not shown yet") {
        s.observed.connectors.value->erase("shop-source");
        s.observed.connectors.value->emplace("theirs", stranger("theirs"));
        s.seen("theirs").config.reset();
    }
    SECTION("a sink reads what others read") {
        s.observed.connectors.value->erase("shop-warehouse");
        auto other = *running(sink_connector()).config;
        other.erase("sluice.owner");
        s.observed.connectors.value->emplace("theirs", stranger("theirs", other));
    }
    CHECK(only(s).blocked.empty());
}

TEST_CASE("a link whose connector runs under another name is not created a second time") {
    situation s;
    auto& c = s.wanted("shop-warehouse");
    c.name = "shop-archive"; // as by `connector: shop-archive`
    std::ranges::sort(s.desired.connectors, {}, &model::desired_connector::name);

    SECTION("the old one is there") {
        const auto d = only(s);
        CHECK(d.subject == "shop-archive");
        CHECK_THAT(d.blocked, Contains("shop-warehouse") && Contains("connector: shop-warehouse"));
        CHECK(d.to_accept == std::set{model::consequence::resnapshot});
    }
    SECTION("the old one is gone") {
        s.observed.connectors.value->erase("shop-warehouse");
        CHECK(only(s).blocked.empty());
    }
    SECTION("the old one was never ours") {
        s.memory.connectors["shop-warehouse"].owned = false;
        CHECK(only(s).blocked.empty());
    }
    SECTION("the old one served another link") {
        s.memory.connectors["shop-warehouse"].link.sink = "elsewhere";
        CHECK(only(s).blocked.empty());
    }
}

// --- whose it is -------------------------------------------------------------------------------------------

TEST_CASE("a connector under a declared name is managed if it is ours, else refused with the way out") {
    struct row {
        std::string what, mark;
        bool adopt, was_adopted;
        std::string refusal; // part of it; empty: managed
    };
    const std::vector<row> rows{
        {"our mark", "demo", false, false, ""},
        {"no mark", "", false, false, "set `adopt: true`"},
        {"no mark, adopted now", "", true, false, ""},
        {"no mark, adopted once", "", false, true, ""},
        {"another instance's", "other", false, false, "instance other"},
        {"another instance's, adopted now", "other", true, false, ""},
        {"another instance's, though adopted once", "other", false, true, "instance other"},
    };
    for (const auto& [what, mark, adopt, was_adopted, refusal] : rows) {
        INFO(what);
        situation s;
        s.memory.connectors.clear();
        s.memory.connectors["shop-source"].adopted = was_adopted;
        s.wanted("shop-source").adopt = adopt;
        auto& config = s.config("shop-source");
        config["sluice.owner"] = mark;
        if (mark.empty()) config.erase("sluice.owner");
        config["max.batch.size"] = "1";
        s.status("shop-source").state = connector_state::paused;
        s.fail_task("shop-source");
        const auto d = s.decide();
        if (refusal.empty()) {
            REQUIRE(d.plan.changes.size() == 3); // update, resume, restart
            for (const auto& c : d.plan.changes) CHECK(c.blocked.empty());
            CHECK(d.memory.connectors.at("shop-source").owned);
        } else {
            REQUIRE(d.plan.changes.size() == 1);
            CHECK(d.plan.changes[0].kind == change_kind::update_config);
            CHECK_THAT(d.plan.changes[0].blocked, Contains(refusal));
            CHECK(d.verdicts[0].status == model::link_status::failed);
            CHECK_FALSE(d.memory.connectors.at("shop-source").owned);
        }
    }
}

TEST_CASE("a connector that is not ours is listed as refused even when its config is what we want") {
    situation s;
    s.config("shop-source").erase("sluice.owner");
    s.memory.connectors.clear();
    const auto c = only(s);
    CHECK(c.keys.empty());
    CHECK_THAT(c.blocked, Contains("adopt: true"));
}

// --- drift -------------------------------------------------------------------------------------------------

TEST_CASE("drift is told from a change of the file by what was settled, and reported or corrected as declared"
) {
    enum class known { nothing, this_file, another_file };
    struct row {
        model::drift_policy policy;
        known memory;
        bool is_drift, may_write;
    };
    const std::vector<row> rows{
        {model::drift_policy::correct, known::nothing, false, true},
        {model::drift_policy::correct, known::this_file, true, true},
        {model::drift_policy::correct, known::another_file, false, true},
        {model::drift_policy::report, known::nothing, false, false}, // cannot be told: nothing is overwritten
        {model::drift_policy::report, known::this_file, true, false},
        {model::drift_policy::report, known::another_file, false, true}, // the file moved
    };
    for (const auto& [policy, remembered, is_drift, may_write] : rows) {
        INFO("policy " << static_cast<int>(policy) << ", memory " << static_cast<int>(remembered));
        situation s;
        s.desired.drift = policy;
        auto& settled = s.memory.connectors["shop-source"].settled_digest;
        if (remembered == known::nothing) settled.clear();
        if (remembered == known::another_file) settled = "of an earlier file";
        s.config("shop-source")["max.batch.size"] = "1";
        s.status("shop-source").state = connector_state::stopped;
        const auto changes = s.changes();
        REQUIRE(changes.size() == 2);
        for (const auto& c : changes) {
            CHECK(c.is_drift == is_drift);
            CHECK(c.blocked.empty() == may_write);
            if (!may_write) CHECK_THAT(c.blocked, Contains("sluice apply"));
        }
    }
}

TEST_CASE("a connector that was settled and is gone has drifted: created again, or reported") {
    situation s;
    s.observed.connectors.value->erase("shop-source");
    CHECK(only(s).is_drift);
    CHECK(only(s).because == "it was there and is gone");
    CHECK(only(s).blocked.empty());
    s.desired.drift = model::drift_policy::report;
    CHECK_THAT(only(s).blocked, Contains("drift is reported"));
    s.memory.connectors.clear(); // never seen: it is simply to be made
    CHECK_FALSE(only(s).is_drift);
    CHECK(only(s).blocked.empty());
}

// --- what differs ------------------------------------------------------------------------------------------

TEST_CASE("every key that differs is listed in order, with both sides") {
    situation s;
    auto& config = s.config("shop-source");
    config["max.batch.size"] = "1";                               // another value
    config["zzz.extra"] = "by hand";                              // added by hand: goes
    s.wanted("shop-source").config["aaa.new"] = std::string("7"); // not there yet
    const auto c = only(s);
    CHECK(c.kind == change_kind::update_config);
    REQUIRE(keys_of(c) == std::vector<std::string>{"aaa.new", "max.batch.size", "zzz.extra"});
    CHECK(c.keys[0] == model::key_change{"aaa.new", std::nullopt, "7", false, event_shape});
    CHECK(c.keys[1] == model::key_change{"max.batch.size", "1", "2048", false, task_restart});
    CHECK(c.keys[2] == model::key_change{"zzz.extra", "by hand", std::nullopt, false, event_shape});
}

TEST_CASE("a table that is added to a source says that its rows of before are not copied") {
    const auto with_tables = [](const std::string& tables) {
        situation s;
        s.wanted("shop-source").config["table.include.list"] = std::string(R"(public\.orders)");
        s.realise();
        s.look();
        s.wanted("shop-source").config["table.include.list"] = tables;
        return s;
    };
    auto s = with_tables(R"(public\.orders,public\.items,public\.more)");
    CHECK(only(s).may_run());
    CHECK(only(s).cost == task_restart);
    CHECK_THAT(only(s).because, Contains("public.items, public.more: rows from before are not copied"));
    s.wanted("shop-source").config["snapshot.mode"] = std::string("always"); // then each start copies all
    CHECK(only(s).because.empty());
    CHECK(only(with_tables("")).because.empty()); // of a table that goes, nothing is missing
}

TEST_CASE("`name` and keys of our own are no difference") {
    situation s;
    auto& config = s.config("shop-source");
    config["name"] = "whatever Connect says";
    config["sluice.secrets"] = "{}";
    config["sluice.of-a-later-version"] = "1";
    s.wanted("shop-source").config["sluice.new"] = std::string("1");
    CHECK(s.changes().empty());
}

TEST_CASE("an update waits for the topics that it needs, as a creation does") {
    situation s;
    auto& c = s.wanted("shop-warehouse");
    c.config["topics"] = std::string("shop.public.orders,shop.public.new");
    c.topics.emplace_back("shop.public.new");
    CHECK(only(s).blocked == "waits for topic shop.public.new");
    s.observed.topics.value->emplace("shop.public.new", existing(table_topic("shop.public.new")));
    CHECK(only(s).blocked.empty());
}

// --- secrets -----------------------------------------------------------------------------------------------

TEST_CASE("a secret that comes back in clear is compared as it is") {
    situation s;
    s.config("shop-source")["database.password"] = "the old one";
    const auto c = only(s);
    CHECK(c.keys == std::vector<model::key_change>{{"database.password", {}, {}, true, task_restart}});
}

TEST_CASE("a secret that comes back masked is compared by its hash, and left alone where there is none") {
    for (const std::string mask : {"••••••••", "•", "****", "************", "[hidden]"}) {
        INFO(mask);
        situation s;
        s.config("shop-source")["database.password"] = mask;
        CHECK(s.changes().empty()); // no hash known: nothing is written on a guess
        s.secrets[{"shop-source", "database.password"}] = true;
        CHECK(s.changes().empty());
        s.secrets[{"shop-source", "database.password"}] = false;
        CHECK(
            only(s).keys == std::vector<model::key_change>{{"database.password", {}, {}, true, task_restart}}
        );
    }
    for (const std::string plain : {"", "***", "hidden", "•*", "*a**", "• "}) CHECK_FALSE(is_masked(plain));
}

TEST_CASE("a key is one of a secret by its name") {
    for (const std::string key :
         {"database.password",
          "connection.password",
          "DATABASE.PASSWORD",
          "ssl.keystore.password",
          "sasl.jaas.config",
          "api.token",
          "client.secret",
          "aws.credentials",
          "ssl.private.key",
          "x.passphrase",
          "db.passwd"})
        CHECK(decide::is_secret_key(key));
    for (const std::string key : {"database.user", "topics", "key.converter", "pass", "private", "keys"})
        CHECK_FALSE(decide::is_secret_key(key));
}

TEST_CASE("no value of a secret is ever in a plan: created, changed, added or taken away") {
    const std::string ours = "our-secret-value";
    const std::string theirs = "their-secret-value";
    situation s;
    auto& source = s.wanted("shop-source");
    source.config["database.password"] = secret(ours);
    source.config["signal.token"] = ours; // plain text under a secret's name
    source.config["api.password"] = std::string("${file:/run/secrets:api}"); // only a reference: may be seen
    s.config("shop-source")["database.password"] = theirs;
    s.config("shop-source")["old.password"] = theirs; // goes
    auto& sink = s.wanted("shop-warehouse");
    sink.config["connection.password"] = secret(ours);
    s.observed.connectors.value->erase("shop-warehouse"); // is created
    bool shows_reference = false;
    for (const auto& c : s.changes()) {
        INFO(c.subject);
        for (const auto& k : c.keys) {
            INFO(k.key);
            CHECK_THAT(k.before.value_or(""), !Contains(theirs));
            CHECK_THAT(k.after.value_or(""), !Contains(ours));
            CHECK((k.key.find("password") == std::string::npos || k.key == "api.password" || k.is_secret));
            shows_reference = shows_reference || k.after == "${file:/run/secrets:api}";
        }
        CHECK_THAT(c.because + c.blocked, !Contains(theirs) && !Contains(ours));
    }
    CHECK(shows_reference);
}

TEST_CASE("what was written as a secret stays hidden when the file drops its key or gives it another value") {
    const std::string former = "topsecretvalue9";
    situation s;
    auto& seen = s.config("shop-source");
    seen["opt"] = former;
    seen["sluice.secrets"] = R"({"salt":"abc","database.password":"h1","opt":"h2"})";

    SECTION("dropped") {}
    SECTION("a literal now") {
        s.wanted("shop-source").config["opt"] = std::string("in clear");
    }
    SECTION("a reference now, which only Connect resolves") {
        s.wanted("shop-source").config["opt"] = std::string("${file:/run/secrets:opt}");
    }
    const auto change = only(s);
    REQUIRE(change.keys.size() == 1);
    CHECK(change.keys[0].key == "opt");
    CHECK(change.keys[0].is_secret);
    CHECK_FALSE(change.keys[0].before);
    CHECK_FALSE(change.keys[0].after);
}

TEST_CASE("a record of secrets that is not ours hides nothing, and keeps nothing from being compared") {
    situation s;
    s.config("shop-source")["opt"] = "theirs";
    s.config("shop-source")["sluice.secrets"] = GENERATE("", "{", "[1]", "{\"salt\":\"abc\"}");
    const auto change = only(s);
    REQUIRE(change.keys.size() == 1);
    CHECK(change.keys[0].before == "theirs");
}

TEST_CASE("the digest of what is desired knows every key and the state, but no secret and no key of ours") {
    const auto base = source_connector();
    const auto digest_with = [&](auto change) {
        auto c = base;
        change(c);
        return decide::digest(c);
    };
    const auto same = decide::digest(base);
    CHECK(same.find("password") == std::string::npos);
    CHECK(digest_with([](auto& c) { c.config["database.password"] = secret("another"); }) == same);
    CHECK(digest_with([](auto& c) { c.config["sluice.secrets"] = std::string("x"); }) == same);
    CHECK(digest_with([](auto& c) { c.config["max.batch.size"] = std::string("1"); }) != same);
    CHECK(digest_with([](auto& c) { c.config.erase("max.batch.size"); }) != same);
    CHECK(digest_with([](auto& c) { c.state = target_state::paused; }) != same);
    CHECK(digest_with([](auto& c) { c.name = "another"; }) != same);
    const auto digest_with_url = [&](std::string url) {
        return digest_with([&](auto& c) { c.config["some.url"] = url; });
    };
    CHECK(digest_with_url("jdbc:x://a?password=one") == digest_with_url("jdbc:x://a?password=another"));
    CHECK(digest_with_url("jdbc:x://a?password=one") != digest_with_url("jdbc:x://b?password=one"));
}

// --- states ------------------------------------------------------------------------------------------------

TEST_CASE("a state is changed from where it is to what is declared, and left alone while Connect moves it") {
    struct row {
        target_state target;
        connector_state is;
        std::optional<change_kind> kind;
    };
    using enum change_kind;
    const std::vector<row> rows{
        {target_state::running, connector_state::running, {}},
        {target_state::running, connector_state::paused, resume},
        {target_state::running, connector_state::stopped, resume},
        {target_state::running, connector_state::unassigned, {}},
        {target_state::running, connector_state::restarting, {}},
        {target_state::running, connector_state::unknown, {}},
        {target_state::paused, connector_state::running, pause},
        {target_state::paused, connector_state::paused, {}},
        {target_state::paused, connector_state::stopped, pause},
        {target_state::paused, connector_state::failed, {}}, // a pause does not take hold of it
        {target_state::paused, connector_state::unassigned, {}},
        {target_state::paused, connector_state::unknown, {}},
        {target_state::stopped, connector_state::running, stop},
        {target_state::stopped, connector_state::paused, stop},
        {target_state::stopped, connector_state::stopped, {}},
        {target_state::stopped, connector_state::failed, stop},
        {target_state::stopped, connector_state::unassigned, {}},
        {target_state::stopped, connector_state::restarting, {}},
        {target_state::stopped, connector_state::unknown, {}},
    };
    for (const auto& [target, is, kind] : rows) {
        INFO(model::to_string(target) << " wanted, " << model::to_string(is));
        situation s;
        s.wanted("shop-source").state = target;
        s.status("shop-source").state = is;
        const auto changes = s.changes();
        REQUIRE(changes.size() == (kind ? 1 : 0));
        if (!kind) continue;
        CHECK(changes[0].kind == *kind);
        CHECK(changes[0].cost == model::consequence::none);
        CHECK_THAT(changes[0].because, Contains(std::string(model::to_string(is))));
    }
}

TEST_CASE("a failed connector that is declared running is restarted, not resumed") {
    situation s;
    s.status("shop-source").state = connector_state::failed;
    CHECK(only(s).kind == change_kind::restart_failed);
}
