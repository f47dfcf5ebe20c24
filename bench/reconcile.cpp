// What a pass costs that changes nothing: the daemon's loop, its flight recorder and its memory's file, over
// real HTTP, with a Connect on a thread of its own that answers about connectors of 40 keys each, all as the
// file declares them. Counted are the requests, the processor time of everything but that Connect (of this
// process in all threads: Asio, reading, deciding, recording, the view), and the longest time for which one
// handler held the loop.
//
//   reconcile                        1,000 connectors, then 10,000; ends with 1 when a limit is missed
//   reconcile CONNECTORS             so many, against the limits for 10,000
//   reconcile CONNECTORS SECONDS     so many, left alone for so long; ends with 1 when anything was written

#include "base/heap.hpp"
#include "connect/client.hpp"
#include "control/flight_log.hpp"
#include "control/reconciler.hpp"
#include "debezium/derive.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace sluice;

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr int keys = 40;
constexpr int passes = 11;
constexpr auto interval = std::chrono::seconds(2);
constexpr double patience = 600; // seconds, for a machine that has other work
constexpr auto unlimited = std::numeric_limits<double>::infinity();
constexpr auto plugin = "org.example.Connector";

double seconds_of(clockid_t clock) {
    timespec t{};
    clock_gettime(clock, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

// --- Connect ----------------------------------------------------------------------------------------------

/// Answers GET from what it was given, counts, and takes no write.
class fake_connect {
public:
    explicit fake_connect(std::string connectors)
        : connectors_(std::move(connectors))
        , acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
        asio::co_spawn(context_, accept(), asio::detached);
        thread_ = std::thread([this] { serve(); });
    }
    ~fake_connect() {
        context_.stop();
        thread_.join();
    }
    fake_connect(const fake_connect&) = delete;
    fake_connect& operator=(const fake_connect&) = delete;

    [[nodiscard]] std::string url() const {
        return fmt::format("http://127.0.0.1:{}", acceptor_.local_endpoint().port());
    }
    [[nodiscard]] int requests() const { return requests_; }
    /// Of those, for the connectors: a pass has one.
    [[nodiscard]] int lists() const { return lists_; }
    [[nodiscard]] int writes() const { return writes_; }
    /// Processor time of its thread until now.
    [[nodiscard]] double seconds() const { return seconds_of(clock_); }

private:
    void serve() {
        pthread_getcpuclockid(pthread_self(), &clock_);
        context_.run();
    }

    asio::awaitable<void> accept() {
        for (;;) {
            auto socket = co_await acceptor_.async_accept(asio::use_awaitable);
            asio::co_spawn(context_, talk(boost::beast::tcp_stream(std::move(socket))), asio::detached);
        }
    }

    asio::awaitable<void> talk(boost::beast::tcp_stream stream) {
        boost::beast::flat_buffer buffer;
        try {
            for (;;) {
                http::request<http::string_body> request;
                co_await http::async_read(stream, buffer, request, asio::use_awaitable);
                const bool is_write = request.method() != http::verb::get;
                ++(is_write ? writes_ : requests_);
                if (request.target().starts_with("/connectors?")) ++lists_;
                http::response<http::span_body<const char>> response{
                    is_write ? http::status::forbidden : http::status::ok, 11
                };
                response.set(http::field::content_type, "application/json");
                response.body() = answer_to(request.target());
                response.prepare_payload();
                co_await http::async_write(stream, response, asio::use_awaitable);
            }
        } catch (const boost::system::system_error&) { // the client is gone
        }
    }

    [[nodiscard]] const std::string& answer_to(boost::beast::string_view target) const {
        if (target.starts_with("/connectors?")) return connectors_;
        return target.starts_with("/connector-plugins") ? plugins_ : worker_;
    }

    std::string plugins_ = fmt::format(R"([{{"class":"{}","type":"source","version":"1"}}])", plugin);
    std::string worker_ = R"({"version":"3.9.1","commit":"x","kafka_cluster_id":"x"})";
    std::string connectors_;
    asio::io_context context_{1};
    tcp::acceptor acceptor_;
    std::atomic<int> requests_ = 0;
    std::atomic<int> lists_ = 0;
    std::atomic<int> writes_ = 0;
    clockid_t clock_{};
    std::thread thread_;
};

model::declaration declare(int connectors) {
    model::declaration d;
    d.name = "bench";
    d.reconcile.interval = interval;
    for (int i = 0; i < connectors; ++i) {
        model::plain_connector c;
        c.name = fmt::format("connector-{:05}", i);
        c.config["connector.class"] = std::string(plugin);
        for (int k = 2; k < keys; ++k)
            c.config[fmt::format("some.option.number.{}", k)] = fmt::format("value-{}-{}", i, k);
        d.connectors.push_back(std::move(c));
    }
    return d;
}

std::string as_connect_shows(const model::desired& desired) {
    std::string text = "{";
    for (const auto& c : desired.connectors) {
        std::string config;
        for (const auto& [key, value] : c.config)
            config += fmt::format("\"{}\":\"{}\",", key, model::reveal(value));
        text += fmt::format(
            R"({}"{}":{{"info":{{"name":"{}","config":{{{}"name":"{}"}},"tasks":[{{"connector":"{}","task":0}}],"type":"source"}},)"
            R"("status":{{"name":"{}","connector":{{"state":"RUNNING","worker_id":"127.0.0.1:8083"}},"tasks":[{{"id":0,"state":"RUNNING","worker_id":"127.0.0.1:8083"}}],"type":"source"}}}})",
            text.size() > 1 ? "," : "",
            c.name,
            c.name,
            config,
            c.name,
            c.name,
            c.name
        );
    }
    return text + "}";
}

// --- Sluice -----------------------------------------------------------------------------------------------

/// Connect is all that the file speaks of.
class connect_alone final : public control::adapters {
public:
    connect_alone(asio::any_io_executor executor, time_source& time)
        : executor_(std::move(executor))
        , time_(time) {}

    std::shared_ptr<connect::connect_api> connect(const model::connect_cluster& cluster) override {
        return connect::make_beast_connect(executor_, time_, cluster, std::make_shared<scrubber>(), {});
    }
    std::shared_ptr<kafka::topic_admin> topics(const model::kafka_cluster&) override { return nullptr; }
    std::shared_ptr<kafka::connect_group_reader> connect_groups(const model::kafka_cluster&) override {
        return nullptr;
    }
    std::shared_ptr<postgres::login_probe> logins() override { return nullptr; }
    asio::awaitable<std::vector<std::string>>
    hash_secrets(std::vector<std::pair<secret, std::string>>) override {
        co_return std::vector<std::string>{};
    }

private:
    asio::any_io_executor executor_;
    time_source& time_;
};

control::reconcile_mode as_the_daemon() {
    control::reconcile_mode mode;
    mode.tells_news = true;
    return mode;
}

class temporary_directory {
public:
    temporary_directory() {
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
    }
    ~temporary_directory() { std::filesystem::remove_all(path_); }
    temporary_directory(const temporary_directory&) = delete;
    temporary_directory& operator=(const temporary_directory&) = delete;

    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_ = (std::filesystem::temp_directory_path() / "sluice-bench-XXXXXX").string();
};

class converged_fleet {
public:
    explicit converged_fleet(int connectors)
        : connect_(as_connect_shows(debezium::derive(declare(connectors), installed())))
        , time_(make_system_time(context_.get_executor()))
        , world_(context_.get_executor(), *time_)
        , store_(control::make_file_memory_store(lane_, directory_.path()))
        , passes_(control::make_file_flight_log(lane_, directory_.path(), "bench"))
        , log_([](log_level, std::string_view) {})
        , loop_(context_.get_executor(), *time_, world_, *store_, log_, numbers_, as_the_daemon()) {
        auto declared = declare(connectors);
        declared.connect.urls = {connect_.url()};
        loop_.record_passes(*passes_);
        loop_.adopt_declaration(std::move(declared));
        loop_.start_loops();
    }
    ~converged_fleet() {
        bool ended = false;
        auto stop = [this, &ended]() -> asio::awaitable<void> {
            co_await loop_.stop(std::chrono::seconds(1));
            ended = true;
        };
        asio::co_spawn(context_, std::move(stop), asio::detached);
        while (!ended) context_.run_one();
    }
    converged_fleet(const converged_fleet&) = delete;
    converged_fleet& operator=(const converged_fleet&) = delete;

    /// Until every pipeline is as declared and has been found so, and what was learnt of it is written down.
    bool converges() {
        const auto is_well = [](const model::pipeline_verdict& v) {
            return v.in_sync && v.status == model::link_status::ok;
        };
        const auto is_over = [&] {
            const auto& verdicts = loop_.decision().verdicts;
            return !verdicts.empty() && std::ranges::all_of(verdicts, is_well);
        };
        if (!run_while_not(is_over, patience)) return false;
        return next_pass() && next_pass() && next_pass();
    }

    /// From one question for the connectors to the next: everything that follows from the first is in it.
    bool next_pass() {
        const int last = connect_.lists();
        const auto is_asked_again = [&] { return connect_.lists() > last; };
        return run_while_not(is_asked_again, patience);
    }

    void run_for(double seconds) {
        run_while_not([] { return false; }, seconds);
    }

    [[nodiscard]] int lists() const { return connect_.lists(); }
    [[nodiscard]] int requests() const { return connect_.requests(); }
    [[nodiscard]] int writes() const { return connect_.writes(); }
    [[nodiscard]] std::size_t planned() const { return loop_.decision().plan.changes.size(); }
    [[nodiscard]] double processor() const {
        return seconds_of(CLOCK_PROCESS_CPUTIME_ID) - connect_.seconds();
    }
    [[nodiscard]] double longest_hold() const { return longest_hold_; }
    void forget_holds() { longest_hold_ = 0; }

private:
    static std::vector<model::connect_plugin> installed() { return {{plugin, "source", "1"}}; }

    bool run_while_not(const std::function<bool()>& is_over, double limit) {
        const double end = seconds_of(CLOCK_MONOTONIC) + limit;
        while (!is_over()) {
            if (seconds_of(CLOCK_MONOTONIC) > end) return false;
            const double begun = seconds_of(CLOCK_THREAD_CPUTIME_ID); // waiting costs none
            context_.run_one_for(std::chrono::milliseconds(100));
            longest_hold_ = std::max(longest_hold_, seconds_of(CLOCK_THREAD_CPUTIME_ID) - begun);
        }
        return true;
    }

    temporary_directory directory_;
    fake_connect connect_;
    asio::io_context context_{1};
    std::unique_ptr<time_source> time_;
    blocking_lane lane_{"files"};
    connect_alone world_;
    std::unique_ptr<control::memory_store> store_;
    std::unique_ptr<control::flight_log> passes_;
    logger log_;
    control::telemetry numbers_;
    control::reconciler loop_;
    double longest_hold_ = 0; // since the last pass began
};

double resident_megabytes() {
    std::ifstream statm("/proc/self/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    statm >> size >> resident;
    return static_cast<double>(resident * sysconf(_SC_PAGESIZE)) / 1e6;
}

struct limits {
    double processor_ms = unlimited;
    double hold_ms = unlimited;
    double resident_mb = unlimited;
};

struct figures {
    std::vector<double> processor_ms; // of each pass
    std::vector<double> hold_ms;      // the longest of each pass
    double requests = 0;              // a pass
    double resident_mb = 0;
};

std::optional<figures> watch(converged_fleet& fleet) {
    figures seen;
    if (!fleet.next_pass()) return std::nullopt;
    const int asked = fleet.requests();
    for (int i = 0; i < passes; ++i) {
        fleet.forget_holds();
        const double begun = fleet.processor();
        if (!fleet.next_pass()) return std::nullopt;
        seen.processor_ms.push_back((fleet.processor() - begun) * 1e3);
        seen.hold_ms.push_back(fleet.longest_hold() * 1e3);
    }
    seen.requests = static_cast<double>(fleet.requests() - asked) / passes;
    seen.resident_mb = resident_megabytes();
    return seen;
}

double median(std::vector<double> all) {
    std::ranges::sort(all);
    return all[all.size() / 2];
}

/// Whether it is kept; printed beside it.
bool row(std::string_view what, double is, double limit, std::string_view detail = {}) {
    const bool kept = is <= limit;
    const auto wanted = limit == unlimited ? std::string("-") : fmt::format("{:.0f}", limit);
    const auto verdict = limit == unlimited ? "" : kept ? "kept" : "missed";
    fmt::print("  {:34} {:8.1f}  {:>5}  {:6}  {}\n", what, is, wanted, verdict, detail);
    return kept;
}

std::string spread(const std::vector<double>& all) {
    const auto [least, most] = std::ranges::minmax(all);
    return fmt::format("{:.1f} to {:.1f} in {} passes", least, most, all.size());
}

bool measure(int connectors, const limits& allowed) {
    converged_fleet fleet(connectors);
    if (!fleet.converges()) {
        fmt::print("{} connectors: they do not converge\n", connectors);
        return false;
    }
    const auto seen = watch(fleet);
    if (!seen) return false;
    fmt::print("{} connectors of {} keys, a pass that changes nothing\n", connectors, keys);
    const bool few = row("requests", seen->requests, 1);
    const bool quick =
        row("processor time, ms (median)",
            median(seen->processor_ms),
            allowed.processor_ms,
            spread(seen->processor_ms));
    const auto longest = std::ranges::max(seen->hold_ms);
    const bool smooth = row("longest hold of the loop, ms", longest, allowed.hold_ms, spread(seen->hold_ms));
    const bool small = row("resident memory, MB", seen->resident_mb, allowed.resident_mb);
    const bool idle = row("planned and written", static_cast<double>(fleet.planned()) + fleet.writes(), 0);
    return few && quick && smooth && small && idle;
}

bool leave_alone(int connectors, int seconds) {
    converged_fleet fleet(connectors);
    if (!fleet.converges()) return false;
    const int asked = fleet.requests();
    fleet.run_for(seconds);
    fmt::print(
        "{} connectors for {} s: {} requests, {} writes\n",
        connectors,
        seconds,
        fleet.requests() - asked,
        fleet.writes()
    );
    return fleet.writes() == 0 && fleet.requests() > asked;
}

} // namespace

int main(int argc, char** argv) {
    keep_little_freed_memory(); // as the program does
    constexpr limits of_1000{.processor_ms = 40, .hold_ms = 20, .resident_mb = 80};
    constexpr limits of_10000{.processor_ms = 400, .hold_ms = 20};
    if (argc == 3) return leave_alone(std::atoi(argv[1]), std::atoi(argv[2])) ? 0 : 1;
    if (argc == 2) return measure(std::atoi(argv[1]), of_10000) ? 0 : 1;
    const bool small = measure(1000, of_1000);
    const bool large = measure(10'000, of_10000);
    return small && large ? 0 : 1;
}
