#include "support/scratch_postgres.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace sluice::testing {

namespace {

namespace fs = std::filesystem;
using clock = std::chrono::steady_clock;

/// The newest installed server's programs; empty: none.
std::string find_programs() {
    std::string newest;
    std::error_code ignored;
    for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
        const auto programs = version.path().string() + "/bin";
        if (fs::exists(programs + "/initdb") && programs > newest) newest = programs;
    }
    return newest;
}

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

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (auto& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
}

/// Both outputs go to `log`.
pid_t launch(std::vector<std::string> command, std::vector<std::string> environment, const std::string& log) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    pid_t child = -1;
    const auto arguments = pointers(command);
    const auto variables = pointers(environment);
    const int failure =
        posix_spawnp(&child, command[0].c_str(), &files, nullptr, arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&files);
    if (failure != 0) throw std::runtime_error("cannot run " + command[0]);
    return child;
}

bool succeeds(
    std::vector<std::string> command, std::vector<std::string> environment, const std::string& log
) {
    int status = 0;
    const auto child = launch(std::move(command), std::move(environment), log);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

const std::vector<std::string> plain_environment{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8", "HOME=/nonexistent"};

} // namespace

bool scratch_postgres::is_available() {
    return !find_programs().empty();
}

scratch_postgres::scratch_postgres() : programs_(find_programs()) {
    if (programs_.empty()) throw std::runtime_error("Debian's package postgresql is not installed");
    initialise();
    constexpr int tries = 5; // somebody else may have taken the free port meanwhile
    for (int i = 0; i < tries; ++i) {
        start();
        if (wait_until_ready()) return;
        stop();
    }
    const auto why = log();
    fs::remove_all(directory_);
    throw std::runtime_error("the scratch PostgreSQL did not start: " + why);
}

scratch_postgres::~scratch_postgres() {
    stop();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

/// PostgreSQL does not run as root; and it ends with this process, however that ends.
std::vector<std::string> scratch_postgres::unprivileged(std::vector<std::string> command) const {
    std::vector<std::string> whole{"setpriv", "--pdeathsig", "INT"};
    if (::geteuid() == 0) {
        whole.insert(whole.end(), {"--reuid", "nobody", "--regid", "nogroup", "--clear-groups"});
    }
    whole.insert(whole.end(), command.begin(), command.end());
    return whole;
}

void scratch_postgres::give_to_server(const std::string& file) const {
    if (::geteuid() != 0) return;
    const auto* nobody = ::getpwnam("nobody");
    if (nobody == nullptr || ::chown(file.c_str(), nobody->pw_uid, nobody->pw_gid) != 0)
        throw std::runtime_error("cannot give " + file + " to nobody");
}

void scratch_postgres::initialise() {
    std::string pattern = fs::temp_directory_path().string() + "/sluice-postgres-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    directory_ = pattern;
    std::ofstream(path("password")) << password_ << '\n';
    for (const auto& owned : {directory_, path("password")}) give_to_server(owned);
    const std::vector<std::string> command{
        programs_ + "/initdb",
        "--pgdata",
        path("data"),
        "--username",
        "postgres",
        "--pwfile",
        path("password"),
        "--auth",
        "scram-sha-256",
        "--encoding",
        "UTF8",
        "--no-sync",
        "--no-instructions",
    };
    if (!succeeds(unprivileged(command), plain_environment, path("log"))) {
        throw std::runtime_error("initdb failed: " + log());
    }
}

void scratch_postgres::start() {
    port_ = free_port();
    const std::vector<std::string> command{
        programs_ + "/postgres",
        "-D",
        path("data"),
        "-p",
        fmt::format("{}", port_),
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
        "-c",
        "fsync=off",
        "-c",
        "wal_level=logical",
        "-c",
        "shared_buffers=16MB",
    };
    server_ = launch(unprivileged(command), plain_environment, path("log"));
}

bool scratch_postgres::wait_until_ready() const {
    const std::vector<std::string> question{
        programs_ + "/pg_isready", "-h", "127.0.0.1", "-p", fmt::format("{}", port_)
    };
    const auto deadline = clock::now() + std::chrono::seconds(60);
    while (clock::now() < deadline) {
        if (::waitpid(server_, nullptr, WNOHANG) == server_) return false; // it ended
        if (succeeds(question, plain_environment, "/dev/null")) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return false;
}

void scratch_postgres::execute(const std::string& sql) {
    auto environment = plain_environment;
    environment.push_back("PGPASSWORD=" + password_);
    const std::vector<std::string> command{
        programs_ + "/psql",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        "127.0.0.1",
        "-p",
        fmt::format("{}", port_),
        "-U",
        "postgres",
        "-d",
        "postgres",
        "-c",
        sql,
    };
    if (!succeeds(command, environment, path("log"))) throw std::runtime_error("psql failed: " + log());
}

void scratch_postgres::offer_tls(const std::string& certificate_file, const std::string& key_file) {
    fs::copy_file(certificate_file, path("data/server.crt"));
    fs::copy_file(key_file, path("data/server.key"));
    fs::permissions(path("data/server.key"), fs::perms::owner_read | fs::perms::owner_write);
    for (const auto* name : {"data/server.crt", "data/server.key"}) give_to_server(path(name));
    execute("ALTER SYSTEM SET ssl = on");
    execute("SELECT pg_reload_conf()");
    const auto deadline = clock::now() + std::chrono::seconds(30);
    for (;;) { // a server takes its time to read its settings again
        try {
            return execute("DO $$ BEGIN ASSERT current_setting('ssl') = 'on'; END $$");
        } catch (const std::runtime_error&) {
            if (clock::now() > deadline) throw;
        }
    }
}

void scratch_postgres::pause() {
    ::kill(server_, SIGSTOP);
}
void scratch_postgres::resume() {
    ::kill(server_, SIGCONT);
}

/// The fast shutdown of PostgreSQL, which rolls back and disconnects.
void scratch_postgres::stop() {
    if (server_ < 0) return;
    ::kill(server_, SIGCONT);
    ::kill(server_, SIGINT);
    while (::waitpid(server_, nullptr, 0) < 0 && errno == EINTR) {
    }
    server_ = -1;
}

std::string scratch_postgres::log() const {
    std::ostringstream text;
    text << std::ifstream(path("log")).rdbuf();
    return text.str();
}

} // namespace sluice::testing
