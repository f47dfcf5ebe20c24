#pragma once
// Tells the service manager how the daemon is: one datagram a message to the socket that systemd names in
// $NOTIFY_SOCKET (protocol: sd_notify(3)). Without a socket every call does nothing. Never blocks and never
// fails: a supervisor must not stand still because its own supervisor does.

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace sluice::control {

class service_notify {
public:
    /// The value of $NOTIFY_SOCKET: a path, or "@name" in the abstract name space; empty: nobody listens.
    explicit service_notify(std::string_view socket);
    ~service_notify();
    service_notify(const service_notify&) = delete;
    service_notify& operator=(const service_notify&) = delete;

    void ready() const;
    /// A reload begins; `ready` ends it. `now` is what systemd compares its own clock with.
    void reloading(mono_time now) const;
    void stopping() const;
    /// One line for `systemctl status`.
    void status(std::string_view line) const;
    /// Due at least every $WATCHDOG_USEC, or systemd restarts the service.
    void alive() const;

private:
    void send(std::string_view message) const;

    std::string address_; // as sockaddr_un wants it: a leading zero byte for an abstract name
    int socket_ = -1;
};

} // namespace sluice::control
