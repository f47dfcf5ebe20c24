#pragma once
// How a connector secures the connection to its database, in libpq's words, which are pgjdbc's too. The files
// are those of the machine that Connect runs on.

#include "base/secret.hpp"

#include <string>

namespace sluice::model {

struct database_tls {
    std::string mode = "prefer";  // sslmode
    std::string root_certificate; // of this and the next two: a path; empty: none is named
    std::string certificate;
    std::string key;
    secret key_password;
    std::string
        unknown_because; // it goes a way of its own: nobody but Connect can log in so; empty: it can be told

    friend bool operator==(const database_tls&, const database_tls&) = default;
};

} // namespace sluice::model
