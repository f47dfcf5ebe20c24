#include "http/health.hpp"
#include "support/sample_view.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::http;

namespace {

control::status_view with_loop(milliseconds interval, moment last_success) {
    control::status_view view;
    view.started_at = testing::sample_time();
    view.loops = {{"reconcile", last_success, interval}};
    return view;
}

bool lives(const control::status_view& view, seconds after_start) {
    const auto checks = liveness(view, view.started_at.mono + after_start);
    return all_ok(checks);
}

} // namespace

TEST_CASE("a loop lives while its last success is younger than five of its intervals") {
    const auto view = with_loop(seconds(10), testing::sample_time());
    CHECK(lives(view, seconds(50)));
    CHECK_FALSE(lives(view, seconds(51)));
}

TEST_CASE("a fast loop has thirty seconds: a slow answer is no death") {
    const auto view = with_loop(milliseconds(500), testing::sample_time());
    CHECK(lives(view, seconds(30)));
    CHECK_FALSE(lives(view, seconds(31)));
}

TEST_CASE("a loop whose questions hang as long as they may is not dead") {
    auto view = with_loop(seconds(2), testing::sample_time());
    view.loops[0].may_take = seconds(480);
    CHECK(lives(view, seconds(510)));
    CHECK_FALSE(lives(view, seconds(511)));
}

TEST_CASE("a loop that has not succeeded yet is counted from the start") {
    const auto view = with_loop(seconds(10), moment{});
    CHECK(lives(view, seconds(50)));
    const auto late = liveness(view, view.started_at.mono + seconds(90));
    REQUIRE(late.size() == 1);
    CHECK(late[0].reason == "no pass has succeeded since the start 1m30s ago, more than 50s");
}

TEST_CASE("one loop that stands still is enough not to live") {
    auto view = with_loop(seconds(10), testing::sample_time());
    view.loops.push_back({"probe", testing::sample_time() + seconds(100), seconds(10)});
    const auto checks = liveness(view, view.started_at.mono + seconds(100));
    CHECK_FALSE(all_ok(checks));
    CHECK(
        render(checks, true) ==
        "[-]loop reconcile failed: the last pass that succeeded was 1m40s ago, more than 50s\n"
        "[+]loop probe ok\n"
    );
    CHECK(
        render(checks, false) ==
        "[-]loop reconcile failed: the last pass that succeeded was 1m40s ago, more than 50s\n"
    );
}

TEST_CASE("ready needs a valid file in force, every observer asked once, and nobody stopping us") {
    auto view = testing::sample_view();
    CHECK(all_ok(readiness(view, false)));
    CHECK_FALSE(all_ok(readiness(view, true)));

    view.every_observer_answered = false;
    CHECK_FALSE(all_ok(readiness(view, false)));

    view = testing::sample_view();
    view.config.last_success_at = {};
    CHECK_FALSE(all_ok(readiness(view, false)));
}

TEST_CASE("a refused reload leaves us ready: the last good file is in force") {
    const auto view = testing::sample_view();
    REQUIRE_FALSE(view.config.last_reload_successful);
    CHECK(all_ok(readiness(view, false)));
}

TEST_CASE("a pipeline that is not well is named with its status and reason, a paused one is well") {
    const auto checks = pipeline_health(testing::sample_view());
    CHECK_FALSE(all_ok(checks));
    CHECK(
        render(checks, true) == "[+]pipeline audit ok\n"
                                "[-]pipeline shop failed: failed, shop-warehouse: task 0 failed\n"
    );
}

TEST_CASE("before the first observation nobody says that all pipelines are well") {
    const control::status_view nothing_known;
    CHECK(
        render(pipeline_health(nothing_known), false) ==
        "[-]observers failed: not every system has been asked once yet\n"
    );
}

TEST_CASE("where all is well the answer is ok") {
    CHECK(render({}, false) == "ok\n");
}
