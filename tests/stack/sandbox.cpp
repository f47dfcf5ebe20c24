#include "sandbox.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <libpq-fe.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

extern char** environ; // NOLINT

namespace sluice::testing {

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::string setting(const std::string& name) {
    return stack().at(name);
}

std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> all;
    for (auto& w : words) all.push_back(w.data());
    all.push_back(nullptr);
    return all;
}

std::vector<std::string> with_environment(const std::map<std::string, std::string>& more) {
    std::vector<std::string> all;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string entry = *at;
        if (!more.contains(entry.substr(0, entry.find('=')))) all.push_back(entry);
    }
    for (const auto& [name, value] : more) all.push_back(name + '=' + value);
    return all;
}

pid_t spawn(
    std::vector<std::string> command,
    const std::map<std::string, std::string>& environment,
    const fs::path& in,
    const fs::path& out,
    const fs::path& err
) {
    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, in.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(
        &actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600
    );
    posix_spawn_file_actions_addopen(
        &actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600
    );
    auto words = with_environment(environment);
    pid_t id = -1;
    const int failed = posix_spawnp(
        &id, command.front().c_str(), &actions, nullptr, pointers(command).data(), pointers(words).data()
    );
    posix_spawn_file_actions_destroy(&actions);
    REQUIRE(failed == 0);
    return id;
}

int exit_code_of(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

finished
run(std::vector<std::string> command,
    const std::map<std::string, std::string>& environment,
    const fs::path& folder,
    const std::string& input) {
    static int runs = 0;
    const auto base = folder / fmt::format("run-{}-{}", ::getpid(), ++runs);
    const fs::path in = base.string() + ".in";
    std::ofstream(in) << input;
    const auto id =
        spawn(std::move(command), environment, in, base.string() + ".out", base.string() + ".err");
    int status = 0;
    REQUIRE(::waitpid(id, &status, 0) == id);
    return {exit_code_of(status), read_file(base.string() + ".out"), read_file(base.string() + ".err")};
}

// A free port of the loopback: bound once, and let go for the daemon.
int free_port() {
    const int s = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    REQUIRE(::bind(s, reinterpret_cast<sockaddr*>(&address), length) == 0);
    REQUIRE(::getsockname(s, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    ::close(s);
    return ntohs(address.sin_port);
}

// The smallest HTTP/1.0 client: one request, the whole answer.
rest_answer http_request(int port, const std::string& request) {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval limit{20, 0};
    ::setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(s, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
        ::close(s);
        return {};
    }
    (void)!::write(s, request.data(), request.size());
    std::string answer;
    std::array<char, 4096> part{};
    for (ssize_t n = 0; (n = ::read(s, part.data(), part.size())) > 0;)
        answer.append(part.data(), static_cast<std::size_t>(n));
    ::close(s);
    const auto head_end = answer.find("\r\n\r\n");
    if (answer.size() < 12 || head_end == std::string::npos) return {};
    return {std::stoi(answer.substr(9, 3)), answer.substr(head_end + 4)};
}

std::string request_text(const std::string& method, const std::string& path, const std::string& body) {
    return fmt::format(
        "{} {} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        method,
        path,
        body.size(),
        body
    );
}

int connect_port() {
    const auto url = setting("CONNECT_URL");
    return std::stoi(url.substr(url.rfind(':') + 1));
}

void create_database(const std::string& port, const std::string& name, const std::string& owner) {
    sql(port, "postgres", fmt::format("CREATE DATABASE {} OWNER {}", name, owner));
}

} // namespace

const std::map<std::string, std::string>& stack() {
    static const auto settings = [] {
        std::map<std::string, std::string> all;
        std::istringstream lines(read_file(SLUICE_STACK_ENV));
        for (std::string line; std::getline(lines, line);)
            if (const auto at = line.find('='); at != std::string::npos)
                all[line.substr(0, at)] = line.substr(at + 1);
        return all;
    }();
    return settings;
}

void stack_does(const std::string& words) {
    const auto command =
        fmt::format("{}/deploy/local/stack {} --dir {} >&2", SLUICE_SOURCE_DIR, words, setting("STACK_DIR"));
    INFO(command);
    REQUIRE(std::system(command.c_str()) == 0);
}

void eventually(const std::string& what, const std::function<bool()>& holds, std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline)
            FAIL("not within " << limit.count() << " s: " << what);
        ::poll(nullptr, 0, 100);
    }
}

std::string replaced(std::string text, const std::string& what, const std::string& with) {
    const auto at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), with);
}

