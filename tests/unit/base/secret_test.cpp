#include "base/secret.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

using namespace sluice;

namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };

std::string scrubbed(const std::vector<std::string>& secrets, std::string_view text) {
    scrubber known;
    for (const auto& s : secrets) known.learn(secret(s));
    return known.scrub(text);
}

} // namespace

TEST_CASE("a secret cannot be printed or formatted, nor become a text by itself") {
    STATIC_REQUIRE_FALSE(streamable<secret>);
    STATIC_REQUIRE_FALSE(fmt::is_formattable<secret>::value);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<secret, std::string>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<secret, std::string_view>);
    STATIC_REQUIRE_FALSE(std::is_convertible_v<std::string, secret>);
}

TEST_CASE("every occurrence of every known secret is masked") {
    struct row {
        std::vector<std::string> secrets;
        std::string text, clean;
    };
    const std::vector<row> rows{
        {{}, "nothing is known", "nothing is known"},
        {{"hunter22"}, "", ""},
        {{"hunter22"}, "hunter22", "********"},
        {{"hunter22"}, "a=hunter22, b=hunter22!", "a=********, b=********!"},
        {{"hunter22"}, "Hunter22 and hunter2", "Hunter22 and hunter2"},
        {{"hunter22", "swordfish"}, "hunter22swordfish", "****************"},
        {{"pass", "password1"}, "password1 pass", "******** ********"
        }, // the shorter one is within the longer
        {{"password1", "pass"}, "password1 pass", "******** ********"},
        {{"a.b*c(d"}, "no a.b*c(d pattern", "no ******** pattern"},
        {{"zwei\nZeilen"}, "of zwei\nZeilen:", "of ********:"},
        {{"****"}, "what is **** here", "what is ******** here"},
    };
    for (const auto& [secrets, text, clean] : rows) {
        INFO(text);
        CHECK(scrubbed(secrets, text) == clean);
    }
}

TEST_CASE("of two secrets that overlap in a text no part is left") {
    struct row {
        std::vector<std::string> secrets;
        std::string text, clean;
    };
    const std::vector<row> rows{
        {{"first-half", "half-second"}, "x first-half-second y", "x ******** y"},
        {{"half-second", "first-half"}, "x first-half-second y", "x ******** y"},
        {{"abab"}, "xabababx", "x********x"},
        {{"abab"}, "abababab abab", "******** ********"},
        {{"aaaa"}, "aaaaaaaaaa", "********"},
        {{"abcd", "cdef", "efgh"}, "abcdefgh", "********"},       // the third shares nothing with the first
        {{"abcdefgh", "cdef", "ghij"}, "abcdefghij", "********"}, // one within, one beyond the end
        {{"abcd", "defg", "1234"}, "abcdefg1234", "****************"},
    };
    for (const auto& [secrets, text, clean] : rows) {
        INFO(text);
        CHECK(scrubbed(secrets, text) == clean);
    }
}

TEST_CASE("a long text is scrubbed in one go, however often a secret is in it") {
    scrubber known;
    known.learn(secret("aaaaaaaa"));
    known.learn(secret("hunter22"));
    std::string text;
    std::string clean;
    for (int i = 0; i < 200'000; ++i) {
        text += "hunter22, ";
        clean += "********, ";
    }
    CHECK(known.scrub(text) == clean);
    CHECK(known.scrub(std::string(2'000'000, 'a')) == "********");
}

TEST_CASE("a secret under four bytes is not searched for: it would tear holes into ordinary words") {
    CHECK(scrubbed({"abc", "e", ""}, "the alphabet: abcdef") == "the alphabet: abcdef");
    CHECK(scrubbed({"abcd"}, "the alphabet: abcdef") == "the alphabet: ********ef");
}

TEST_CASE("a secret that is learnt twice is masked once") {
    CHECK(scrubbed({"hunter22", "hunter22"}, "hunter22") == "********");
}
