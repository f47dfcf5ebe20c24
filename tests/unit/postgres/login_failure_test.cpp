#include "postgres/login_failure.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using sluice::postgres::read_login_failure;

namespace {

const std::string at_server = "connection to server at \"localhost\" (127.0.0.1), port 5432 failed: ";

void check(const std::string& text, errc code, const std::string& detail) {
    const auto failure = read_login_failure(text);
    CHECK(failure.code == code);
    CHECK(failure.detail == detail);
}

} // namespace

TEST_CASE("what the server answers is judged by its SQLSTATE") {
    check(
        at_server + "FATAL:  28P01: password authentication failed for user \"x\"\nLOCATION:  auth_failed, "
                    "auth.c:334\n",
        errc::unauthorized,
        "password authentication failed for user \"x\" (28P01)"
    );
    check(
        at_server + "FATAL:  3D000: database \"d\" does not exist\n",
        errc::not_found,
        "database \"d\" does not exist (3D000)"
    );
    check(
        at_server + "FATAL:  57P03: the database system is starting up\n",
        errc::server_error,
        "the database system is starting up (57P03)"
    );
    check(
        at_server + "FATAL:  53300: sorry, too many clients already\n",
        errc::server_error,
        "sorry, too many clients already (53300)"
    );
}

TEST_CASE("only what is wrong with the credentials themselves is unauthorized; the rest may be for our "
          "machine alone") {
    check(
        at_server + "FATAL:  28000: role \"x\" does not exist\nLOCATION:  InitializeSessionUserId, "
                    "miscinit.c:787\n",
        errc::unauthorized,
        "role \"x\" does not exist (28000)"
    );
    check(
        at_server +
            "FATAL:  28000: Rolle »x« existiert nicht\nORT:  InitializeSessionUserId, miscinit.c:787\n",
        errc::unauthorized,
        "Rolle »x« existiert nicht (28000)"
    );
    check(
        at_server + "FATAL:  28000: no pg_hba.conf entry for host \"10.0.0.1\", user \"x\", database \"d\", "
                    "no encryption\nLOCATION:  ClientAuthentication, auth.c:536\n",
        errc::refused,
        "no pg_hba.conf entry for host \"10.0.0.1\", user \"x\", database \"d\", no encryption (28000)"
    );
    check(
        at_server + "FATAL:  28000: connection requires a valid client certificate\nLOCATION:  "
                    "ClientAuthentication, auth.c:401\n",
        errc::refused,
        "connection requires a valid client certificate (28000)"
    );
    check(
        at_server + "FATAL:  42501: permission denied for database \"d\"\n",
        errc::refused,
        "permission denied for database \"d\" (42501)"
    );
}

TEST_CASE("the server's language does not matter") {
    check(
        at_server + "FATAL:  28P01: Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen\nORT:  "
                    "auth_failed, auth.c:334\n",
        errc::unauthorized,
        "Passwort-Authentifizierung für Benutzer »x« fehlgeschlagen (28P01)"
    );
    check(
        at_server + "SCHWERWIEGEND:  3D000: Datenbank »d« existiert nicht\n",
        errc::not_found,
        "Datenbank »d« existiert nicht (3D000)"
    );
}

TEST_CASE("where no server answered it is unreachable, with the first trouble told") {
    check(
        "connection to server at \"localhost\" (::1), port 5 failed: Connection refused\n"
        "\tIs the server running on that host and accepting TCP/IP connections?\n",
        errc::unreachable,
        "Connection refused"
    );
    check(
        "server closed the connection unexpectedly\n\tThis probably means …\n",
        errc::unreachable,
        "server closed the connection unexpectedly"
    );
    check("", errc::unreachable, "");
}

TEST_CASE("of several addresses the one that answered counts") {
    check(
        "connection to server at \"localhost\" (::1), port 5432 failed: Connection refused\n"
        "\tIs the server running on that host and accepting TCP/IP connections?\n" +
            at_server + "FATAL:  3D000: database \"d\" does not exist\n",
        errc::not_found,
        "database \"d\" does not exist (3D000)"
    );
}

TEST_CASE("a server that wants a password where there is none refuses the login") {
    check(
        at_server + "fe_sendauth: no password supplied\n", errc::refused, "fe_sendauth: no password supplied"
    );
}

TEST_CASE("a file that libpq cannot use tells nothing of the server") {
    check(
        at_server +
            "private key file \"/k\" has group or world access; file must have permissions u=rw (0600)\n",
        errc::unsupported,
        "private key file \"/k\" has group or world access; file must have permissions u=rw (0600)"
    );
    check(
        at_server + "could not read root certificate file \"/c\": no start line\n",
        errc::unsupported,
        "could not read root certificate file \"/c\": no start line"
    );
}
