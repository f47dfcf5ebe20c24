// What deploy/ ships for Prometheus and Grafana, on a real Prometheus that scrapes us.
#include "http/server.hpp"
#include "http/site.hpp"
#include "support/async.hpp"
#include "support/sample_view.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <thread>

extern char** environ; // NOLINT

namespace json = boost::json;
using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;

namespace {

using steady = std::chrono::steady_clock;

std::string content(const std::string& file) {
    std::ifstream in(file);
    return {std::istreambuf_iterator<char>(in), {}};
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

void collect_expressions(const json::value& in, std::vector<std::string>& found) {
    if (in.is_array()) {
        for (const auto& item : in.get_array()) collect_expressions(item, found);
    } else if (in.is_object()) {
        for (const auto& [name, value] : in.get_object()) {
            if (name == "expr" && value.is_string()) found.emplace_back(value.get_string());
            collect_expressions(value, found);
        }
    }
}

/// As Grafana sends them, for all pipelines.
std::vector<std::string> queries_of_dashboard() {
    std::vector<std::string> found;
    collect_expressions(json::parse(content(SLUICE_SOURCE_DIR "/deploy/grafana/sluice.json")), found);
    for (auto& query : found) {
        replace_all(query, "$__rate_interval", "1m");
        replace_all(query, "$pipeline", ".*");
    }
    return found;
}

/// Serves the sample on a thread of its own; at every scrape something has happened.
class busy_sluice {
public:
    busy_sluice() {
        auto answer = [this](http::request asked) { return scraped(std::move(asked)); };
        auto listening = http::server::listen(context_.get_executor(), *time_, "127.0.0.1", 0, answer, log_);
        if (!listening) throw std::runtime_error(listening.error().message());
        server_ = std::move(*listening);
        thread_ = std::thread([this] { context_.run(); });
    }
    ~busy_sluice() {
        context_.stop();
        thread_.join();
    }
    busy_sluice(const busy_sluice&) = delete;
    busy_sluice& operator=(const busy_sluice&) = delete;

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }

private:
    awaitable<http::response> scraped(http::request asked) {
        auto& numbers = daemon_.counted;
        numbers.count_action({"shop", "default", "update", "ok"});
        numbers.count_restart({"shop", "warehouse", "default", "shop-warehouse", "ok"});
        numbers.count_loop("reconcile", milliseconds(20));
        numbers.count_loop_failure("reconcile", "timeout");
        numbers.count_request("connect", "list_connectors", "ok", milliseconds(20));
        numbers.count_request("connect", "list_connectors", "timeout", seconds(10));
        auto shop = *daemon_.current.pipelines.back();
        shop.verdict.since += seconds(1);
        daemon_.current.pipelines.back() = std::make_shared<const control::pipeline_view>(std::move(shop));
        return site_.answer(std::move(asked));
    }

    boost::asio::io_context context_{1};
    std::unique_ptr<time_source> time_ = make_system_time(context_.get_executor());
    logger log_{[](log_level, std::string_view) {}};
    sample_reader daemon_;
    http::site site_{daemon_, {}};
    std::unique_ptr<http::server> server_;
    std::thread thread_;
};

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    const bool bound = ::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                       ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    ::close(socket);
    if (!bound) throw std::runtime_error("this machine has no free port");
    return ntohs(address.sin_port);
}

/// Our scrape example, at the sample and every second.
std::string configuration(std::uint16_t sluice) {
    auto text = content(SLUICE_SOURCE_DIR "/deploy/prometheus/prometheus.yml");
    const auto as_shipped = text;
    replace_all(text, "127.0.0.1:8084", fmt::format("127.0.0.1:{}", sluice));
    replace_all(text, "scrape_interval: 15s", "scrape_interval: 1s");
    if (text.find("8084") != std::string::npos || text.find("15s") != std::string::npos)
        throw std::runtime_error("the scrape example is another than this test knows: " + as_shipped);
    return text;
}

class real_prometheus {
public:
    explicit real_prometheus(std::uint16_t sluice) {
        std::ofstream(folder_.file("prometheus.yml")) << configuration(sluice);
        port_ = free_port();
        // It ends with this process, however that ends.
        std::vector<std::string> command{
            "setpriv",
            "--pdeathsig",
            "KILL",
            "prometheus",
            "--config.file=" + folder_.file("prometheus.yml"),
            "--storage.tsdb.path=" + folder_.file("data"),
            fmt::format("--web.listen-address=127.0.0.1:{}", port_),
        };
        std::vector<char*> arguments;
        for (auto& word : command) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        const auto log = folder_.file("log");
        posix_spawn_file_actions_t files;
        posix_spawn_file_actions_init(&files);
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT, 0600);
        posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
        const int failure =
            ::posix_spawnp(&process_, arguments[0], &files, nullptr, arguments.data(), environ);
        posix_spawn_file_actions_destroy(&files);
        if (failure != 0) throw std::runtime_error("cannot run prometheus");
    }
    ~real_prometheus() {
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    real_prometheus(const real_prometheus&) = delete;
    real_prometheus& operator=(const real_prometheus&) = delete;

    struct answer {
        bool ok = false;
        std::string text; // the answer as JSON, or what is wrong
        [[nodiscard]] bool has_data() const { return ok && text.find("\"value\"") != std::string::npos; }
    };

    [[nodiscard]] answer ask(const std::string& query) const {
        const auto command =
            fmt::format("promtool query instant --format=json http://127.0.0.1:{} '{}' 2>&1", port_, query);
        auto* out = ::popen(command.c_str(), "r");
        if (out == nullptr) throw std::runtime_error("cannot run promtool");
        answer given;
        std::array<char, 4096> part{};
        for (std::size_t got = 0; (got = std::fread(part.data(), 1, part.size(), out)) > 0;)
            given.text.append(part.data(), got);
        given.ok = ::pclose(out) == 0;
        return given;
    }

    [[nodiscard]] std::string log() const { return content(folder_.file("log")); }

private:
    temporary_folder folder_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

} // namespace

TEST_CASE("a real Prometheus scrapes us by the example, and answers every query of the dashboard with data") {
    const busy_sluice sluice;
    const real_prometheus prometheus(sluice.port());
    const auto deadline = steady::now() + seconds(90);
    while (!prometheus.ask("up{job=\"sluice\"} == 1").has_data() && steady::now() < deadline) {
    }
    auto unanswered = queries_of_dashboard();
    REQUIRE(unanswered.size() > 20);
    std::string problems;
    do { // some need two scrapes
        problems.clear();
        const auto is_answered = [&](const std::string& query) {
            const auto answer = prometheus.ask(query);
            if (!answer.has_data()) problems += fmt::format("{}\n    {}\n", query, answer.text);
            return answer.has_data();
        };
        std::erase_if(unanswered, is_answered);
    } while (!unanswered.empty() && steady::now() < deadline);
    INFO(prometheus.log());
    CHECK(problems == "");
}
