#pragma once
// Parts of foreign text that are small enough to keep and to show. Pure; scrub first, cut afterwards: half a
// secret is no longer recognised.

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::connect {

/// What Sluice keeps of one stack trace, and of one error message.
inline constexpr std::size_t trace_limit = 64U << 10;
inline constexpr std::size_t message_limit = 4U << 10;

/// The text itself when it fits into `limit` bytes, else its beginning and its end (the root cause of a trace
/// stands last) with a note of what was left out, at most `limit` bytes. Never cuts a UTF-8 character.
std::string bounded(std::string_view text, std::size_t limit);

/// The first `count` bytes for a message: white space folded, anything not printable ASCII as '?'.
std::string beginning(std::string_view text, std::size_t count = 60);

/// The <title> of an HTML page; empty when there is none.
std::string html_title(std::string_view page);

} // namespace sluice::connect
