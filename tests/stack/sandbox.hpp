#pragma once
// A test's own corner of the shared local stack: databases, names, a folder and a pipeline file of its own,
// all gone at its end; and the program under test as a user runs it.

#include "base/error.hpp"

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::testing {

/// The stack's settings, as `deploy/local/stack env` tells them.
const std::map<std::string, std::string>& stack();

/// Runs deploy/local/stack with these words on the tests' stack; fails the test when it fails.
void stack_does(const std::string& words);

struct finished {
    int exit_code = -1;
    std::string out;
    std::string err;
};

/// Waits until `holds`, looking ten times a second; fails the test with `what` when it does not within
/// `limit`.
void eventually(
    const std::string& what,
    const std::function<bool()>& holds,
    std::chrono::seconds limit = std::chrono::seconds(60)
);

/// The text with the first `what` replaced; fails the test when there is none.
std::string replaced(std::string text, const std::string& what, const std::string& with);

/// Rows of a query as text, columns joined by '|', as psql -At prints them. Fails the test on an error.
std::vector<std::string> sql(const std::string& port, const std::string& database, const std::string& query);

/// One request to Connect by hand. The status, and the body.
struct rest_answer {
    int status = 0;
    std::string body;
};
rest_answer connect(const std::string& method, const std::string& path, const std::string& body = {});

/// The program as a daemon, started and stopped by the test.
class daemon_process {
public:
    daemon_process(
        std::vector<std::string> command,
        std::map<std::string, std::string> environment,
        std::filesystem::path log
    );
    ~daemon_process();
    daemon_process(const daemon_process&) = delete;
    daemon_process& operator=(const daemon_process&) = delete;

    void signal(int number) const;
    /// Waits for its end. The exit code, or -1 when `limit` is over.
    int wait(std::chrono::seconds limit);
    [[nodiscard]] bool runs();
    [[nodiscard]] pid_t id() const { return id_; }

private:
    pid_t id_ = -1;
    int status_ = 0;
    bool ended_ = false;
};

class sandbox {
public:
    /// Makes the databases with the demo's tables. `name` begins every name of this test's.
    explicit sandbox(const std::string& name);
    ~sandbox();
    sandbox(const sandbox&) = delete;
    sandbox& operator=(const sandbox&) = delete;

    /// The demo's file for this corner; `{…}` marks filled in. Written to file().
    void write_file(const std::string& yaml) const;
    [[nodiscard]] std::string usual_file() const;
    [[nodiscard]] std::filesystem::path file() const { return folder_ / "pipeline.yaml"; }

    /// Runs the program to its end, as a user would.
    [[nodiscard]] finished sluice(const std::vector<std::string>& words, const std::string& input = {}) const;
    [[nodiscard]] std::unique_ptr<daemon_process> start_daemon() const;

    /// What the daemon's HTTP server answers; status 0 when nobody does.
    [[nodiscard]] rest_answer http(const std::string& target) const;
    [[nodiscard]] std::string status_of(const std::string& pipeline = "shop") const;
    /// The value of a metric's line that begins so, or -1.
    [[nodiscard]] double metric(const std::string& line_start) const;
    /// Writes to Connect that the daemon has counted.
    [[nodiscard]] double writes() const;
    [[nodiscard]] std::string log() const;

    std::vector<std::string> source(const std::string& query) const;
    std::vector<std::string> sink(const std::string& query) const;

    /// Whether the sink's table is there and holds the row.
    [[nodiscard]] bool sink_has_product(int id) const;

    std::string instance; // also its databases' and its connectors' prefix
    std::string source_connector;
    std::string sink_connector;

private:
    [[nodiscard]] std::map<std::string, std::string> environment() const;
    void tell_what_is_left() const;

    std::filesystem::path folder_;
    int port_ = 0;
};

/// Waits until the daemon calls the pipeline ok.
void becomes_ok(const sandbox& corner);

/// Writes to the source's products, and waits until the insert, the update and the delete are in the sink.
void changes_arrive(const sandbox& corner);

} // namespace sluice::testing
