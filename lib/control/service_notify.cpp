#include "control/service_notify.hpp"

#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sluice::control {

service_notify::service_notify(std::string_view socket) : address_(socket) {
    if (address_.empty() || address_.size() > sizeof(sockaddr_un::sun_path) - 1) return;
    if (address_.front() == '@') address_.front() = '\0';
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

service_notify::~service_notify() {
    if (socket_ >= 0) ::close(socket_);
}

void service_notify::ready() const {
    send("READY=1");
}

void service_notify::reloading(mono_time now) const {
    // systemd waits for a READY=1 younger than this: without the time a reload may never seem to end.
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count();
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", at));
}

void service_notify::stopping() const {
    send("STOPPING=1");
}

void service_notify::status(std::string_view line) const {
    std::string one_line(line);
    std::ranges::replace(one_line, '\n', ' '); // each further line would be another assignment
    send("STATUS=" + one_line);
}

void service_notify::alive() const {
    send("WATCHDOG=1");
}

void service_notify::send(std::string_view message) const {
    if (socket_ < 0) return;
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::ranges::copy(address_, to.sun_path);
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size());
    const auto* address = reinterpret_cast<const sockaddr*>(&to);
    static_cast<void>(::sendto(socket_, message.data(), message.size(), MSG_NOSIGNAL, address, size));
}

} // namespace sluice::control
