#pragma once
// The port to one Kafka Connect cluster. Implemented by beast_connect (client.hpp) and, in tests, by a model
// Connect. One call is one HTTP exchange (plus failover to the next worker); nothing is retried here except
// the connection itself. Every text that comes back is scrubbed of known secrets, configs excepted.
//
// Errors: unreachable (no worker answered), timeout (a read), outcome_unknown (a write without an answer),
// rebalancing, forwarding_failed, already_exists, wrong_state, not_found, refused (400, 422), unauthorized,
// server_error, bad_answer, too_large, unsupported (the worker has no such call), cancelled, and invalid (a
// URL or a certificate file of our own cannot be used; nothing was sent). Thread: the io_context's.
// Parameters are taken by value: a coroutine may outlive its caller's temporaries.

#include "base/error.hpp"
#include "model/declared.hpp"
#include "model/observed.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::connect {

template <class T>
using awaitable = boost::asio::awaitable<T>;

/// One key that PUT /connector-plugins/{class}/config/validate complains about.
struct validation_problem {
    std::string key;
    std::vector<std::string> messages; // scrubbed

    friend bool operator==(const validation_problem&, const validation_problem&) = default;
};

struct validation {
    std::vector<validation_problem> problems; // empty: the config is valid
};

struct partition_offset {
    std::string partition; // as compact JSON: {"server":"cdc"}
    std::string offset;    // as compact JSON

    friend bool operator==(const partition_offset&, const partition_offset&) = default;
};

/// What Connect lists, and which of its answers that is.
struct numbered_list {
    std::uint64_t number = 0;                  // the same: the same list
    std::optional<model::connector_list> list; // absent: as in the answer whose number was given
};

class connect_api {
public:
    virtual ~connect_api() = default;

    /// GET /
    virtual awaitable<result<model::connect_worker>> worker() = 0;
    /// GET /connector-plugins
    virtual awaitable<result<std::vector<model::connect_plugin>>> plugins() = 0;
    /// GET /connectors?expand=status&expand=info
    virtual awaitable<result<model::connector_list>> connectors() = 0;
    /// The same, for who still has the list of an earlier answer (0: of none): of a fleet at rest most
    /// answers are the last one again, byte for byte, and need not be read.
    virtual awaitable<result<numbered_list>> connectors_since(std::uint64_t number);
    /// GET /connectors?expand=status
    virtual awaitable<result<model::connector_list>> statuses() = 0;
    /// GET /connectors/{name}/status. Just after a create: not_found.
    virtual awaitable<result<model::connector_status>> status(std::string name) = 0;
    /// GET /connectors/{name}/config
    virtual awaitable<result<std::map<std::string, std::string>>> config(std::string name) = 0;
    /// GET /connectors/{name}/tasks: the ids
    virtual awaitable<result<std::vector<int>>> tasks(std::string name) = 0;
    /// GET /connectors/{name}/offsets (Connect 3.5+)
    virtual awaitable<result<std::vector<partition_offset>>> offsets(std::string name) = 0;

    /// PUT /connector-plugins/{class}/config/validate; the config needs `name` and `connector.class`.
    virtual awaitable<result<validation>> validate(std::string plugin, model::config_map config) = 0;

    /// POST /connectors. `initial_state` other than running needs Connect 3.7 (KIP-980).
    virtual awaitable<result<void>>
    create(std::string name, model::config_map config, model::target_state initial_state) = 0;
    virtual awaitable<result<void>> put_config(std::string name, model::config_map config) = 0;
    virtual awaitable<result<void>> remove(std::string name) = 0;
    /// POST /connectors/{name}/restart?includeTasks=true&onlyFailed=… (KIP-745, Connect 3.0+)
    virtual awaitable<result<void>> restart(std::string name, bool only_failed) = 0;
    virtual awaitable<result<void>> restart_task(std::string name, int task) = 0;
    virtual awaitable<result<void>> pause(std::string name) = 0;
    virtual awaitable<result<void>> resume(std::string name) = 0;
    virtual awaitable<result<void>> stop(std::string name) = 0; // 3.5+
};

inline awaitable<result<numbered_list>> connect_api::connectors_since(std::uint64_t) {
    auto list = co_await connectors();
    if (!list) co_return std::unexpected(list.error());
    numbered_list read;
    read.list = std::move(*list);
    co_return read;
}

} // namespace sluice::connect
