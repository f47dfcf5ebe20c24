#pragma once
// Two pipeline files side by side, without Connect, Kafka or the secrets: what the newer would change.

#include "base/secret.hpp"
#include "decide/decide.hpp"

#include <optional>
#include <string>

namespace sluice {

struct reviewed {
    model::desired after;
    decide::decision decision;
};

/// `debezium` is the version that Connect is assumed to have ("2.7"); empty: the newest that is known.
/// Absent: one of the files has errors, which are on stderr.
std::optional<reviewed> review_files(
    const std::string& before, const std::string& after, const std::string& debezium, scrubber& secrets
);

} // namespace sluice
