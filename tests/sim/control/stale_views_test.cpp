// What is seen is old, torn or hidden, while the file changes and people work at the connectors by hand:
// 2,000 short runs, from a seed each.

#include "troubled_run.hpp"

using namespace sluice;
using namespace sluice::testing;
using std::chrono::minutes;

namespace {

void run_part(std::uint32_t part) {
    constexpr trouble_settings settings{
        .events = 6, .longest_pause = seconds(15), .workers = 2, .only_stale_views = true
    };
    run_seeds(2000, part, 4, settings, minutes(2));
}

} // namespace

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 1", "[seeds]") {
    run_part(0);
}

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 2", "[seeds]") {
    run_part(1);
}

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 3", "[seeds]") {
    run_part(2);
}

TEST_CASE("whatever is shown too late or not at all, the end is what is declared, part 4", "[seeds]") {
    run_part(3);
}
