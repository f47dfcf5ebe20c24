// Which daemon a command speaks to, told by the file that both are about.
#include "daemon/daemon_address.hpp"
#include "http/local_socket.hpp"
#include "support/async.hpp"
#include "support/config_files.hpp"
#include "support/sample_view.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/io_context.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::testing;
using boost::asio::awaitable;
using Catch::Contains;
namespace fs = std::filesystem;

namespace {

constexpr auto soon = seconds(20); // never reached by a test that passes

/// Says which file it runs, and does nothing.
class idle_daemon final : public control::daemon_commands {
public:
    idle_daemon(const std::string& instance, const std::string& file) {
        sample.current.instance = instance;
        sample.current.config.file = file;
    }

    [[nodiscard]] std::shared_ptr<const control::status_view> view() const override { return sample.view(); }
    [[nodiscard]] const control::telemetry& numbers() const override { return sample.numbers(); }
    [[nodiscard]] moment now() const override { return sample.now(); }
    [[nodiscard]] bool stopping() const override { return false; }
    awaitable<result<control::history_page>> history(control::history_query wanted) const override {
        co_return co_await sample.history(std::move(wanted));
    }
    awaitable<control::reload_outcome> reload(bool) override { co_return control::reload_outcome{}; }
    awaitable<control::hold_id> take_hold(control::hold_request) override { co_return 1; }
    void release(control::hold_id) override {}
    awaitable<result<control::operation_outcome>> operate(control::operation_request) override {
        co_return control::operation_outcome{};
    }

    sample_reader sample;
};

/// A folder with files and with the sockets of daemons, which is where commands look for them.
class fixture {
public:
    fixture() {
        fs::create_directory(sockets);
        if (const char* value = std::getenv("RUNTIME_DIRECTORY"); value != nullptr) before = value;
        ::setenv("RUNTIME_DIRECTORY", sockets.c_str(), 1);
    }
    ~fixture() {
        if (before)
            ::setenv("RUNTIME_DIRECTORY", before->c_str(), 1);
        else
            ::unsetenv("RUNTIME_DIRECTORY");
    }
    fixture(const fixture&) = delete;
    fixture& operator=(const fixture&) = delete;

    [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(folder.file(name)) << text;
        return folder.file(name);
    }

    std::string start(const std::string& instance, const std::string& file) {
        daemons.push_back(std::make_unique<idle_daemon>(instance, file));
        const auto path = sockets + '/' + instance + ".sock";
        auto socket = http::local_socket::listen(
            context.get_executor(), *time, path, *daemons.back(), {"0.1.0", "abc", "", ""}, log
        );
        REQUIRE(socket);
        listening.push_back(std::move(*socket));
        return path;
    }

    /// Runs the body, then ends the daemons, whatever became of it.
    template <class Body>
    void run(Body body) {
        auto whole = [&]() -> awaitable<void> {
            std::exception_ptr failure;
            try {
                co_await body();
            } catch (...) {
                failure = std::current_exception();
            }
            for (const auto& socket : listening) co_await socket->stop(soon);
            if (failure) std::rethrow_exception(failure);
        };
        run_async(context, whole);
    }

    std::optional<daemon_address> find(const std::string& file) {
        std::optional<daemon_address> found;
        const common_options common{file};
        run([&]() -> awaitable<void> { found = co_await find_daemon(common); });
        return found;
    }

    result<void> expect(const std::string& socket, const std::string& file) {
        result<void> same;
        run([&]() -> awaitable<void> {
            const auto client = co_await http::local_client::connect(socket, soon);
            if (client)
                same = co_await expect_file(**client, file);
            else
                same = std::unexpected(client.error());
        });
        return same;
    }

    temporary_folder folder;
    std::string sockets = folder.file("run");
    boost::asio::io_context context{1};
    std::unique_ptr<time_source> time = make_system_time(context.get_executor());
    logger log{[](log_level, std::string_view) {}};
    std::vector<std::unique_ptr<idle_daemon>> daemons;
    std::vector<std::unique_ptr<http::local_socket>> listening;
    std::optional<std::string> before;
};

const std::string broken = "name: shop\npipelines: [\n";

} // namespace

TEST_CASE("a sound file tells by its instance's name where its daemon is, also without its passwords") {
    fixture f;
    const auto found = f.find(f.write("pipeline.yaml", small_file));
    REQUIRE(found);
    CHECK(found->name == "demo");
    CHECK(found->socket == f.sockets + "/demo.sock");
    CHECK(found->pipelines == std::vector<std::string>{"shop"});
}

TEST_CASE("a secret that only the daemon may read hides neither its socket nor its HTTP address") {
    fixture f;
    std::string text = small_file;
    const std::string from_environment = "!env SOURCE_DB_PASSWORD";
    const auto at = text.find(from_environment);
    REQUIRE(at != std::string::npos);
    text.replace(at, from_environment.size(), "!file not-here-and-not-for-us");
    const auto found = f.find(f.write("pipeline.yaml", text + "http: {listen: '127.0.0.1:18084'}\n"));
    REQUIRE(found);
    CHECK(found->socket == f.sockets + "/demo.sock");
    REQUIRE(found->http);
    CHECK(found->http->port == 18084);
}

TEST_CASE("where only the socket is known no HTTP address is made up") {
    fixture f;
    const auto file = f.write("pipeline.yaml", broken);
    f.start("shop", file);
    const auto found = f.find(file);
    REQUIRE(found);
    CHECK_FALSE(found->http);
}

TEST_CASE("with a broken file the daemon that runs it is found among several, by whatever path it names it") {
    fixture f;
    const auto file = f.write("pipeline.yaml", broken);
    const auto link = f.folder.file("link.yaml");
    fs::create_symlink(file, link);
    f.start("another", f.write("another.yaml", broken));
    const auto socket = f.start("shop", link);
    const auto found = f.find(file);
    REQUIRE(found);
    CHECK(found->name == "shop");
    CHECK(found->socket == socket);
}

TEST_CASE(
    "with a broken file a daemon that runs another one is not taken for its daemon, though it is the only one"
) {
    fixture f;
    const auto file = f.write("pipeline.yaml", broken);
    f.start("another", f.write("another.yaml", broken));
    CHECK_FALSE(f.find(file));
}

TEST_CASE(
    "a daemon is expected to run the file that a command is about, and refused with the one that it runs"
) {
    fixture f;
    const auto file = f.write("pipeline.yaml", broken);
    const auto another = f.write("another.yaml", broken);
    const auto socket = f.start("demo", file);

    SECTION("the same") {
        CHECK(f.expect(socket, f.folder.file("run/../pipeline.yaml")));
    }
    SECTION("another") {
        const auto same = f.expect(socket, another);
        REQUIRE_FALSE(same);
        CHECK(same.error().code == errc::refused);
        CHECK_THAT(same.error().message(), Contains(another) && Contains("runs " + file) && Contains("-c"));
    }
    SECTION("a file that is not there") {
        CHECK_FALSE(f.expect(socket, f.folder.file("gone.yaml")));
    }
    SECTION("none yet") {
        f.daemons.back()->sample.current.config.file.clear();
        const auto same = f.expect(socket, file);
        REQUIRE_FALSE(same);
        CHECK_THAT(same.error().message(), Contains("does not say"));
    }
}
