#pragma once
// Secrets: a type that cannot be printed, and the scrubber that takes known secrets out of foreign text
// (Connect returns passwords in stack traces and configs).

#include <string>
#include <string_view>
#include <vector>

namespace sluice {

/// A password or the like. No operator<<, no formatter, no JSON; `reveal` is the one way out and easy to
/// grep.
class secret {
public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}

    [[nodiscard]] const std::string& reveal() const { return value_; }
    [[nodiscard]] bool empty() const { return value_.empty(); }

    friend bool operator==(const secret&, const secret&) = default;

private:
    std::string value_;
};

/// What is shown instead of a secret, everywhere.
inline constexpr std::string_view secret_mask = "********";

/// Replaces every known secret in a text by the mask; those that overlap become one. Secrets under four bytes
/// are not searched for: they would tear holes into ordinary words.
class scrubber {
public:
    void learn(const secret& s);
    [[nodiscard]] std::string scrub(std::string_view text) const;

private:
    std::vector<std::string> known_;
};

} // namespace sluice
