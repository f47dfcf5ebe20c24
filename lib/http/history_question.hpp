#pragma once
// What a client may ask of history, written as texts: in a URL's query, or in a line over the local socket.
// Pure.

#include "base/error.hpp"
#include "base/time.hpp"
#include "control/journal.hpp"

#include <optional>
#include <string>

namespace sluice::http {

inline constexpr std::size_t most_events_asked_for = 1000;

struct history_question {
    std::optional<std::string> pipeline;
    std::optional<std::string> since; // "2h", or an RFC 3339 time
    std::optional<std::string> limit; // 1 to most_events_asked_for; 100 unless given
};

/// Errors: invalid.
result<control::history_query> read_question(const history_question& asked, wall_time now);

/// As it is asked: with a limit that may be asked for.
history_question as_question(const control::history_query& wanted);

} // namespace sluice::http
