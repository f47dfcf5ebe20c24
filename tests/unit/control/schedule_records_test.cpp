#include "control/memory_records.hpp"
#include "control/schedule_records.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
namespace json = boost::json;

namespace {

wall_time at(std::int64_t ms) {
    return wall_time(milliseconds(ms));
}

model::memory sample() {
    model::memory m;
    auto& source = m.connectors["shop-source"];
    source.owned = true;
    source.contests["max.batch.size"] = {{at(1'795'458'470'123), at(1'795'458'480'000)}, {}, true, {}};
    source.contests["its state"] = {{at(1), at(2), at(3)}, at(4), false, {}};
    model::roll roll;
    roll.phase = model::roll_phase::failed;
    roll.members = {{"audit-00", "digest"}, {"audit-01", "another"}};
    roll.first = "audit-00";
    roll.since = at(1'795'458'470'123);
    roll.reason = "bad \"level\"";
    m.rolls["default org.example.Any"] = roll;
    return m;
}

} // namespace

TEST_CASE("contests and rolls come back as they were") {
    CHECK((control::from_records(control::to_records(sample())) == sample()));
    for (const auto phase :
         {model::roll_phase::trying,
          model::roll_phase::watching,
          model::roll_phase::proven,
          model::roll_phase::reverting,
          model::roll_phase::failed}) {
        model::roll roll;
        roll.phase = phase;
        CHECK((control::roll_from(control::to_json(roll)) == roll));
    }
}

TEST_CASE("no config and no value is written down, masked or not") {
    auto m = sample();
    auto& roll = m.rolls.begin()->second;
    roll.previous = model::config_map{{"plain", std::string("hunter2")}, {"password", secret("hunter2")}};
    roll.watched_since = mono_time(seconds(5));
    m.connectors["shop-source"].contests["max.batch.size"].last_seen = "hunter2";
    CHECK((control::to_records(m) == control::to_records(sample())));
}

TEST_CASE("a contest or roll that cannot be read is forgotten") {
    for (const std::string broken : {"7", "[]", "{\"its state\": 7}", "{\"its state\": {\"since_ms\": 5}}"}) {
        INFO(broken);
        const auto record = R"({"owned": true, "contests": )" + broken + "}";
        CHECK(control::from_records({{"connector/x", record}}).connectors.at("x").contests.empty());
    }
    for (const std::string broken : {"{", "7", "{}", R"({"phase": "dancing"})"}) {
        INFO(broken);
        CHECK(control::from_records({{"roll/default x", broken}}).rolls.empty());
    }
}
