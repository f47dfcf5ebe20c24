#pragma once
// The address of one Connect worker: http[s]://host[:port][/prefix].

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::connect {

struct worker_url {
    bool tls = false;
    std::string host; // name or IP address, without brackets
    std::uint16_t port = 0;
    std::string prefix; // of every path; without a slash at its end
    std::string text;   // as shown to people

    /// The Host header: IPv6 addresses in brackets, the port unless it is the scheme's own.
    [[nodiscard]] std::string host_header() const;

    friend bool operator==(const worker_url&, const worker_url&) = default;
};

/// Errors: `invalid`, naming what is wrong. Credentials, queries and fragments are refused, and never shown.
result<worker_url> parse_worker_url(std::string_view text);

} // namespace sluice::connect
