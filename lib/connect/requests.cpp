#include "connect/requests.hpp"

#include "base/sensitive.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace sluice::connect {

namespace json = boost::json;

namespace {

/// One path segment. "." and ".." are encoded too, or a server would walk up the path.
std::string encoded(std::string_view segment) {
    const bool only_dots = segment == "." || segment == "..";
    std::string out;
    for (const char c : segment) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_plain = (byte < 0x80 && std::isalnum(byte) != 0) || c == '-' || c == '_' || c == '~' ||
                              (c == '.' && !only_dots);
        if (is_plain)
            out += c;
        else
            out += fmt::format("%{:02X}", byte);
    }
    return out;
}

std::string of_connector(std::string_view name, std::string_view rest = {}) {
    return fmt::format("/connectors/{}{}", encoded(name), rest);
}

std::string shown(std::string_view key, const model::config_value& value) {
    if (model::must_be_hidden(key, value)) return std::string(secret_mask);
    return without_embedded_secrets(model::reveal(value));
}

json::object to_json(const model::config_map& config, secrets how) {
    json::object out;
    for (const auto& [key, value] : config) {
        out.emplace(key, how == secrets::revealed ? model::reveal(value) : shown(key, value));
    }
    return out;
}

/// Connect's word for the state a connector is created in (KIP-980).
std::string_view upper_case(model::target_state s) {
    switch (s) {
    case model::target_state::running: return "RUNNING";
    case model::target_state::paused: return "PAUSED";
    case model::target_state::stopped: return "STOPPED";
    }
    return "RUNNING";
}

request read(std::string_view operation, std::string attempted, std::string path) {
    request r;
    r.operation = operation;
    r.attempted = std::move(attempted);
    r.path = std::move(path);
    return r;
}

request write(std::string_view operation, std::string attempted, verb method, std::string path) {
    auto r = read(operation, std::move(attempted), std::move(path));
    r.method = method;
    r.is_write = true;
    r.is_slow = true;
    return r;
}

} // namespace

std::string_view to_string(verb v) {
    switch (v) {
    case verb::get: return "GET";
    case verb::put: return "PUT";
    case verb::post: return "POST";
    case verb::del: return "DELETE";
    }
    return "GET";
}

namespace requests {

request worker() {
    return read("worker", "ask for the version of the Connect worker at", "/");
}

request plugins() {
    return read("plugins", "list the plugins at", "/connector-plugins");
}

request connectors() {
    return read("connectors", "list the connectors at", "/connectors?expand=status&expand=info");
}

request statuses() {
    return read("statuses", "list the connectors' statuses at", "/connectors?expand=status");
}

request status(std::string_view name) {
    return read(
        "status", fmt::format("read the status of connector {} at", name), of_connector(name, "/status")
    );
}

request config(std::string_view name) {
    return read(
        "config", fmt::format("read the config of connector {} at", name), of_connector(name, "/config")
    );
}

request tasks(std::string_view name) {
    return read(
        "tasks", fmt::format("list the tasks of connector {} at", name), of_connector(name, "/tasks")
    );
}

request offsets(std::string_view name) {
    auto r = read(
        "offsets", fmt::format("read the offsets of connector {} at", name), of_connector(name, "/offsets")
    );
    r.since = "3.5";
    return r;
}

request validate(std::string_view plugin, const model::config_map& config, secrets how) {
    auto path = fmt::format("/connector-plugins/{}/config/validate", encoded(plugin));
    auto r = read("validate", fmt::format("validate a config of {} at", plugin), std::move(path));
    r.method = verb::put;
    r.is_slow = true;
    r.body = json::serialize(to_json(config, how));
    return r;
}

request create(
    std::string_view name, const model::config_map& config, model::target_state initial_state, secrets how
) {
    auto r = write("create", fmt::format("create connector {} at", name), verb::post, "/connectors");
    json::object body;
    body.emplace("name", name);
    body.emplace("config", to_json(config, how));
    if (initial_state != model::target_state::running) {
        body.emplace("initial_state", upper_case(initial_state));
        r.since = "3.7";
    }
    r.body = json::serialize(body);
    return r;
}

request put_config(std::string_view name, const model::config_map& config, secrets how) {
    auto attempted = fmt::format("update the config of connector {} at", name);
    auto r = write("put_config", std::move(attempted), verb::put, of_connector(name, "/config"));
    r.body = json::serialize(to_json(config, how));
    return r;
}

request remove(std::string_view name) {
    return write("remove", fmt::format("delete connector {} at", name), verb::del, of_connector(name));
}

request restart(std::string_view name, bool only_failed) {
    auto path = of_connector(name, fmt::format("/restart?includeTasks=true&onlyFailed={}", only_failed));
    return write("restart", fmt::format("restart connector {} at", name), verb::post, std::move(path));
}

request restart_task(std::string_view name, int task) {
    auto path = of_connector(name, fmt::format("/tasks/{}/restart", task));
    auto attempted = fmt::format("restart task {} of connector {} at", task, name);
    return write("restart_task", std::move(attempted), verb::post, std::move(path));
}

request pause(std::string_view name) {
    return write(
        "pause", fmt::format("pause connector {} at", name), verb::put, of_connector(name, "/pause")
    );
}

request resume(std::string_view name) {
    return write(
        "resume", fmt::format("resume connector {} at", name), verb::put, of_connector(name, "/resume")
    );
}

request stop(std::string_view name) {
    auto r = write("stop", fmt::format("stop connector {} at", name), verb::put, of_connector(name, "/stop"));
    r.since = "3.5";
    return r;
}

} // namespace requests

} // namespace sluice::connect
