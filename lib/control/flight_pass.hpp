#pragma once
// One pass as the loop hands it over to be written: what changed since the last one, by value.

#include "control/flight_mask.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace sluice::control {

/// A value of some type, from the loop's thread to the one that writes: it is masked and made text there.
class held_value {
public:
    virtual ~held_value() = default;
    /// Call it once.
    virtual boost::json::value masked(const flight_mask& mask) = 0;
};

template <class T>
class held final : public held_value {
public:
    explicit held(T value) : value_(std::move(value)) {}
    boost::json::value masked(const flight_mask& mask) override {
        mask.apply(value_);
        return to_json_value(value_);
    }

private:
    T value_;
};

struct flight_item {
    std::string section;
    std::string key;                   // of an element; empty: the section is one value
    std::unique_ptr<held_value> value; // null: the element is gone
};

struct flight_pass {
    std::uint64_t number = 0; // from 1, since the process began
    wall_time at{};
    // Of a pass that stands for itself: everything is in it. Absent: what is not in it is as it was before.
    std::shared_ptr<const model::desired> desired;
    std::vector<secret> other_secrets; // beside those in `desired`; with it only
    std::vector<flight_item> items;
};

} // namespace sluice::control
