#include "control/service_notify.hpp"
#include "support/temporary_folder.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

using namespace sluice;

namespace {

/// systemd's end: a datagram socket at a path, or at "@name" in the abstract name space.
class manager {
public:
    explicit manager(const std::string& name)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, name.data(), name.size());
        if (name.front() == '@') address.sun_path[0] = '\0';
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    }
    ~manager() { ::close(socket_); }
    manager(const manager&) = delete;
    manager& operator=(const manager&) = delete;

    /// A datagram between local sockets has arrived once it was sent.
    std::string heard() const {
        std::array<char, 512> buffer{};
        const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
        return size < 0 ? std::string() : std::string(buffer.data(), static_cast<std::size_t>(size));
    }

private:
    int socket_;
};

} // namespace

TEST_CASE("the service manager hears of a start, a reload with its time, a status, a sign of life and a stop"
) {
    const testing::temporary_folder temporary;
    const auto path = temporary.file("notify");
    const manager systemd(path);
    const control::service_notify notify(path);

    notify.ready();
    CHECK(systemd.heard() == "READY=1");
    notify.reloading(mono_time(std::chrono::microseconds(1234567)));
    CHECK(systemd.heard() == "RELOADING=1\nMONOTONIC_USEC=1234567");
    notify.status("3 of 4 pipelines are well");
    CHECK(systemd.heard() == "STATUS=3 of 4 pipelines are well");
    notify.alive();
    CHECK(systemd.heard() == "WATCHDOG=1");
    notify.stopping();
    CHECK(systemd.heard() == "STOPPING=1");
}

TEST_CASE("a status text cannot smuggle in another message") {
    const testing::temporary_folder temporary;
    const auto path = temporary.file("notify");
    const manager systemd(path);
    const control::service_notify notify(path);
    notify.status("fine\nSTOPPING=1");
    CHECK(systemd.heard() == "STATUS=fine STOPPING=1");
}

TEST_CASE("a manager in the abstract name space is reached too") {
    const auto name = fmt::format("@sluice-notify-test-{}", ::getpid());
    const manager systemd(name);
    const control::service_notify notify(name);
    notify.ready();
    CHECK(systemd.heard() == "READY=1");
}

TEST_CASE("without a manager, or with one that is gone, nothing happens") {
    const testing::temporary_folder temporary;
    control::service_notify("").ready();
    control::service_notify(temporary.file("nobody")).ready();
    control::service_notify(std::string(300, 'x')).ready();
}
