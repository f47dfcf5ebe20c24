#include "connect/excerpt.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice::connect;

TEST_CASE("a text that fits is kept whole") {
    CHECK(bounded("as it is", 100) == "as it is");
}

TEST_CASE("a long text keeps its beginning and its end, for the root cause stands last") {
    const auto text = "first" + std::string(200'000, '.') + "Caused by: the cause";
    const auto kept = bounded(text, trace_limit);
    CHECK(kept.size() <= trace_limit);
    CHECK(kept.starts_with("first."));
    CHECK(kept.ends_with(".Caused by: the cause"));
    CHECK(kept.find("bytes left out") != std::string::npos);
}

TEST_CASE("a long text is never cut inside a character") {
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "\xE2\x82\xAC"; // the euro sign
    for (std::size_t limit = 100; limit < 130; ++limit) {
        const auto kept = bounded(text, limit);
        CHECK(kept.size() <= limit);
        const auto note = kept.find("\n[");
        CHECK(note % 3 == 0);
        CHECK((kept.size() - kept.find("]\n") - 2) % 3 == 0);
    }
}

TEST_CASE("the beginning of a foreign text is short, on one line and printable") {
    CHECK(beginning("<html>\r\n\t <body>") == "<html> <body>");
    CHECK(beginning("\x1b[31mred\xC3\xA4", 60) == "?[31mred??");
    CHECK(beginning(std::string(500, 'x')).size() == 60);
    CHECK(beginning("").empty());
}

TEST_CASE("the title of an HTML page is found in any case") {
    CHECK(html_title("<html><TITLE>502 Bad\nGateway</TITLE>") == "502 Bad Gateway");
    CHECK(html_title("<title>cut") == "cut");
    CHECK(html_title("no page").empty());
}
