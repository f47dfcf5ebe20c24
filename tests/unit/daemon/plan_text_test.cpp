#include "daemon/plan_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("a plan writes no command of a terminal that stands in a connector's config") {
    model::change c;
    c.kind = model::change_kind::update_config;
    c.subject = "shop-source";
    c.because = "because \x1b[1A";
    c.blocked = "held \x1b[1A";
    c.held = model::obstacle::refusal;
    c.keys = {{"k\x1b[2J", "before\x1b[2J", "after\nline", false}, {"gone", "x\x1b]0;title\x07", {}, false}};
    model::plan plan;
    plan.changes = {c};
    const auto text = plan_as_text(plan, terminal(-1));
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(text.find("before?[2J → after?line") != std::string::npos);
    const auto markdown = plan_as_markdown(plan);
    CHECK(markdown.find('\x1b') == std::string::npos);
    CHECK(markdown.find("after?line") != std::string::npos);
}

TEST_CASE("a table writes no command of a terminal that stands in a cell") {
    table rows({"NAME", "REASON"});
    rows.add({{"shop"}, {"task 0: \x1b[2J"}});
    CHECK(rows.render(terminal(-1)).find('\x1b') == std::string::npos);
}
