#pragma once
// Any value of the model as JSON and back, by the lists in model/members.hpp: a struct is an object, a map
// with texts as keys too, any other map a list of pairs, an enum its word, a time the nanoseconds of its
// clock. A type that is not known here does not compile. What a document lacks keeps the value that it has;
// what is of another type throws.

#include "model/members.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::control {

namespace value_json {

namespace json = boost::json;

template <class T>
inline constexpr bool unknown_type = false;

template <class T>
struct map_facts : std::false_type {};
template <class K, class V>
struct map_facts<std::map<K, V>> : std::true_type {};

template <class T>
concept any_map = map_facts<T>::value;
template <class T>
concept text_map = any_map<T> && std::same_as<typename T::key_type, std::string>;

template <class T>
inline constexpr bool is_reading = false;
template <class T>
inline constexpr bool is_reading<model::reading<T>> = true;

/// A reading is a template, which no list can name.
template <class Reading, class Visit>
    requires is_reading<std::remove_const_t<Reading>>
void each_member(Reading& of, Visit visit) {
    auto& [value, read_at, failure, tried_at] = of;
    visit("value", value);
    visit("read_at", read_at);
    visit("failure", failure);
    visit("tried_at", tried_at);
}

template <class T, class Visit>
    requires model::has_named_members<std::remove_const_t<T>>
void each_member(T& of, Visit visit) {
    using type = std::remove_const_t<T>;
    static_assert(model::is_named_whole<type>, "a member was added: name it in the list of its type, too");
    boost::mp11::mp_for_each<model::members_of<type>>([&](auto member) {
        visit(member.name, of.*member.pointer);
    });
}

template <class T>
concept with_members = is_reading<T> || model::has_named_members<T>;

template <class E>
json::value enum_to_json(E e) {
    const char* word = boost::describe::enum_to_string(e, nullptr);
    if (word != nullptr) return json::value(word);
    return static_cast<std::underlying_type_t<E>>(e);
}

template <class E>
void enum_from_json(const json::value& v, E& e) {
    if (v.is_string()) {
        const std::string word(v.as_string());
        if (!boost::describe::enum_from_string(word.c_str(), e))
            throw std::invalid_argument("a word that is not known: " + word);
        return;
    }
    e = static_cast<E>(v.to_number<std::underlying_type_t<E>>());
}

// In a struct each function sees all others, whatever their order.
struct encode {
    template <class Rep, class Period>
    static json::value to(const std::chrono::duration<Rep, Period>& d) {
        return std::chrono::nanoseconds(d).count();
    }
    template <class Clock, class Duration>
    static json::value to(const std::chrono::time_point<Clock, Duration>& t) {
        return to(t.time_since_epoch());
    }
    static json::value to(const moment& m) { return json::array{to(m.mono), to(m.wall)}; }
    static json::value to(const model::config_value& v) {
        if (model::is_secret(v)) return json::object{{"secret", model::reveal(v)}};
        return json::value(model::reveal(v));
    }
    template <class T>
    static json::value to(const std::optional<T>& v) {
        return v ? to(*v) : json::value(nullptr);
    }
    template <class A, class B>
    static json::value to(const std::pair<A, B>& v) {
        return json::array{to(v.first), to(v.second)};
    }
    template <class T>
    static json::value list_to(const T& all) {
        json::array out;
        for (const auto& one : all) out.push_back(to(one));
        return out;
    }
    template <class T>
    static json::value to(const std::vector<T>& all) {
        return list_to(all);
    }
    template <class T>
    static json::value to(const std::set<T>& all) {
        return list_to(all);
    }
    template <class K, class V>
    static json::value to(const std::map<K, V>& all) {
        if constexpr (text_map<std::map<K, V>>) {
            json::object out;
            for (const auto& [key, value] : all) out[key] = to(value);
            return out;
        } else {
            return list_to(all);
        }
    }

    template <class T>
    static json::value to(const T& v) {
        if constexpr (std::is_enum_v<T>) {
            return enum_to_json(v);
        } else if constexpr (std::is_arithmetic_v<T>) {
            return json::value(v);
        } else if constexpr (std::same_as<T, std::string>) {
            return json::value(v);
        } else if constexpr (with_members<T>) {
            json::object out;
            each_member(v, [&](const char* name, const auto& member) { out[name] = to(member); });
            return out;
        } else {
            static_assert(unknown_type<T>, "say how a value of this type is kept");
        }
    }
};

struct decode {
    template <class Rep, class Period>
    static void from(const json::value& v, std::chrono::duration<Rep, Period>& into) {
        into = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(
            std::chrono::nanoseconds(v.to_number<std::int64_t>())
        );
    }
    template <class Clock, class Duration>
    static void from(const json::value& v, std::chrono::time_point<Clock, Duration>& into) {
        Duration since{};
        from(v, since);
        into = std::chrono::time_point<Clock, Duration>(since);
    }
    static void from(const json::value& v, moment& into) {
        from(v.as_array().at(0), into.mono);
        from(v.as_array().at(1), into.wall);
    }
    static void from(const json::value& v, model::config_value& into) {
        if (v.is_object())
            into = secret(std::string(v.as_object().at("secret").as_string()));
        else
            into = std::string(v.as_string());
    }
    template <class T>
    static void from(const json::value& v, std::optional<T>& into) {
        into.reset();
        if (!v.is_null()) from(v, into.emplace());
    }
    template <class A, class B>
    static void from(const json::value& v, std::pair<A, B>& into) {
        from(v.as_array().at(0), into.first);
        from(v.as_array().at(1), into.second);
    }
    template <class T>
    static void from(const json::value& v, std::vector<T>& into) {
        into.clear();
        for (const auto& one : v.as_array()) {
            T item{};
            from(one, item);
            into.push_back(std::move(item));
        }
    }
    template <class T>
    static void from(const json::value& v, std::set<T>& into) {
        into.clear();
        for (const auto& one : v.as_array()) {
            T item{};
            from(one, item);
            into.insert(std::move(item));
        }
    }
    template <class K, class V>
    static void from(const json::value& v, std::map<K, V>& into) {
        into.clear();
        if constexpr (text_map<std::map<K, V>>) {
            for (const auto& [key, value] : v.as_object()) from(value, into[std::string(key)]);
        } else {
            for (const auto& one : v.as_array()) {
                K key{};
                from(one.as_array().at(0), key);
                from(one.as_array().at(1), into[std::move(key)]);
            }
        }
    }

    template <class T>
    static void from(const json::value& v, T& into) {
        if constexpr (std::is_enum_v<T>) {
            enum_from_json(v, into);
        } else if constexpr (std::same_as<T, bool>) {
            into = v.as_bool();
        } else if constexpr (std::is_arithmetic_v<T>) {
            into = v.to_number<T>();
        } else if constexpr (std::same_as<T, std::string>) {
            into = std::string(v.as_string());
        } else if constexpr (with_members<T>) {
            const auto& object = v.as_object();
            each_member(into, [&](const char* name, auto& member) {
                if (const auto* found = object.if_contains(name)) from(*found, member);
            });
        } else {
            static_assert(unknown_type<T>, "say how a value of this type is read");
        }
    }
};

} // namespace value_json

template <class T>
boost::json::value to_json_value(const T& v) {
    return value_json::encode::to(v);
}

template <class T>
void read_json_value(const boost::json::value& from, T& into) {
    value_json::decode::from(from, into);
}

} // namespace sluice::control
