#pragma once
// The workers of one Connect cluster as one address: the connections that are kept alive, and the failover
// from one worker to the next. Any worker answers for the whole cluster. On the io_context's thread.

#include "base/secret.hpp"
#include "base/time.hpp"
#include "connect/connection.hpp"
#include "model/declared.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace sluice::connect {

class workers {
public:
    workers(
        boost::asio::any_io_executor executor,
        time_source& time,
        const model::connect_cluster& cluster,
        std::shared_ptr<const scrubber> known
    );

    struct reply {
        answer what;
        std::string from; // the worker's URL
    };

    /// Sends to the worker that answered last, then to the others as far as nothing can happen twice. The
    /// reply is a 2xx; every other outcome is an error that names the worker. Cancelled: throws
    /// operation_aborted.
    boost::asio::awaitable<result<reply>> send(request what, mono_time deadline);

private:
    using outcome = std::expected<answer, failure>;

    struct idle_connection {
        std::unique_ptr<connection> link;
        mono_time since;
    };

    struct target {
        worker_url url;
        std::vector<idle_connection> idle; // the longest idle first
    };

    boost::asio::awaitable<outcome>
    ask(std::size_t whom, request what, mono_time connect_by, mono_time deadline);
    boost::asio::awaitable<outcome>
    exchange(std::size_t whom, std::unique_ptr<connection> link, request what, mono_time deadline);
    std::unique_ptr<connection> take_idle(target& from);
    void close_the_long_idle();

    time_source& time_;
    std::shared_ptr<const scrubber> known_;
    connection_settings settings_;
    std::vector<target> targets_; // never changes after construction
    std::vector<error> unusable_; // URLs that cannot be read
    std::size_t preferred_ = 0;   // where the next request goes first
};

} // namespace sluice::connect
