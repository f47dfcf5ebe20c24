#pragma once
// What decide was given, cut into small parts, so that only what changed has to be recorded: a section for
// each member, by its path ("observed.connectors.value"), and in the section of a map or list a part for each
// of its elements. The cut follows the lists in model/members.hpp, and so is complete.

#include "control/value_json.hpp"

#include <string>

namespace sluice::control {

namespace sections {

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;

template <class T>
inline constexpr bool is_optional_of_many = false;
template <class T>
inline constexpr bool is_optional_of_many<std::optional<T>> = value_json::any_map<T> || is_list<T>;

} // namespace sections

/// Calls `visit` with each section: `whole(path, value)`, `map(path, value)`, `list(path, value)`, and
/// `optional(path, value)`, which tells whether the visit goes on into it.
template <class T, class Visitor>
void visit_sections(const std::string& path, T& value, Visitor& visit) {
    using type = std::remove_const_t<T>;
    if constexpr (value_json::any_map<type>) {
        visit.map(path, value);
    } else if constexpr (sections::is_list<type>) {
        visit.list(path, value);
    } else if constexpr (sections::is_optional_of_many<type>) {
        if (visit.optional(path, value)) visit_sections(path, *value, visit);
    } else if constexpr (value_json::with_members<type>) {
        value_json::each_member(value, [&](const char* name, auto& member) {
            visit_sections(path + '.' + name, member, visit);
        });
    } else {
        visit.whole(path, value);
    }
}

/// The key of an element, as text: a text as it stands, anything else as JSON.
template <class Key>
std::string key_text(const Key& key) {
    if constexpr (std::same_as<Key, std::string>)
        return key;
    else
        return boost::json::serialize(to_json_value(key));
}

template <class Key>
Key key_from(const std::string& text) {
    if constexpr (std::same_as<Key, std::string>) {
        return text;
    } else {
        Key key{};
        read_json_value(boost::json::parse(text), key);
        return key;
    }
}

} // namespace sluice::control
