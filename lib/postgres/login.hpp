#pragma once
// The port to PostgreSQL, as far as it goes now: can one log in with these credentials?
//
// Errors: unreachable (refused, no such host, TLS), timeout, unauthorized (password, no such role: from every
// machine), refused (pg_hba.conf, a client certificate, no right: perhaps this machine only), not_found (no
// such database), server_error (starting up, too many connections, …), cancelled, unsupported: nothing was
// asked, because the connection cannot be secured from here as it is declared. Thread: the io_context's.

#include "base/error.hpp"
#include "base/secret.hpp"
#include "model/database_tls.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>

namespace sluice::postgres {

struct login {
    std::string host;
    std::uint16_t port = 5432;
    std::string database;
    std::string user;
    secret password;
    model::database_tls tls = {};

    friend bool operator==(const login&, const login&) = default;
};

struct server_facts {
    int version = 0; // as PQserverVersion: 160009
};

class login_probe {
public:
    virtual ~login_probe() = default;

    /// Connects, logs in, asks SELECT 1, disconnects. Never over a connection less secure than `tls` says.
    virtual boost::asio::awaitable<result<server_facts>> probe(login who) = 0;
};

} // namespace sluice::postgres
