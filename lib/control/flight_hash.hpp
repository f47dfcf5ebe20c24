#pragma once
// A number that changes with a value of the model, of whatever type: cheap, and never written down. It tells
// what has to be recorded anew.

#include "control/value_json.hpp"

#include <boost/container_hash/hash.hpp>

#include <cstdint>
#include <string_view>

namespace sluice::control {

struct value_hash {
    std::size_t sum = 0;

    void mix(std::size_t number) { boost::hash_combine(sum, number); }

    template <class Rep, class Period>
    void add(const std::chrono::duration<Rep, Period>& d) {
        mix(static_cast<std::size_t>(d.count()));
    }
    template <class Clock, class Duration>
    void add(const std::chrono::time_point<Clock, Duration>& t) {
        add(t.time_since_epoch());
    }
    void add(const moment& m) {
        add(m.mono);
        add(m.wall);
    }
    void add(const model::config_value& v) {
        mix(v.index());
        add(model::reveal(v));
    }
    template <class T>
    void add(const std::optional<T>& v) {
        mix(v.has_value() ? 1 : 0);
        if (v) add(*v);
    }
    template <class A, class B>
    void add(const std::pair<A, B>& v) {
        add(v.first);
        add(v.second);
    }
    template <class All>
    void add_each(const All& all) {
        mix(all.size());
        for (const auto& one : all) add(one);
    }
    template <class T>
    void add(const std::vector<T>& all) {
        add_each(all);
    }
    template <class T>
    void add(const std::set<T>& all) {
        add_each(all);
    }
    template <class K, class V>
    void add(const std::map<K, V>& all) {
        add_each(all);
    }
    template <class T>
    void add(const T& v) {
        if constexpr (std::is_enum_v<T> || std::is_integral_v<T>)
            mix(static_cast<std::size_t>(v));
        else if constexpr (std::is_arithmetic_v<T>)
            mix(std::hash<T>{}(v));
        else if constexpr (std::same_as<T, std::string>)
            mix(std::hash<std::string_view>{}(v));
        else
            value_json::each_member(v, [this](const char*, const auto& member) { add(member); });
    }
};

template <class T>
std::uint64_t hash_of(const T& v) {
    value_hash hash;
    hash.add(v);
    return hash.sum;
}

} // namespace sluice::control
