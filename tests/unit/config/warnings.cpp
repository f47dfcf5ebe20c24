// What is allowed but worth a word.
#include "support/config_files.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace sluice::testing;

/// The only message of a file that is accepted.
std::string only_warning(const std::string& text) {
    const auto result = parsed(text);
    REQUIRE(result.declared);
    REQUIRE(result.diagnostics.size() == 1);
    CHECK(result.diagnostics.at(0).level == sluice::config::diagnostic::kind::warning);
    return result.diagnostics.at(0).message;
}

} // namespace

TEST_CASE("a snapshot at every start is worth a warning") {
    CHECK(
        only_warning(with_in_source("snapshot: always")) ==
        "`snapshot: always` reads every table anew whenever the connector starts"
    );
}

TEST_CASE("a slot that is dropped at every stop is worth a warning") {
    CHECK(
        only_warning(with_in_source("config: {slot.drop.on.stop: true}")) ==
        "`slot.drop.on.stop: true` drops the slot whenever the connector stops: changes made meanwhile are "
        "lost"
    );
}

TEST_CASE("a connector of unknown class that tolerates all errors is worth a warning") {
    const std::string entry = "connectors:\n  audit:\n    config: {connector.class: A, errors.tolerance: all";
    CHECK(
        only_warning(small_file + entry + "}\n") ==
        "`errors.tolerance: all` without a dead letter topic silently drops records"
    );
    CHECK(parsed(small_file + entry + ", errors.deadletterqueue.topic.name: dlq}\n").diagnostics.empty());
}

TEST_CASE("certificates without https are worth a warning") {
    CHECK(
        only_warning(replaced(small_file, "  urls", "  ca_file: ca.pem\n  urls")) ==
        "`ca_file` has no effect: none of `urls` begins with https://"
    );
}

TEST_CASE("a sink that tolerates errors and keeps the records is fine") {
    CHECK(parsed(with_in_sink("dead_letter: {topic: d}\n        config: {errors.tolerance: all}"))
              .diagnostics.empty());
    CHECK(parsed(with_in_sink("config: {errors.tolerance: all, errors.deadletterqueue.topic.name: d}"))
              .diagnostics.empty());
}

TEST_CASE("a variable as shells write it is taken for a password, and warned of without showing it") {
    const std::string hint = "; `$NAME` and `${NAME}` are not filled in: did you mean `!env NAME`?";
    for (const char* written : {"$SOURCE_DB_PASSWORD", "${SOURCE_DB_PASSWORD}", "\"$x\""}) {
        INFO(written);
        const auto said = only_warning(replaced(small_file, "!env SOURCE_DB_PASSWORD", written));
        CHECK_THAT(said, Catch::EndsWith(hint) && !Catch::Contains("SOURCE_DB"));
    }
    CHECK_THAT(only_warning(with_in_source("config: {database.sslpassword: $KEY}")), Catch::EndsWith(hint));
    for (const char* written : {"$ecret-1", "a$NAME", "$", "${}"})
        CHECK_THAT(
            only_warning(replaced(small_file, "!env SOURCE_DB_PASSWORD", written)),
            !Catch::Contains("did you mean")
        );
}

TEST_CASE("a reference that Connect fills in is no secret of the file") {
    const auto text = replaced(small_file, "!env SOURCE_DB_PASSWORD", "${file:/run/secrets/db:password}");
    CHECK(parsed(text).diagnostics.empty());
}