std::vector<std::string> sql(const std::string& port, const std::string& database, const std::string& query) {
    const auto where = fmt::format(
        "host=127.0.0.1 port={} dbname={} user={} password={} connect_timeout=10",
        port,
        database,
        setting("ADMIN_USER"),
        setting("ADMIN_DB_PASSWORD")
    );
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(where.c_str()), &PQfinish);
    INFO(query << ": " << PQerrorMessage(connection.get()));
    REQUIRE(PQstatus(connection.get()) == CONNECTION_OK);
    const std::unique_ptr<PGresult, decltype(&PQclear)> answer(
        PQexec(connection.get(), query.c_str()), &PQclear
    );
    const auto status = PQresultStatus(answer.get());
    INFO(PQresultErrorMessage(answer.get()));
    REQUIRE((status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK));
    std::vector<std::string> rows;
    for (int row = 0; row < PQntuples(answer.get()); ++row) {
        std::string text;
        for (int column = 0; column < PQnfields(answer.get()); ++column)
            text += (column > 0 ? "|" : "") + std::string(PQgetvalue(answer.get(), row, column));
        rows.push_back(std::move(text));
    }
    return rows;
}

rest_answer connect(const std::string& method, const std::string& path, const std::string& body) {
    return http_request(connect_port(), request_text(method, path, body));
}

// --- the daemon -----------------------------------------------------------------------------------------

daemon_process::daemon_process(
    std::vector<std::string> command, std::map<std::string, std::string> environment, fs::path log
)
    : id_(spawn(std::move(command), environment, "/dev/null", log, log)) {}

daemon_process::~daemon_process() {
    if (ended_) return;
    ::kill(id_, SIGTERM);
    if (wait(std::chrono::seconds(10)) != -1) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, &status_, 0);
}

void daemon_process::signal(int number) const {
    ::kill(id_, number);
}

bool daemon_process::runs() {
    if (!ended_) ended_ = ::waitpid(id_, &status_, WNOHANG) == id_;
    return !ended_;
}

int daemon_process::wait(std::chrono::seconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    while (runs()) {
        if (std::chrono::steady_clock::now() > deadline) return -1;
        ::poll(nullptr, 0, 20);
    }
    return exit_code_of(status_);
}

// --- the corner -----------------------------------------------------------------------------------------

sandbox::sandbox(const std::string& name)
    : instance(fmt::format("{}-{}", name, ::getpid()))
    , source_connector(instance + "-source")
    , sink_connector(instance + "-sink")
    , folder_(fs::temp_directory_path() / ("sluice-" + instance))
    , port_(free_port()) {
    fs::create_directories(folder_);
    auto database = instance;
    std::ranges::replace(database, '-', '_');
    create_database(setting("SOURCE_PORT"), database, setting("SOURCE_USER"));
    create_database(setting("SINK_PORT"), database, setting("SINK_USER"));
    const auto tables = read_file(fs::path(SLUICE_SOURCE_DIR) / "deploy/sql/source.sql");
    source("SET ROLE " + setting("SOURCE_USER") + "; " + tables);
    write_file(usual_file());
}

// What a failed test's reader needs, and what is gone with the corner.
void sandbox::tell_what_is_left() const {
    std::cerr << "--- the daemon's log\n" << log();
    for (const auto& connector : {source_connector, sink_connector}) {
        const auto path = "/connectors/" + connector;
        std::cerr << "--- " << connector << '\n'
                  << connect("GET", path + "/status").body << '\n'
                  << connect("GET", path + "/offsets").body << '\n';
    }
}

sandbox::~sandbox() {
    if (std::uncaught_exceptions() > 0) tell_what_is_left();
    // Whatever the test left: its connectors, its slot, its databases. A failure here must not hide the
    // test's.
    const auto all = connect("GET", "/connectors").body;
    std::istringstream names(all);
    for (std::string name; std::getline(names, name, '"');)
        if (name.starts_with(instance)) connect("DELETE", "/connectors/" + name);
    auto database = instance;
    std::ranges::replace(database, '-', '_');
    const auto slots =
        fmt::format("SELECT count(*) FROM pg_replication_slots WHERE database = '{}' AND active", database);
    for (int i = 0; i < 100 && sql(setting("SOURCE_PORT"), "postgres", slots).front() != "0"; ++i)
        ::poll(nullptr, 0, 100);
    sql(setting("SOURCE_PORT"),
        "postgres",
        fmt::format(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = '{}' AND "
            "NOT active",
            database
        ));
    sql(setting("SOURCE_PORT"), "postgres", fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", database));
    sql(setting("SINK_PORT"), "postgres", fmt::format("DROP DATABASE IF EXISTS {} WITH (FORCE)", database));
    std::error_code ec;
    fs::remove_all(folder_, ec);
}

std::string sandbox::usual_file() const {
    auto database = instance;
    std::ranges::replace(database, '-', '_');
    return fmt::format(
        R"(version: 1
name: {instance}
kafka: {{bootstrap_servers: "{kafka}"}}
connect: {{urls: ["{connect}"]}}
http: {{listen: "127.0.0.1:{port}"}}
state_dir: {folder}/state
reconcile: {{interval: 2s}}
pipelines:
  shop:
    source:
      type: debezium-postgres
      host: localhost
      port: {source_port}
      database: {database}
      user: {source_user}
      password: !env SOURCE_DB_PASSWORD
      topic_prefix: {instance}
      tables: [public.products, public.orders]
      connector: {instance}-source
      heartbeat: 10s
    topics: {{replication_factor: 1}}
    sinks:
      warehouse:
        type: debezium-jdbc
        host: localhost
        port: {sink_port}
        database: {database}
        user: {sink_user}
        password: !env SINK_DB_PASSWORD
        table_name: "{{schema}}_{{table}}"
        dead_letter: {{topic: {instance}.dlq}}
        connector: {instance}-sink
)",
        fmt::arg("instance", instance),
        fmt::arg("kafka", setting("KAFKA_BOOTSTRAP")),
        fmt::arg("connect", setting("CONNECT_URL")),
        fmt::arg("port", port_),
        fmt::arg("folder", folder_.string()),
        fmt::arg("source_port", setting("SOURCE_PORT")),
        fmt::arg("database", database),
        fmt::arg("source_user", setting("SOURCE_USER")),
        fmt::arg("sink_port", setting("SINK_PORT")),
        fmt::arg("sink_user", setting("SINK_USER"))
    );
}

