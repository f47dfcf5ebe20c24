#include "base/log.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

struct heard {
    std::vector<std::pair<log_level, std::string>> lines;

    logger at(log_level least) {
        return logger(
            [this](log_level level, std::string_view line) { lines.emplace_back(level, line); }, least
        );
    }
};

} // namespace

TEST_CASE("a line is its message, then key=value in the order given, quoted where that is needed") {
    struct row {
        std::string value, written;
    };
    const std::vector<row> rows{
        {"plain", "k=plain"},
        {"http://localhost:8083", "k=http://localhost:8083"},
        {"two words", R"(k="two words")"},
        {"a=b", R"(k="a=b")"},
        {R"(say "hi")", R"(k="say \"hi\"")"},
        {"two\nlines\r", R"(k="two\nlines\r")"},
        {"a\ttab", R"(k="a\ttab")"},
        {R"(C:\path with blanks)", R"(k="C:\\path with blanks")"},
        {R"(C:\path)", R"(k=C:\path)"},
        {"Zürich", "k=Zürich"},
        {"\x1b]0;title\x07", "k=?]0;title?"},
        {"clear \x1b[2J", "k=\"clear ?[2J\""},
    };
    for (const auto& [value, written] : rows) {
        heard ears;
        ears.at(log_level::info).info("said", {{"k", value}});
        REQUIRE(ears.lines.size() == 1);
        CHECK(ears.lines[0].second == "said " + written);
    }
}

TEST_CASE("numbers and flags are fields too, and a field without a value is left out") {
    heard ears;
    const std::string nothing;
    ears.at(log_level::info).info("said", {{"n", 42}, {"nothing", nothing}, {"is", true}, {"share", 0.5}});
    CHECK(ears.lines.at(0).second == "said n=42 is=true share=0.5");
}

TEST_CASE("what is below the level is not said, all else with its own level") {
    const auto say_all = [](const logger& log) {
        log.debug("d");
        log.info("i");
        log.warning("w");
        log.error("e");
    };
    heard ears;
    say_all(ears.at(log_level::debug));
    REQUIRE(ears.lines.size() == 4);
    CHECK(ears.lines[0] == std::pair{log_level::debug, std::string("d")});
    CHECK(ears.lines[3] == std::pair{log_level::error, std::string("e")});
    heard deaf;
    say_all(deaf.at(log_level::warning));
    REQUIRE(deaf.lines.size() == 2);
    CHECK(deaf.lines[0].first == log_level::warning);
}

TEST_CASE("no secret leaves in a message or a field, also when its field has to be quoted") {
    const auto known = std::make_shared<scrubber>();
    heard ears;
    auto log = ears.at(log_level::info);
    log.scrub_with(known);
    for (const std::string value :
         {"hunter22", "with blank", R"(quo"te)", R"(back\slash "and" more)", "a=b=c", "new\nline"})
        known->learn(secret(value)); // learnt after the logger was made
    for (const std::string value :
         {"hunter22", "with blank", R"(quo"te)", R"(back\slash "and" more)", "a=b=c", "new\nline"}) {
        INFO(value);
        ears.lines.clear();
        log.info("password " + value, {{"config", "password=" + value + ";"}});
        CHECK(ears.lines.at(0).second == R"(password ******** config="password=********;")");
    }
}

TEST_CASE("a logger without a sink says nothing, and does not mind") {
    const logger mute{logger::sink()};
    mute.error("nobody hears this", {{"k", 1}});
    SUCCEED();
}
