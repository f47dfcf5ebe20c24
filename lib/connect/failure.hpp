#pragma once
// Why a request failed at one worker, and what may be done about it. Pure: the rules of failover and of
// "it may have happened" are here as values, so that they are tested without a socket.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "connect/answer.hpp"
#include "connect/requests.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::connect {

/// How far the exchange came.
enum class progress : std::uint8_t {
    not_sent,  // no byte of the request left: nothing can have happened
    sent,      // at least a part of the request left, no byte of an answer came
    answering, // a part of an answer came
    answered,  // a whole answer came, and it says no
};

struct failure {
    errc code = errc::unreachable;
    progress reached = progress::not_sent;
    std::string detail;                   // scrubbed and bounded
    bool another_worker_may_help = false; // only looked at when answered

    friend bool operator==(const failure&, const failure&) = default;
};

/// What an answer says went wrong; none for 2xx. Kafka Connect tells failures apart by status and text.
std::optional<failure> failure_in(const answer& what, const request& asked, const scrubber& known);

/// Whether the same request may be sent to the next worker without doing anything twice.
bool may_fail_over(const request& asked, const failure& why);

/// Whether a connection that was kept alive was merely stale: then the request may go out on a fresh one.
bool is_worth_a_fresh_connection(const request& asked, const failure& why);

/// The code that the caller gets: a write that may have happened is neither failed nor timed out.
errc code_for_caller(const request& asked, const failure& why);

} // namespace sluice::connect
