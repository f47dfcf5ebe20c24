#include "base/printable.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("what a terminal could take for a command is shown as a question mark, and other text as it is") {
    CHECK(printable("plain text, with blanks") == "plain text, with blanks");
    CHECK(printable("Zürich → 東京") == "Zürich → 東京");
    CHECK(printable("a\x1b[2Jb") == "a?[2Jb");
    CHECK(printable("a\x7f\b\r\n\tb") == "a?????b");
    CHECK(
        printable("a\xc2\x9b"
                  "31mb") == "a?31mb"
    );                                          // the long form of ESC [
    CHECK(printable("\xc2\xa0") == "\xc2\xa0"); // a blank that does not break
    CHECK(printable("cut \xc2") == "cut \xc2");
    CHECK(printable("").empty());
}

TEST_CASE("a line of foreign text is short, has no other white space than blanks, and is ASCII") {
    CHECK(printable_line("  a\r\n\t b  ", 60) == "a b");
    CHECK(printable_line("\x1b[31mred", 60) == "?[31mred");
    CHECK(printable_line("ü", 60) == "??");
    CHECK(printable_line("abcdef", 3) == "abc");
}
