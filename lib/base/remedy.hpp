#pragma once
// What a person can do about a system that cannot be used: one table, so that every room says the same.

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

/// Who was asked.
enum class peer : std::uint8_t { connect, kafka, database };

/// A clause such as "correct `user` or `password`"; empty where it passes by itself, or where what came back
/// says it better.
std::string_view remedy_for(peer asked, errc code);

/// "what came back; what to do about it".
std::string with_remedy(std::string detail, peer asked, errc code);

} // namespace sluice
