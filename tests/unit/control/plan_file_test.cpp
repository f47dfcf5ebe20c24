#include "control/plan_file.hpp"
#include "decide/acceptance.hpp"

#include <catch2/catch.hpp>
#include <rapidcheck.h>

#include <algorithm>

using namespace sluice;
using namespace sluice::control;
using Catch::Contains;
using model::change;
using model::change_kind;
using model::consequence;

namespace {

change update(const std::string& subject, const std::string& key, std::optional<std::string> before) {
    change c;
    c.kind = change_kind::update_config;
    c.subject = subject;
    c.link = {"shop", ""};
    c.cost = consequence::new_slot;
    c.keys = {{key, std::move(before), "new", false, consequence::new_slot}};
    c.keys.push_back({"zz.password", {}, {}, true, consequence::task_restart});
    c.id = decide::id_of(c);
    return c;
}

model::desired desired() {
    model::desired d;
    d.instance = "demo";
    model::desired_connector c;
    c.name = "shop-source";
    c.config = {{"slot.name", std::string("new")}, {"zz.password", secret("hunter2hunter2")}};
    d.connectors = {c};
    model::desired_topic t;
    t.name = "cdc.public.orders";
    d.topics = {t};
    return d;
}

plan_file sample() {
    plan_file p;
    p.instance = "demo";
    p.file = "/etc/sluice/pipeline.yaml";
    p.made_at = wall_time(std::chrono::milliseconds(1'790'000'000'123));
    p.accepted = {consequence::new_slot, consequence::remove};
    p.prune = true;
    p.wishes = wishes_of(desired());
    p.changes = {update("shop-source", "slot.name", "old")};
    return p;
}

std::vector<std::string> moved(const model::desired& now, const std::vector<change>& changes) {
    return what_moved(sample(), now, model::plan{changes});
}

} // namespace

TEST_CASE("a plan file is read as it was written") {
    const auto read = plan_file_from(to_text(sample()));
    REQUIRE(read);
    CHECK(*read == sample());
}

TEST_CASE("any change that a plan can hold survives the file") {
    const bool holds = rc::check([] {
        auto plan = sample();
        auto& c = plan.changes[0];
        c.kind =
            static_cast<change_kind>(*rc::gen::inRange(0, static_cast<int>(change_kind::delete_connector) + 1)
            );
        RC_PRE(c.kind != change_kind::restart_all); // asked for by a person, never planned
        c.subject = *rc::gen::string<std::string>();
        std::erase_if(c.subject, [](char x) { return x <= 0; }); // Connect speaks UTF-8
        if (*rc::gen::arbitrary<bool>()) c.keys[0].before = std::nullopt;
        if (*rc::gen::arbitrary<bool>()) c.keys[0].after = "";
        c.id = decide::id_of(c);
        const auto read = plan_file_from(to_text(plan));
        RC_ASSERT(read.has_value());
        RC_ASSERT(*read == plan);
    });
    CHECK(holds);
}

TEST_CASE("a plan file holds no secret, and no digest of one") {
    auto other = desired();
    other.connectors[0].config["zz.password"] = secret("another");
    CHECK(wishes_of(other) == wishes_of(desired()));
    CHECK_THAT(to_text(sample()), !Contains("hunter2"));
}

TEST_CASE("what is no plan file, or was changed by hand, is refused with the reason") {
    CHECK_THAT(plan_file_from("name: demo\n").error().message(), Contains("sluice plan --out"));
    CHECK_THAT(plan_file_from("{}").error().message(), Contains("sluice plan --out"));
    auto text = to_text(sample());
    const auto with = [&](const std::string& what, const std::string& other) {
        auto changed = text;
        changed.replace(changed.find(what), what.size(), other);
        return plan_file_from(changed);
    };
    CHECK_THAT(with("\"version\":1", "\"version\":2").error().message(), Contains("version 2"));
    CHECK_THAT(
        with("\"after\":\"new\"", "\"after\":\"evil\"").error().message(), Contains("not as it was written")
    );
    CHECK_THAT(
        with("\"kind\":\"update\"", "\"kind\":\"drop\"").error().message(), Contains("unknown kind drop")
    );
}

TEST_CASE("nothing moved as long as the same changes lead from the same state to the same wish") {
    auto planned = sample().changes;
    CHECK(moved(desired(), planned).empty());
    planned[0].hold(model::obstacle::order, "waits"); // that it has to wait is no other change
    change restart;
    restart.kind = change_kind::restart_failed;
    restart.subject = "shop-source";
    planned.push_back(restart);
    CHECK(moved(desired(), planned).empty());
}

TEST_CASE("what moved is told by name") {
    const auto one = [](const std::vector<std::string>& sentences) {
        REQUIRE(sentences.size() == 1);
        return sentences[0];
    };
    auto now = desired();
    const auto same = sample().changes;
    SECTION("the file wants a connector otherwise") {
        now.connectors[0].config["slot.name"] = std::string("third");
        CHECK_THAT(one(moved(now, same)), Contains("wants connector shop-source otherwise"));
    }
    SECTION("the file names one more, or one less") {
        now.topics[0].name = "cdc.public.products";
        const auto sentences = moved(now, same);
        REQUIRE(sentences.size() == 2);
        CHECK_THAT(sentences[0], Contains("no longer asks for topic cdc.public.orders"));
        CHECK_THAT(sentences[1], Contains("now asks for topic cdc.public.products"));
    }
    SECTION("another instance") {
        now.instance = "other";
        CHECK_THAT(one(moved(now, same)), Contains("of the instance demo"));
    }
    SECTION("the world was changed") {
        CHECK(
            one(moved(now, {update("shop-source", "slot.name", "by-hand")})) ==
            "update shop-source: slot.name was \"old\", is \"by-hand\""
        );
    }
    SECTION("it is done already") {
        CHECK_THAT(
            one(moved(now, {})), Contains("update shop-source was planned, and is not to be done any more")
        );
    }
    SECTION("there is more to do") {
        auto more = same;
        more.push_back(update("shop-warehouse", "topics", "a"));
        CHECK_THAT(
            one(moved(now, more)), Contains("update shop-warehouse is to be done now, and was not planned")
        );
    }
}
