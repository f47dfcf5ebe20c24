#pragma once
// What libpq says of a connection that did not come about, in our terms. Pure.
//
// libpq gives no SQLSTATE for a failed connection, only text, and the server writes that in its own language
// (lc_messages). With PQERRORS_VERBOSE the text carries the SQLSTATE: "FATAL:  28P01: password …\nLOCATION:
// …".

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace sluice::postgres {

struct login_failure {
    errc code = errc::unreachable;
    std::string detail; // the server's words with the SQLSTATE behind, or the connection's trouble
};

/// `text` is PQerrorMessage of a verbose connection; of several addresses tried, the last answer counts.
login_failure read_login_failure(std::string_view text);

} // namespace sluice::postgres
