#include "base/json_fields.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <limits>
#include <string>

using namespace sluice;

namespace {

const boost::json::object document =
    boost::json::parse(R"({"text": "Zürich", "yes": true, "no": false, "number": -7, "list": [1, "two"],
        "most": 9223372036854775807, "beyond": 9223372036854775808, "part": 1.5, "huge": 1e300, "nothing": null,
        "object": {}})")
        .as_object();

} // namespace

TEST_CASE("a field of a document is read as a plain value") {
    CHECK(text_of(document, "text") == "Zürich");
    CHECK(flag_of(document, "yes"));
    CHECK_FALSE(flag_of(document, "no"));
    CHECK(number_of(document, "number") == -7);
    CHECK(number_of(document, "most") == std::numeric_limits<std::int64_t>::max());
    CHECK(array_of(document, "list").size() == 2);
    CHECK(&array_of(document, "list") == &document.at("list").as_array());
}

TEST_CASE("a field that is missing, or of another type, reads as nothing") {
    for (const std::string key : {"missing", "nothing", "object", "part", "huge", "beyond"}) {
        INFO(key);
        CHECK(text_of(document, key).empty());
        CHECK_FALSE(flag_of(document, key));
        CHECK(number_of(document, key) == 0);
        CHECK(array_of(document, key).empty());
    }
    CHECK(text_of(document, "number").empty());
    CHECK_FALSE(flag_of(document, "text"));
    CHECK(number_of(document, "text") == 0);
    CHECK(array_of(document, "text").empty());
}
