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

TEST_CASE("status says which connectors of ours the file does not name, and which of them is to be deleted") {
    auto status = control::to_json(testing::sample_view());
    status["orphaned"] = {"old-one", "old-two"};
    const boost::json::object deletion{{"kind", "delete"}, {"subject", "old-two"}};
    status["plan"].as_object()["changes"].as_array().emplace_back(deletion);
    const auto text = status_as_text(status, terminal(-1), false, "");
    CHECK_THAT(
        text, Contains("orphaned: old-one: ") && Contains("`prune: true` under `reconcile:` deletes it\n")
    );
    CHECK_THAT(text, Contains("orphaned: old-two: ") && Contains("its deletion is in `sluice plan`\n"));
    CHECK_THAT(status_as_text(status, terminal(-1), false, "shop"), !Contains("orphaned:"));
}

TEST_CASE("status says what is reported of a topic and not changed") {
    auto status = control::to_json(testing::sample_view());
    auto& findings = status["pipelines"].as_array()[1].as_object()["findings"].as_array();
    findings.push_back(boost::json::object{
        {"code", "TOPIC_CONFIG"},
        {"subject", "cdc.public.orders"},
        {"message", "replication factor 1 instead of 3"},
        {"remedy", "kafka-reassign-partitions changes it; Sluice does not"}
    });
    const auto line =
        "reported: cdc.public.orders: replication factor 1 instead of 3; kafka-reassign-partitions";
    CHECK_THAT(status_as_text(status, terminal(-1), false, ""), Contains(line));
    CHECK_THAT(status_as_text(status, terminal(-1), false, "audit"), !Contains("reported:"));
}
