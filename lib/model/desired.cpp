#include "model/desired.hpp"

#include <algorithm>

namespace sluice::model {

namespace {

template <class T>
const T* find_by_name(const std::vector<T>& sorted, std::string_view name) {
    const auto found = std::ranges::lower_bound(sorted, name, {}, &T::name);
    return found == sorted.end() || found->name != name ? nullptr : &*found;
}

} // namespace

const desired_connector* find_connector(const desired& in, std::string_view name) {
    return find_by_name(in.connectors, name);
}

const desired_topic* find_topic(const desired& in, std::string_view name) {
    return find_by_name(in.topics, name);
}

} // namespace sluice::model
