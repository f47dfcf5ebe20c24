#include "control/news.hpp"
#include "support/sample_view.hpp"

#include <catch2/catch.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using control::status_view;
using model::link_status;

namespace {

status_view view_of(link_status status, std::optional<bool> connect_is_up) {
    status_view view;
    auto p = std::make_shared<control::pipeline_view>();
    p->name = "shop";
    p->verdict.pipeline = "shop";
    p->verdict.status = status;
    if (!model::is_well(status)) p->verdict.reason = "shop-source: task 0 failed";
    view.pipelines = {p};
    control::dependency_view d;
    d.kind = "connect";
    d.name = "default";
    d.up = connect_is_up;
    if (connect_is_up == true) d.version = "3.7.2";
    if (connect_is_up == false) d.problem = "connection refused";
    view.dependencies = {d};
    return view;
}

std::vector<std::string> told(const status_view* before, const status_view& after) {
    std::vector<std::string> lines;
    const logger log([&](log_level level, std::string_view line) {
        lines.push_back((level == log_level::warning ? "W " : "I ") + std::string(line));
    });
    control::log_news(log, before, after);
    return lines;
}

using lines = std::vector<std::string>;

} // namespace

TEST_CASE("at the beginning all that is known is news, and what is not known is none") {
    CHECK(told(nullptr, view_of(link_status::unknown, std::nullopt)).empty());
    CHECK(
        told(nullptr, view_of(link_status::ok, true)) ==
        lines{
            "I dependency is there dependency=connect name=default version=3.7.2",
            "I pipeline status pipeline=shop from=none to=ok"
        }
    );
}

TEST_CASE("the same again is no news") {
    const auto view = view_of(link_status::failed, false);
    CHECK(told(&view, view).empty());
}

TEST_CASE("a pipeline that is not well any more is a warning with the reason, one that is again is told") {
    const auto ok = view_of(link_status::ok, true);
    const auto failed = view_of(link_status::failed, true);
    CHECK(
        told(&ok, failed) ==
        lines{R"(W pipeline status pipeline=shop from=ok to=failed reason="shop-source: task 0 failed")"}
    );
    CHECK(told(&failed, ok) == lines{"I pipeline status pipeline=shop from=failed to=ok"});
}

TEST_CASE("a dependency that goes is a warning with the problem, one that comes is told") {
    const auto there = view_of(link_status::ok, true);
    const auto away = view_of(link_status::ok, false);
    const auto not_asked = view_of(link_status::ok, std::nullopt);
    CHECK(
        told(&there, away) ==
        lines{R"(W dependency is away dependency=connect name=default problem="connection refused")"}
    );
    CHECK(told(&away, there) == lines{"I dependency is there dependency=connect name=default version=3.7.2"});
    CHECK(told(&not_asked, away).size() == 1);
    CHECK(told(&there, not_asked).empty());
}

TEST_CASE("a pipeline that a reload brought is news") {
    const status_view before;
    CHECK(told(&before, view_of(link_status::starting, true)).size() == 2);
}

TEST_CASE("one line tells how many are well") {
    CHECK(control::one_line({}) == "0 of 0 pipelines well");
    CHECK(control::one_line(view_of(link_status::paused, true)) == "1 of 1 pipelines well");
    CHECK(control::one_line(testing::sample_view()) == "1 of 2 pipelines well");
}
