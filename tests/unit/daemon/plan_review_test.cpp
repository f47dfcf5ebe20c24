// `sluice plan --from OLD`: two files, no Connect, no secrets.
#include "daemon/plan_review.hpp"
#include "daemon/plan_text.hpp"
#include "support/config_files.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace sluice;
using Catch::Contains;

namespace {

/// small_file with variables that no machine has.
std::string file_of_nobody() {
    auto text = testing::replaced(testing::small_file, "SOURCE_DB_PASSWORD", "SLUICE_TEST_NOT_SET_1");
    return testing::replaced(text, "SINK_DB_PASSWORD", "SLUICE_TEST_NOT_SET_2");
}

class two_files {
public:
    two_files(const std::string& before, const std::string& after) {
        std::ofstream(folder_.file("old.yaml")) << before;
        std::ofstream(folder_.file("new.yaml")) << after;
    }
    [[nodiscard]] std::optional<reviewed> review(const std::string& debezium = {}) const {
        scrubber secrets;
        return review_files(folder_.file("old.yaml"), folder_.file("new.yaml"), debezium, secrets);
    }

private:
    testing::temporary_folder folder_;
};

} // namespace

TEST_CASE("a file compared with itself changes nothing, without its secrets") {
    const auto review = two_files(file_of_nobody(), file_of_nobody()).review();
    REQUIRE(review);
    CHECK(review->decision.plan.empty());
    CHECK(plan_as_markdown(review->decision.plan, "No change.") == "No change.\n");
}

TEST_CASE("a review shows each change with its consequence, and counts them") {
    auto after =
        testing::replaced(file_of_nobody(), "topic_prefix: cdc", "topic_prefix: cdc\n      slot: other");
    after = testing::replaced(after, "SLUICE_TEST_NOT_SET_2", "SLUICE_TEST_NOT_SET_3");
    const auto review = two_files(file_of_nobody(), after).review();
    REQUIRE(review);
    const auto text = plan_as_markdown(review->decision.plan);
    CHECK_THAT(text, Contains("| `~` | update connector shop-source | new-slot |"));
    CHECK_THAT(text, Contains("- slot.name: demo_shop\n+ slot.name: other\n"));
    CHECK_THAT(text, Contains("connection.password: (secret changed)"));
    CHECK_THAT(text, Contains("Plan: 0 to create, 2 to update, 0 to delete. 1 of them awaiting acceptance."));
    CHECK_THAT(text, !Contains("NOT_SET"));
    CHECK_THAT(
        plan_as_text(review->decision.plan, terminal(1)), Contains("slot.name: demo_shop → other  (new-slot)")
    );
}

TEST_CASE("the version of Debezium that is assumed decides the names of keys") {
    const auto without_sink = file_of_nobody().substr(0, file_of_nobody().find("    sinks:"));
    const two_files files(without_sink, file_of_nobody());
    CHECK_THAT(
        plan_as_text(files.review("2.7")->decision.plan, terminal(1)), Contains("+ table.name.format: ")
    );
    CHECK_THAT(
        plan_as_text(files.review("3")->decision.plan, terminal(1)), Contains("+ collection.name.format: ")
    );
    CHECK_THAT(
        plan_as_text(files.review()->decision.plan, terminal(1)), Contains("+ collection.name.format: ")
    );
}

TEST_CASE("a file with an error is not compared") {
    CHECK_FALSE(two_files(file_of_nobody(), "name: demo\n").review());
    CHECK_FALSE(two_files("name: demo\n", file_of_nobody()).review());
}
