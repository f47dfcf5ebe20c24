#include "plan_review.hpp"

#include "debezium/derive.hpp"
#include "decide/review.hpp"
#include "pipeline_file.hpp"

namespace sluice {

namespace {

model::desired desired_by(const model::declaration& declared, const std::string& debezium) {
    if (debezium.empty()) return debezium::derive(declared, std::nullopt);
    return debezium::derive(declared, debezium::plugins_as_if(declared, debezium));
}

} // namespace

std::optional<reviewed> review_files(
    const std::string& before, const std::string& after, const std::string& debezium, scrubber& secrets
) {
    const auto old_file = read_file_offline(before, secrets);
    const auto new_file = read_file_offline(after, secrets);
    if (!old_file || !new_file) return std::nullopt;
    auto wanted = desired_by(*new_file, debezium);
    auto decision = decide::review(desired_by(*old_file, debezium), wanted);
    return reviewed{std::move(wanted), std::move(decision)};
}

} // namespace sluice
