#include "control/history_json.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <rapidcheck.h>

using namespace sluice;
using control::event_from;
using control::history_event;
using control::history_kind;
using control::to_line;

namespace {

std::string any_text() {
    return *rc::gen::string<std::string>();
}

model::key_change any_key() {
    model::key_change key;
    key.key = any_text();
    key.is_secret = *rc::gen::arbitrary<bool>();
    if (key.is_secret) return key;
    if (*rc::gen::arbitrary<bool>()) key.before = any_text();
    if (*rc::gen::arbitrary<bool>()) key.after = any_text();
    return key;
}

history_event any_event() {
    history_event e;
    e.at = wall_time(milliseconds(*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000)));
    e.kind = static_cast<history_kind>(*rc::gen::inRange(0, static_cast<int>(history_kind::dropped) + 1));
    for (auto* text : {&e.pipeline, &e.subject, &e.what, &e.before, &e.after, &e.why, &e.answer, &e.who})
        *text = any_text();
    const int keys = *rc::gen::inRange(0, 4);
    for (int i = 0; i < keys; ++i) e.keys.push_back(any_key());
    e.times = *rc::gen::arbitrary<std::uint32_t>();
    e.took = milliseconds(*rc::gen::inRange(0, 1'000'000));
    return e;
}

std::size_t lines_in(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

} // namespace

TEST_CASE("an event is one line, and comes back from it as it was, whatever bytes its texts hold") {
    const bool holds = rc::check([] {
        const auto event = any_event();
        const auto line = to_line(event);
        RC_ASSERT(lines_in(line) == 1U);
        RC_ASSERT(line.ends_with('\n'));
        RC_ASSERT(event_from(line.substr(0, line.size() - 1)) == event);
    });
    CHECK(holds);
}

TEST_CASE("what is empty is left out of the line") {
    history_event e;
    e.kind = history_kind::status;
    e.pipeline = "shop";
    e.before = "ok";
    e.after = "failed";
    CHECK(
        to_line(e) ==
        R"({"at":"1970-01-01T00:00:00.000Z","kind":"status","pipeline":"shop","before":"ok","after":"failed"})"
        "\n"
    );
}

TEST_CASE("of a secret key only that it changed is in the line") {
    history_event e;
    e.kind = history_kind::action;
    e.keys = {{"database.password", "old", "new", true}};
    const auto line = to_line(e);
    CHECK_THAT(line, Catch::Contains(R"({"key":"database.password","secret":true})"));
    CHECK_THAT(line, !Catch::Contains("old") && !Catch::Contains("new"));
}

TEST_CASE("a text without end is cut between two characters, and so many keys are counted, not shown") {
    history_event e;
    e.why = std::string(2044, 'x') + std::string("\u00e9\u00e9\u00e9\u00e9");
    for (int i = 0; i < 150; ++i)
        e.keys.push_back({"k" + std::to_string(i), {}, std::string(5000, 'v'), false});
    const auto line = to_line(e);
    CHECK(line.size() < 100 * 400 + 3000);
    const auto back = event_from(line).value();
    CHECK(back.why == std::string(2044, 'x') + "…");
    CHECK(back.keys.size() == 100);
    CHECK_THAT(line, Catch::Contains(R"("keys_left_out":50)"));
}

TEST_CASE("a line that is no event, or one of a later version, is none") {
    for (const std::string line :
         {"",
          "{",
          "[]",
          "7",
          "null",
          R"({"kind":"status"})",
          R"({"at":"now","kind":"status"})",
          R"({"at":"2026-11-23T18:27:50Z","kind":"dance"})"}) {
        INFO(line);
        CHECK_FALSE(event_from(line));
    }
    CHECK(event_from(R"({"at":"2026-11-23T18:27:50Z","kind":"status","more":[1]})"));
}
