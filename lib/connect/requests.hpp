#pragma once
// The requests of the port, one function each: pure, so that what `plan --show-requests` prints is built by
// the very code that builds what is sent; only the secrets differ. Protocol: Kafka Connect's REST API,
// https://kafka.apache.org/documentation/#connect_rest

#include "model/declared.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::connect {

enum class verb : std::uint8_t { get, put, post, del };
std::string_view to_string(verb v); // "GET", …

/// Whether a body holds the secrets themselves (to be sent) or `secret_mask` (to be shown).
enum class secrets : std::uint8_t { revealed, masked };

struct request {
    std::string_view
        operation;         // a closed vocabulary, fit for a metric label: the name of the port's function
    std::string attempted; // for errors, reads on with the worker's address: "pause connector x at"
    verb method = verb::get;
    std::string path;       // percent-encoded, with query, without the worker's address
    std::string body;       // JSON, or empty
    bool is_write = false;  // changes something; without an answer its outcome is unknown
    bool is_slow = false;   // gets the deadline of writes
    std::string_view since; // the Connect version that brought it; empty: any version has it

    /// Sending it twice has the effect of sending it once.
    [[nodiscard]] bool is_idempotent() const { return method != verb::post; }
};

namespace requests {

request worker();
request plugins();
request connectors();
request statuses();
request status(std::string_view name);
request config(std::string_view name);
request tasks(std::string_view name);
request offsets(std::string_view name);
/// No write, but slow: the connector may log in to its database to validate.
request validate(std::string_view plugin, const model::config_map& config, secrets how);

request create(
    std::string_view name, const model::config_map& config, model::target_state initial_state, secrets how
);
request put_config(std::string_view name, const model::config_map& config, secrets how);
request remove(std::string_view name);
request restart(std::string_view name, bool only_failed);
request restart_task(std::string_view name, int task);
request pause(std::string_view name);
request resume(std::string_view name);
request stop(std::string_view name);

} // namespace requests

} // namespace sluice::connect
