#pragma once
// A client on the test's own io_context and clock, with every finished request written down.

#include "base/time.hpp"
#include "connect/client.hpp"
#include "support/async.hpp"
#include "support/scripted_server.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::connect {

struct client_fixture {
    boost::asio::io_context context{1};
    std::unique_ptr<time_source> time = make_system_time(context.get_executor());
    std::shared_ptr<scrubber> known = std::make_shared<scrubber>();
    std::vector<finished_request> finished;

    /// Deadlines that no test reaches unless it means to.
    static model::connect_cluster cluster_at(std::vector<std::string> urls) {
        model::connect_cluster cluster;
        cluster.urls = std::move(urls);
        cluster.read_timeout = seconds(20);
        cluster.write_timeout = seconds(20);
        return cluster;
    }

    std::unique_ptr<connect_api> client_of(const model::connect_cluster& cluster) {
        auto note = [this](const finished_request& r) { finished.push_back(r); };
        return make_beast_connect(context.get_executor(), *time, cluster, known, std::move(note));
    }

    std::unique_ptr<connect_api> client_at(std::vector<std::string> urls) {
        return client_of(cluster_at(std::move(urls)));
    }

    /// Runs one call of the client to its end.
    template <class T>
    T wait_for(boost::asio::awaitable<T> call) {
        std::optional<T> got;
        auto body = [&]() -> boost::asio::awaitable<void> { got.emplace(co_await std::move(call)); };
        testing::run_async(context, std::move(body));
        return std::move(*got);
    }

    std::string refusing_url() {
        return "http://127.0.0.1:" + std::to_string(testing::refusing_port(context));
    }
};

/// Short enough for a test that waits for a deadline, long enough for a busy machine to get that far.
inline constexpr auto short_deadline = milliseconds(500);

inline model::config_map some_config() {
    model::config_map config;
    config.emplace("connector.class", "org.example.Source");
    config.emplace("password", secret("correct horse"));
    return config;
}

/// Connect's own way to say no.
inline testing::behaviour refuse(unsigned status, const std::string& message) {
    return testing::respond(
        status, R"({"error_code":)" + std::to_string(status) + R"(,"message":")" + message + R"("})"
    );
}

inline const std::string worker_json = R"({"version":"3.7.2","commit":"79a8","kafka_cluster_id":"sMT"})";

} // namespace sluice::connect
