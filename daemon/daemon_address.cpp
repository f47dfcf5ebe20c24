#include "daemon_address.hpp"

#include "config/load.hpp"
#include "pipeline_file.hpp"
#include "state_directory.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

namespace sluice {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr milliseconds patience = seconds(3);

// Secrets do not matter here: something stands for a variable that is not set, and for a file that only the
// daemon may read.
config::surroundings without_secrets(const std::string& file) {
    auto around = config::process_surroundings(file);
    around.environment = [](const std::string& name) -> std::optional<std::string> {
        const char* value = std::getenv(name.c_str());
        return value != nullptr ? value : "unset";
    };
    around.instead_of_secret_file = "unreadable";
    return around;
}

// Where a daemon's socket may be, the likeliest first.
std::vector<fs::path> places(const std::string& file) {
    std::vector<fs::path> all;
    if (const char* runtime = std::getenv("RUNTIME_DIRECTORY"); runtime != nullptr) all.emplace_back(runtime);
    all.emplace_back("/run/sluice");
    std::error_code ec;
    for (const auto& entry : fs::directory_iterator(fs::path(file).parent_path() / ".sluice", ec))
        all.push_back(entry.path());
    return all;
}

std::vector<std::string> sockets(const std::string& file) {
    std::vector<std::string> all;
    std::error_code ec;
    for (const auto& place : places(file))
        for (const auto& entry : fs::directory_iterator(place, ec))
            if (entry.is_socket(ec) && entry.path().extension() == ".sock") all.push_back(entry.path());
    return all;
}

// The same by whatever way it is named: a relative path, a link.
bool is_same_file(const std::string& a, const std::string& b) {
    if (a.empty() || b.empty()) return false;
    std::error_code ec;
    const auto one = fs::weakly_canonical(fs::absolute(a, ec), ec);
    const auto other = fs::weakly_canonical(fs::absolute(b, ec), ec);
    return !ec && one == other;
}

} // namespace

daemon_address address_of(const model::declaration& declared) {
    std::vector<std::string> names;
    for (const auto& pipeline : declared.pipelines) names.push_back(pipeline.name);
    for (const auto& plain : declared.connectors) names.push_back(plain.name);
    return {declared.name, socket_path(declared), declared.http, declared.state_dir, std::move(names)};
}

asio::awaitable<std::optional<daemon_address>> find_daemon(common_options common) {
    const auto file = find_file(common);
    const auto loaded = config::load(file, without_secrets(file));
    if (loaded.declared) co_return address_of(*loaded.declared);
    for (const auto& socket : sockets(file)) {
        const auto client = co_await http::local_client::connect(socket, patience);
        if (!client) continue;
        const auto daemon = co_await (*client)->version(patience);
        if (daemon && is_same_file(daemon->file, file))
            co_return daemon_address{daemon->instance, socket, {}, {}, {}};
    }
    co_return std::nullopt;
}

asio::awaitable<result<void>> expect_file(http::local_client& daemon, std::string file) {
    const auto who = co_await daemon.version(patience);
    if (!who) co_return std::unexpected(who.error());
    if (is_same_file(who->file, file)) co_return result<void>{};
    const auto runs = who->file.empty() ? "does not say which file it runs"
                                        : fmt::format("runs {}; name that file with -c", who->file);
    co_return fail(
        errc::refused,
        "have the file read",
        file,
        fmt::format("the daemon of {} (process {}) {}", who->instance, who->pid, runs)
    );
}

} // namespace sluice
