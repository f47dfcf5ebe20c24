#include "base/error.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <vector>

using namespace sluice;

TEST_CASE("an error is one line that says what was tried, on what, and what came back") {
    struct row {
        error e;
        std::string message;
    };
    const std::vector<row> rows{
        {{errc::unreachable, "list the connectors of", "http://localhost:8083", "connection refused"},
         "list the connectors of http://localhost:8083: connection refused"},
        {{errc::timeout, "log in to", "db:5432", ""}, "log in to db:5432"},
        {{errc::io, "write", "", "disk full"}, "write: disk full"},
        {{errc::io, "", "file", "disk full"}, "file: disk full"},
        {{errc::io, "", "", "disk full"}, "disk full"},
        {{errc::busy, "", "", ""}, "busy"},
    };
    for (const auto& [e, message] : rows) CHECK(e.message() == message);
}

TEST_CASE("every code has a word of its own") {
    std::set<std::string> words;
    for (int i = 0; i <= static_cast<int>(errc::busy); ++i) words.emplace(to_string(static_cast<errc>(i)));
    CHECK(words.size() == static_cast<std::size_t>(errc::busy) + 1);
    CHECK_FALSE(words.contains("unknown"));
}

TEST_CASE("what may be over by itself is tried again, what somebody has to change is not") {
    const auto hint = [](errc code) { return error{code, "", "", ""}.hint(); };
    for (const auto code :
         {errc::unreachable,
          errc::timeout,
          errc::outcome_unknown,
          errc::rebalancing,
          errc::forwarding_failed,
          errc::server_error,
          errc::bad_answer,
          errc::wrong_state,
          errc::busy})
        CHECK(hint(code) == retry::retriable);
    for (const auto code :
         {errc::already_exists,
          errc::not_found,
          errc::refused,
          errc::unauthorized,
          errc::too_large,
          errc::invalid,
          errc::io})
        CHECK(hint(code) == retry::needs_change);
    for (const auto code : {errc::cancelled, errc::unsupported}) CHECK(hint(code) == retry::terminal);
}

TEST_CASE("a failed result carries all that was said of it") {
    const result<int> failed = fail(errc::not_found, "read", "topic a", "no such topic");
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == error{errc::not_found, "read", "topic a", "no such topic"});
}
