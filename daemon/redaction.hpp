#pragma once
// Takes known secrets out of whatever leaves the machine: as they are, as JSON writes them, percent-encoded,
// and in base 64, wherever in an encoded text they stand.

#include "base/secret.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

class redaction {
public:
    explicit redaction(const std::vector<secret>& secrets);

    [[nodiscard]] std::string clean(std::string_view text) const { return forms_.scrub(text); }

private:
    scrubber forms_;
};

/// A pipeline file as it may be shown: a line that may hold a secret, by its words, is left out; one that
/// only names it (`password: !env NAME`) stays.
std::string redacted_file(std::string_view yaml);

} // namespace sluice
