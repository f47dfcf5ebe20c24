#pragma once
// Of a fleet at rest nothing has to be worked out again until something moves: what decide gave last, it
// would give once more. This tells when that is so. It changes how long a pass takes, never what it decides.

#include "decide/decide.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace sluice::decide {

/// What is large in the inputs, by numbers: the same number, the same value.
struct editions {
    std::shared_ptr<const model::desired> desired;
    std::uint64_t connectors = 0; // of the list that was observed, with all that is in it
    std::uint64_t topics = 0;     // of the topics that were observed

    friend bool operator==(const editions&, const editions&) = default;
};

/// Keep one for a row of decisions.
class resting {
public:
    /// What decide gave for `in`.
    void note(const inputs& in, const editions& of, const decision& given);

    /// Whether decide would give for `in` what it gave last, which is `last`.
    [[nodiscard]] bool is_unmoved(const inputs& in, const editions& of, const decision& last) const;

private:
    /// What a decision rests on beside what is in `editions` and in memory.
    struct surroundings {
        std::optional<model::connect_worker> worker;
        std::optional<model::connect_group> group;
        bool group_is_fresh = false;
        std::map<std::string, model::reading<bool>> logins; // whose times do not matter
        secret_matches secrets;
        milliseconds interval{};
        std::map<std::string, std::string> write_problems;
        std::set<std::string> changing;
        std::set<std::string> restarting;
        std::set<std::string> held;
        std::optional<wall_time> frozen_until;
        workers_view workers;
    };

    struct basis {
        editions of;
        surroundings around;
        mono_time until; // then time alone makes a difference
    };

    static surroundings around(const inputs& in);
    static bool are_the_same(const inputs& in, const surroundings& before);

    std::optional<basis> at_rest_; // absent: the last decision was not one at rest
};

} // namespace sluice::decide
