// What is wrong in one place hides nothing that is wrong elsewhere, and is told once.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::testing;
using Catch::Contains;

/// "7:3 what is wrong"; warnings are left out.
std::vector<std::string> errors_of(const std::string& text) {
    const auto result = parsed(text);
    CHECK(result.declared.has_value() == result.diagnostics.empty());
    std::vector<std::string> errors;
    for (const auto& d : result.diagnostics)
        errors.push_back(std::to_string(d.line) + ':' + std::to_string(d.column) + ' ' + d.message);
    return errors;
}

/// small_file with its one sink spoilt in two further ways, in lines 21 and 22.
std::string with_two_errors(const std::string& text) {
    return text + "        write: wrong\n        delete: 'true'\n";
}

/// That `text` has one error, which begins so, and that it hides no other.
void check_only(const std::string& text, const std::string& beginning) {
    INFO(beginning);
    const auto alone = errors_of(text);
    REQUIRE(alone.size() == 1);
    CHECK(alone[0].starts_with(beginning));
    const auto all = errors_of(with_two_errors(text));
    REQUIRE(all.size() == 3);
    CHECK(all[0] == alone[0]);
    CHECK_THAT(all[1], Contains("`write`"));
    CHECK_THAT(all[2], Contains("`delete`"));
}

} // namespace

TEST_CASE("a name that is none hides nothing of what it names") {
    check_only(replaced(small_file, "  shop:", "  Shop:"), "7:3 `Shop` is not a name");
    check_only(replaced(small_file, "  warehouse:", "  ware_house:"), "16:7 `ware_house` is not a name");
    const auto entries = errors_of(small_file + "connectors:\n  Audit: {state: gone}\n");
    REQUIRE(entries.size() == 3);
    CHECK_THAT(entries[0], Contains("`Audit` is not a name"));
    CHECK_THAT(entries[1], Contains("`config` is missing"));
    CHECK_THAT(entries[2], Contains("`state`"));
}

TEST_CASE("nothing is derived from a name that is none") {
    const std::string twin = "  shop_:\n    source: {host: localhost, database: source_db, user: u, "
                             "password: !env WORD, topic_prefix: other, tables: [public.items]}\n";
    const auto errors = errors_of(replaced(small_file + twin, "  shop:", "  shop-:"));
    CHECK(errors.size() == 1); // both would have the slot demo_shop_
}

TEST_CASE("a name with control characters is printed without them") {
    const std::string twin = "  b:\n    source: {host: h, database: d, user: u, password: !env WORD, "
                             "topic_prefix: cdc, tables: [public.items]}\n";
    const auto errors = errors_of(replaced(small_file + twin, "  shop:", "  \"\\e[31m\":"));
    REQUIRE(errors.size() == 2);
    CHECK_THAT(errors[1], Contains("is already taken by pipeline `?[31m`"));
}

TEST_CASE("of a key that is given twice the first counts") {
    check_only(
        replaced(small_file, "      user: cdc_user", "      user: a\n      user: [b]"), "12:7 `user` is"
    );
}

TEST_CASE("an alias hides nothing and makes nothing else wrong") {
    const auto user = replaced(small_file, "user: sink_user", "user: *user");
    check_only(user, "19:15 aliases (*name) are not supported");
    const auto whole = replaced(small_file, "    source:\n", "    state: *s\n    topics: *t\n    source:\n");
    const auto errors = errors_of(with_two_errors(whole));
    REQUIRE(errors.size() == 4);
    CHECK(errors[0].starts_with("8:12 aliases"));
    CHECK(errors[1].starts_with("9:13 aliases"));
    check_only(replaced(small_file, "[public.products, public.orders]", "[*a]"), "14:16 aliases");
    check_only(replaced(small_file, "topic_prefix: cdc", "topic_prefix: *a"), "13:21 aliases");
}

TEST_CASE("an alias of an anchor that is there is told as one of none") {
    const auto text = replaced(small_file, "user: cdc_user", "user: &user cdc_user");
    const auto errors = errors_of(with_two_errors(replaced(text, "user: sink_user", "user: *user")));
    REQUIRE(errors.size() == 4);
    CHECK(errors[0].starts_with("11:13 anchors"));
    CHECK(errors[1].starts_with("19:15 aliases"));
}

TEST_CASE("what a merge key would have brought is not called missing") {
    const auto text = replaced(small_file, "        host: localhost\n", "        <<: {host: localhost}\n");
    check_only(text, "17:9 merge keys");
}

TEST_CASE("a value that could not be read takes nothing from others") {
    const std::string copy =
        "      copy: {host: localhost, database: sink_db, user: u, password: !env WORD, ";
    CHECK(errors_of(small_file + copy + "table_name: *t}\n").size() == 1);
    CHECK(errors_of(small_file + copy + "port: '5433'}\n").size() == 1);
    const std::string twin = "  twin:\n    source: {host: localhost, database: source_db, user: u, password: "
                             "!env WORD, topic_prefix: other, tables: [public.items], slot: *s}\n";
    CHECK(errors_of(small_file + twin).size() == 1);
    const auto dead_letters = with_in_sink("dead_letter: *d\n        config: {errors.tolerance: all}");
    CHECK(errors_of(dead_letters).size() == 1);
}

TEST_CASE("a tag on a mapping hides nothing in it") {
    check_only(replaced(small_file, "      warehouse:", "      warehouse: !!map"), "16:18 a tag on a list");
    check_only(replaced(small_file, "user: sink_user", "user: !env [USER]"), "19:15 a tag on a list");
}

TEST_CASE("before a second document the first is read") {
    const auto errors = errors_of(with_two_errors(small_file) + "---\nname: Other\n");
    REQUIRE(errors.size() == 3);
    CHECK_THAT(errors[0], Contains("`write`"));
    CHECK(errors[2].starts_with("23:1 a second document"));
    const auto broken = errors_of(with_two_errors(small_file) + "---\nname: [\n");
    CHECK(broken.size() == 3);
}

TEST_CASE("what a stray document mark cuts off is not called missing") {
    const auto errors = errors_of(replaced(small_file, "pipelines:", "---\npipelines:"));
    REQUIRE(errors.size() == 1);
    CHECK_THAT(errors[0], Contains("a second document"));
}

TEST_CASE("a thousand aliases are answered at once") {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "key" + std::to_string(i) + ": *a" + std::to_string(i) + '\n';
    CHECK_FALSE(parsed(many).declared);
}
