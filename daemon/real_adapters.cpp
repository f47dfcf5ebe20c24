#include "real_adapters.hpp"

#include "base/digest.hpp"
#include "connect/client.hpp"
#include "kafka/rdkafka_connect_group_reader.hpp"
#include "kafka/rdkafka_topic_admin.hpp"
#include "postgres/libpq_login_probe.hpp"

namespace sluice {

namespace asio = boost::asio;

namespace {

constexpr milliseconds kafka_timeout = seconds(10);
constexpr milliseconds login_timeout = seconds(5);

} // namespace

real_adapters::real_adapters(
    asio::any_io_executor executor,
    time_source& time,
    const logger& log,
    control::telemetry& numbers,
    std::shared_ptr<const scrubber> secrets
)
    : executor_(std::move(executor))
    , time_(time)
    , log_(log)
    , numbers_(numbers)
    , secrets_(std::move(secrets)) {}

std::shared_ptr<connect::connect_api> real_adapters::connect(const model::connect_cluster& cluster) {
    auto count = [this](const connect::finished_request& request) {
        const auto outcome = request.failed ? to_string(*request.failed) : std::string_view("ok");
        numbers_.count_request("connect", std::string(request.operation), std::string(outcome), request.took);
    };
    return connect::make_beast_connect(executor_, time_, cluster, secrets_, std::move(count));
}

std::shared_ptr<kafka::topic_admin> real_adapters::topics(const model::kafka_cluster& cluster) {
    return kafka::make_rdkafka_topic_admin(kafka_, cluster, kafka_timeout, log_);
}

std::shared_ptr<kafka::connect_group_reader> real_adapters::connect_groups(const model::kafka_cluster& cluster
) {
    return kafka::make_rdkafka_connect_group_reader(kafka_, cluster, kafka_timeout, log_);
}

std::shared_ptr<postgres::login_probe> real_adapters::logins() {
    return postgres::make_libpq_login_probe(executor_, names_, login_timeout);
}

asio::awaitable<std::vector<std::string>>
real_adapters::hash_secrets(std::vector<std::pair<secret, std::string>> work) {
    auto call = [work = std::move(work)] {
        std::vector<std::string> hashes;
        for (const auto& [value, salt] : work) hashes.push_back(scrypt_hex(value, salt));
        return hashes;
    };
    co_return co_await hashing_.run(std::move(call));
}

std::vector<std::string> real_adapters::hanging(milliseconds limit) {
    std::vector<std::string> names;
    for (auto* lane : {&kafka_, &names_, &hashing_, &disk_, &history_, &recorder_})
        if (!lane->drain(limit)) names.push_back(lane->name());
    return names;
}

} // namespace sluice
