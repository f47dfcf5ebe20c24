// Long seeded runs: everything that goes wrong, mixed, with reloads in between. SLUICE_SIM_SEEDS says how
// many (40), SLUICE_SIM_FIRST_SEED where to begin (1). In four parts, which can run side by side.

#include "troubled_run.hpp"

using namespace sluice::testing;
using std::chrono::hours;

namespace {

void run_part(std::uint32_t part) {
    run_seeds(40, part, 4, {}, hours(1));
}

} // namespace

TEST_CASE(
    "in all troubles at once nothing of others is touched, and peace brings what is declared, part 1",
    "[seeds]"
) {
    run_part(0);
}

TEST_CASE(
    "in all troubles at once nothing of others is touched, and peace brings what is declared, part 2",
    "[seeds]"
) {
    run_part(1);
}

TEST_CASE(
    "in all troubles at once nothing of others is touched, and peace brings what is declared, part 3",
    "[seeds]"
) {
    run_part(2);
}

TEST_CASE(
    "in all troubles at once nothing of others is touched, and peace brings what is declared, part 4",
    "[seeds]"
) {
    run_part(3);
}
