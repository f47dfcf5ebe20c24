#pragma once
// Fields of a JSON object as plain values, for documents of our own: what is missing or of another type reads
// as nothing. A document of others is read with its problems told: connect/wire.hpp.

#include <boost/json/fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

std::string text_of(const boost::json::object& object, std::string_view key);
bool flag_of(const boost::json::object& object, std::string_view key);

/// 0 for a number that is not whole or too large, too.
std::int64_t number_of(const boost::json::object& object, std::string_view key);

/// Lives as long as the object.
const boost::json::array& array_of(const boost::json::object& object, std::string_view key);

} // namespace sluice
