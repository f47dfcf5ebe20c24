#pragma once
// A PostgreSQL server of a test's own, from Debian's package: in a temporary directory, on a free port of
// 127.0.0.1, without a unix socket, gone with the object and with the test's process. The superuser is
// `postgres`; every login needs its password (SCRAM).

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace sluice::testing {

class scratch_postgres {
public:
    /// False: Debian's package `postgresql` is not installed.
    static bool is_available();

    /// Throws std::runtime_error with the server's log when it does not start.
    scratch_postgres();
    ~scratch_postgres();
    scratch_postgres(const scratch_postgres&) = delete;
    scratch_postgres& operator=(const scratch_postgres&) = delete;

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] const std::string& superuser_password() const { return password_; }

    /// As the superuser. Throws when the server refuses it.
    void execute(const std::string& sql);

    /// From then on TLS is offered, with this certificate and key.
    void offer_tls(const std::string& certificate_file, const std::string& key_file);

    /// SIGSTOP and SIGCONT: connections are still accepted, by the kernel, and nobody answers.
    void pause();
    void resume();

private:
    void initialise();
    void give_to_server(const std::string& file) const;
    void start();
    [[nodiscard]] bool wait_until_ready() const;
    void stop();
    [[nodiscard]] std::string log() const;
    [[nodiscard]] std::string path(const std::string& file) const { return directory_ + '/' + file; }
    [[nodiscard]] std::vector<std::string> unprivileged(std::vector<std::string> command) const;

    std::string programs_; // the directory of initdb, postgres, psql
    std::string directory_;
    std::string password_ = "scratch superuser";
    std::uint16_t port_ = 0;
    pid_t server_ = -1;
};

} // namespace sluice::testing
