#include "daemon/replay_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using Catch::Contains;

TEST_CASE("of a pass that had not read Connect or Kafka it is not said that they are as the file says") {
    const terminal out(1);
    const decide::decision nothing;
    decide::kept_inputs seen;
    const auto told = [&] { return decision_as_text(nothing, seen, out); };
    CHECK_THAT(told(), Contains("not known") && !Contains("Nothing to do"));

    seen.observed.connectors.value.emplace();
    CHECK_THAT(told(), Contains("Nothing to do"));

    seen.desired.topics.emplace_back();
    CHECK_THAT(told(), Contains("not known"));
    seen.observed.topics.value.emplace();
    CHECK_THAT(told(), Contains("Nothing to do"));

    seen.observed.topics.failure = error{errc::timeout, "list", "topics", "no answer"};
    CHECK_THAT(told(), Contains("not known"));
}