void sandbox::write_file(const std::string& yaml) const {
    // As an editor does it: the daemon never sees half a file.
    const fs::path beside = file().string() + ".new";
    std::ofstream(beside) << yaml;
    fs::rename(beside, file());
}

std::map<std::string, std::string> sandbox::environment() const {
    return {
        {"SOURCE_DB_PASSWORD", setting("SOURCE_DB_PASSWORD")},
        {"SINK_DB_PASSWORD", setting("SINK_DB_PASSWORD")},
        {"RUNTIME_DIRECTORY", folder_.string()},
        {"SLUICE_CONFIG", file().string()},
        {"NO_COLOR", "1"},
    };
}

finished sandbox::sluice(const std::vector<std::string>& words, const std::string& input) const {
    std::vector<std::string> command{SLUICE_BINARY};
    command.insert(command.end(), words.begin(), words.end());
    return run(std::move(command), environment(), folder_, input);
}

std::unique_ptr<daemon_process> sandbox::start_daemon() const {
    return std::make_unique<daemon_process>(
        std::vector<std::string>{SLUICE_BINARY, "run"}, environment(), folder_ / "daemon.log"
    );
}

rest_answer sandbox::http(const std::string& target) const {
    return http_request(port_, request_text("GET", target, {}));
}

std::string sandbox::status_of(const std::string& pipeline) const {
    const auto answer = http("/api/v1/pipelines/" + pipeline).body;
    const std::string key = "\"status\":\"";
    const auto at = answer.find(key);
    if (at == std::string::npos) return {};
    const auto start = at + key.size();
    return answer.substr(start, answer.find('"', start) - start);
}

double sandbox::metric(const std::string& line_start) const {
    std::istringstream lines(http("/metrics").body);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(line_start)) return std::stod(line.substr(line.rfind(' ') + 1));
    return -1;
}

double sandbox::writes() const {
    double sum = 0;
    std::istringstream lines(http("/metrics").body);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with("sluice_reconcile_actions_total{"))
            sum += std::stod(line.substr(line.rfind(' ') + 1));
    return sum;
}

std::string sandbox::log() const {
    return read_file(folder_ / "daemon.log");
}

std::vector<std::string> sandbox::source(const std::string& query) const {
    auto database = instance;
    std::ranges::replace(database, '-', '_');
    return sql(setting("SOURCE_PORT"), database, query);
}

std::vector<std::string> sandbox::sink(const std::string& query) const {
    auto database = instance;
    std::ranges::replace(database, '-', '_');
    return sql(setting("SINK_PORT"), database, query);
}

bool sandbox::sink_has_product(int id) const {
    if (sink("SELECT 1 FROM pg_tables WHERE tablename = 'public_products'").empty()) return false;
    return !sink(fmt::format("SELECT 1 FROM public_products WHERE id = {}", id)).empty();
}

// --- what a healthy pipeline does -----------------------------------------------------------------------

void becomes_ok(const sandbox& corner) {
    INFO(corner.log());
    eventually("the pipeline is ok", [&] { return corner.status_of() == "ok"; }, std::chrono::seconds(120));
}

namespace {

// The lamp's stock in the sink: no row where the table is not there yet.
std::vector<std::string> lamps(const sandbox& corner) {
    if (corner.sink("SELECT 1 FROM pg_tables WHERE tablename = 'public_products'").empty()) return {};
    return corner.sink("SELECT stock FROM public_products WHERE name = 'Lamp'");
}

} // namespace

void changes_arrive(const sandbox& corner) {
    using rows = std::vector<std::string>;
    corner.source("INSERT INTO products (name, price, stock) VALUES ('Lamp', 19.90, 7)");
    eventually("the new row is in the sink", [&] { return lamps(corner) == rows{"7"}; });
    corner.source("UPDATE products SET stock = 6 WHERE name = 'Lamp'");
    eventually("the update is in the sink", [&] { return lamps(corner) == rows{"6"}; });
    corner.source("DELETE FROM products WHERE name = 'Lamp'");
    eventually("the delete is in the sink", [&] { return lamps(corner).empty(); });
}

} // namespace sluice::testing
