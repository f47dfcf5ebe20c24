#include "control/status_json.hpp"
#include "daemon/status_text.hpp"
#include "support/sample_view.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

using namespace sluice;
using Catch::Contains;

TEST_CASE("status says what awaits acceptance, with its sentence, in the table and in the wide one") {
    const auto status = control::to_json(testing::sample_view());
    for (const bool wide : {false, true}) {
        const auto text = status_as_text(status, terminal(1), wide, "");
        CHECK_THAT(text, Contains("awaiting acceptance: create audit: awaits acceptance of resnapshot\n"));
        CHECK_THAT(text, !Contains("awaiting acceptance: update"));
    }
    CHECK_THAT(status_as_text(status, terminal(1), false, "audit"), Contains("awaiting acceptance:"));
    CHECK_THAT(status_as_text(status, terminal(1), false, "shop"), !Contains("awaiting acceptance:"));
}
