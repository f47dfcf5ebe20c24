#pragma once
// The real Connect: the port over HTTP/1.1 with Boost.Beast. No header of Beast or OpenSSL comes with it.

#include "base/secret.hpp"
#include "base/time.hpp"
#include "connect/api.hpp"
#include "model/declared.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace sluice::connect {

/// One finished call of the port, failover and stale connections included.
struct finished_request {
    std::string_view operation; // a closed vocabulary: the name of the port's function
    std::chrono::steady_clock::duration took{};
    std::optional<errc> failed; // absent: it went well
};

using request_observer = std::function<void(const finished_request&)>;

/// `time` and whatever `on_finished` refers to outlive the client; the client outlives its calls. A call
/// whose coroutine is cancelled gives `cancelled`. Deadlines are the cluster's read_timeout and write_timeout
/// (also for `validate`, during which Connect may log in to a database).
std::unique_ptr<connect_api> make_beast_connect(
    boost::asio::any_io_executor executor,
    time_source& time,
    const model::connect_cluster& cluster,
    std::shared_ptr<const scrubber> known,
    request_observer on_finished = {}
);

} // namespace sluice::connect
