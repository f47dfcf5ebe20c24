#pragma once
// What the outside world can do to us, as a value: what was tried, on what, what came back, and whether
// trying again can help. Used by every room; holds no secret (whoever makes one from foreign text scrubs it).

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sluice {

enum class errc : std::uint8_t {
    unreachable,       // no connection: refused, reset, unknown host, TLS failure
    timeout,           // a read without an answer within its deadline
    outcome_unknown,   // a write without an answer: it may have happened
    cancelled,         // we gave up ourselves, at shutdown
    rebalancing,       // Connect 409: the workers are re-dividing their work, or a config is stale
    already_exists,    // Connect 409 on POST, Kafka TOPIC_ALREADY_EXISTS
    wrong_state,       // Connect 409: the call needs another connector state
    forwarding_failed, // Connect 500: a worker could not reach the leader (often a dead one)
    not_found,         // 404: no such connector, topic, slot
    refused,           // the request was understood and refused: bad config, wrong value
    unauthorized,      // login refused, or the rights do not suffice
    server_error,      // any other failure on the other side
    bad_answer,        // not what the protocol says: HTML, broken JSON, cut short
    too_large,         // an answer beyond the limit
    unsupported,       // the other side is too old for this call
    invalid,           // wrong configuration or argument
    io,                // a file or socket of this machine
    busy,              // somebody else holds the lock
};

/// Whether trying again can help.
enum class retry : std::uint8_t {
    retriable,    // the same call may succeed later
    needs_change, // somebody has to change something first: a config, a right, a password
    terminal,     // never, on this version or in this process
};

std::string_view to_string(errc code);
constexpr retry retry_of(errc code) {
    switch (code) {
    case errc::unreachable:
    case errc::timeout:
    case errc::outcome_unknown:
    case errc::rebalancing:
    case errc::forwarding_failed:
    case errc::server_error:
    case errc::bad_answer:
    case errc::wrong_state:
    case errc::busy: return retry::retriable;
    case errc::already_exists:
    case errc::not_found:
    case errc::refused:
    case errc::unauthorized:
    case errc::too_large:
    case errc::invalid:
    case errc::io: return retry::needs_change;
    case errc::cancelled:
    case errc::unsupported: return retry::terminal;
    }
    return retry::terminal;
}

struct error {
    errc code = errc::invalid;
    std::string attempted; // what was tried, as a verb phrase: "list the connectors"
    std::string subject;   // on what: "http://localhost:8083", "connector shop-source"; may be empty
    std::string detail;    // what came back, in the other side's own words; may be empty

    [[nodiscard]] retry hint() const { return retry_of(code); }

    /// One line for people: "list the connectors of http://localhost:8083: connection refused".
    [[nodiscard]] std::string message() const;

    friend bool operator==(const error&, const error&) = default;
};

template <class T = void>
using result = std::expected<T, error>;

inline std::unexpected<error>
fail(errc code, std::string attempted, std::string subject = {}, std::string detail = {}) {
    return std::unexpected(error{code, std::move(attempted), std::move(subject), std::move(detail)});
}

} // namespace sluice
