#pragma once
// What each path answers: probes, metrics and the read-only API, from the status view in memory; history
// alone is read from the disk. No request changes anything: that goes over the local socket.

#include "control/commands.hpp"
#include "http/message.hpp"
#include "http/metrics.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace sluice::http {

class site {
public:
    /// `daemon` must outlive this. `hosts`: names under which it is reached, besides IP addresses and
    /// localhost.
    site(const control::daemon_reader& daemon, build_identity build, std::vector<std::string> hosts = {});

    [[nodiscard]] boost::asio::awaitable<response> answer(request asked) const;

private:
    const control::daemon_reader& daemon_;
    http::metrics metrics_;
    std::vector<std::string> hosts_;
};

} // namespace sluice::http
