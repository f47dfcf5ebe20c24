#include "support_bundle.hpp"

#include "base/digest.hpp"
#include "base/instant.hpp"
#include "config/load.hpp"
#include "config/regular_file.hpp"
#include "control/flight_line.hpp"
#include "control/flight_reader.hpp"
#include "control/history_json.hpp"
#include "daemon_address.hpp"
#include "history_source.hpp"
#include "http/local_client.hpp"
#include "http_get.hpp"
#include "libraries.hpp"
#include "pipeline_file.hpp"
#include "redaction.hpp"
#include "status_source.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>

namespace sluice {

namespace asio = boost::asio;
namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr milliseconds patience = seconds(10);
constexpr std::size_t largest_file = 1 << 20;
constexpr std::uintmax_t most_of_log = 4 << 20;

/// Members as they come: nothing gets in but through the redaction.
class collection {
public:
    explicit collection(redaction hidden) : hidden_(std::move(hidden)) {}

    void add(std::string name, std::string_view content) {
        members.push_back({std::move(name), hidden_.clean(content)});
    }
    void add(std::string name, const json::value& document) {
        add(std::move(name), std::string_view(json::serialize(document) + '\n'));
    }
    void lack(const std::string& name, const std::string& why) {
        missing.push_back(hidden_.clean(name + ": " + why));
    }
    [[nodiscard]] std::string clean(std::string_view text) const { return hidden_.clean(text); }

    std::vector<archive_member> members;
    std::vector<std::string> missing;

private:
    redaction hidden_;
};

void add_version(collection& all) {
    const auto build = this_build();
    all.add(
        "version.json",
        json::object{
            {"version", build.version},
            {"revision", build.revision},
            {"librdkafka", build.librdkafka},
            {"libpq", build.libpq}
        }
    );
}

void add_file(collection& all, const std::string& file) {
    const auto content = config::read_regular_file(file, largest_file);
    if (content)
        all.add("pipeline.yaml", std::string_view(redacted_file(content->bytes)));
    else
        all.lack("pipeline.yaml", content.error().message());
}

// What the systems say of themselves, as far as they were asked.
json::array versions_seen(const json::object& status) {
    json::array seen;
    const auto* dependencies = status.if_contains("dependencies");
    if (dependencies == nullptr || !dependencies->is_array()) return seen;
    for (const auto& value : dependencies->as_array()) {
        const auto& d = value.as_object();
        seen.push_back(
            json::object{{"kind", d.at("kind")}, {"name", d.at("name")}, {"version", d.at("server_version")}}
        );
    }
    return seen;
}

asio::awaitable<result<json::object>> find_status(
    workbench& bench, const std::optional<daemon_address>& where, std::optional<model::declaration> declared
) {
    result<json::object> status =
        fail(errc::unreachable, "ask the daemon", {}, "the file does not say which");
    if (where) status = co_await ask_daemon(bench, *where);
    if (!status && declared) status = co_await look_directly(bench, std::move(*declared));
    co_return status;
}

void add_status(collection& all, const result<json::object>& status) {
    if (!status) {
        for (const auto* name : {"status.json", "plan.json", "versions.json"})
            all.lack(name, status.error().message());
        return;
    }
    all.add("status.json", json::value(*status));
    if (const auto* plan = status->if_contains("plan")) all.add("plan.json", *plan);
    all.add("versions.json", json::value(versions_seen(*status)));
}

asio::awaitable<void> add_history(collection& all, workbench& bench, daemon_address where) {
    control::history_query everything;
    everything.limit = std::numeric_limits<std::size_t>::max();
    const auto page = co_await find_history(bench, std::move(where), std::move(everything));
    if (!page) {
        all.lack("history.jsonl", page.error().message());
        co_return;
    }
    std::string lines;
    for (const auto& event : page->events) lines += control::to_line(event);
    all.add("history.jsonl", std::string_view(lines));
}

// Their texts are masked already; what became a secret since is hidden here, inside packed lines, too.
void add_passes(collection& all, const std::string& state_dir) {
    const auto lines = control::read_flight_lines(state_dir);
    if (!lines) return all.lack("flight.jsonl", lines.error().message());
    if (lines->empty()) return all.lack("flight.jsonl", "no pass is recorded in " + state_dir);
    std::string text;
    for (const auto& line : *lines) {
        const auto record = control::from_flight_line(line);
        if (!record) continue;
        const auto whole = json::serialize(*record);
        const auto clean = all.clean(whole);
        boost::system::error_code ec;
        json::parse_options any_bytes;
        any_bytes.allow_invalid_utf8 = true;
        const auto value = clean == whole ? json::value(*record) : json::parse(clean, ec, {}, any_bytes);
        if (!ec && value.is_object()) text += control::to_flight_line(value.as_object());
    }
    all.members.push_back({"flight.jsonl", std::move(text)});
}

asio::awaitable<void> add_metrics(collection& all, workbench& bench, model::http_settings where) {
    const auto answer = co_await http_get(bench.context.get_executor(), where, "/metrics", patience);
    if (!answer)
        all.lack("metrics.txt", answer.error().message());
    else if (answer->status != 200)
        all.lack("metrics.txt", fmt::format("the daemon answers with {}", answer->status));
    else
        all.add("metrics.txt", std::string_view(answer->body));
}

/// Where a process writes its stderr to, when that is a file.
std::string log_file_of(std::int64_t pid) {
    std::error_code ec;
    const auto target = fs::read_symlink(fmt::format("/proc/{}/fd/2", pid), ec);
    return !ec && fs::is_regular_file(target, ec) ? target.string() : std::string();
}

std::string end_of_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::error_code ec;
    const auto size = fs::file_size(path, ec);
    const bool is_cut = !ec && size > most_of_log;
    if (is_cut) in.seekg(static_cast<std::streamoff>(size - most_of_log));
    std::ostringstream text;
    text << in.rdbuf();
    const auto all = text.str();
    const auto line_end = is_cut ? all.find('\n') : std::string::npos; // the first line is cut in two
    return line_end == std::string::npos ? all : all.substr(line_end + 1);
}

asio::awaitable<void> add_log(collection& all, std::string socket) {
    const auto client = co_await http::local_client::connect(std::move(socket), patience);
    if (!client) {
        all.lack("daemon.log", client.error().message());
        co_return;
    }
    const auto peer = co_await (*client)->version(patience);
    if (!peer) {
        all.lack("daemon.log", peer.error().message());
        co_return;
    }
    const auto path = log_file_of(peer->pid);
    if (path.empty())
        all.lack(
            "daemon.log", "the daemon does not log to a file that may be read; see journalctl -u sluice"
        );
    else
        all.add("daemon.log", std::string_view(end_of_file(path)));
}

archive_member manifest_of(const support_bundle& bundle, const collection& all) {
    const auto build = this_build();
    json::array members;
    for (const auto& m : all.members)
        members.push_back(
            json::object{{"name", m.name}, {"bytes", m.content.size()}, {"sha256", sha256_hex(m.content)}}
        );
    const json::object manifest{
        {"format", "sluice-bundle-1"},
        {"made_at", to_rfc3339(bundle.made_at)},
        {"by", fmt::format("{} ({})", build.version, build.revision)},
        {"instance", bundle.instance},
        {"members", std::move(members)},
        {"missing", json::array(all.missing.begin(), all.missing.end())},
    };
    return {"manifest.json", json::serialize(manifest) + '\n'};
}

} // namespace

asio::awaitable<support_bundle> collect_bundle(workbench& bench, common_options common) {
    const auto file = find_file(common);
    auto loaded = config::load(file, surroundings_of(file));
    for (const auto& s : loaded.secrets) bench.secrets->learn(s);
    collection all{redaction(loaded.secrets)};
    const auto where = co_await find_daemon(common);
    add_version(all);
    add_file(all, file);
    if (const auto problems = rendered(loaded.diagnostics); !problems.empty())
        all.add("file-problems.txt", std::string_view(fmt::format("{}\n", fmt::join(problems, "\n"))));
    const auto status = co_await find_status(bench, where, std::move(loaded.declared));
    add_status(all, status);
    if (where) {
        co_await add_history(all, bench, *where);
        add_passes(all, where->state_dir);
        if (where->http)
            co_await add_metrics(all, bench, *where->http);
        else
            all.lack("metrics.txt", "the file has errors, and only its daemon's socket is known");
        co_await add_log(all, where->socket);
    } else {
        for (const auto* name : {"history.jsonl", "flight.jsonl", "metrics.txt", "daemon.log"})
            all.lack(name, "the file has errors, and no daemon runs it");
    }
    support_bundle bundle{where ? where->name : "sluice", bench.time->now().wall, {}, {}};
    bundle.members.push_back(manifest_of(bundle, all));
    std::ranges::move(all.members, std::back_inserter(bundle.members));
    bundle.missing = std::move(all.missing);
    co_return bundle;
}

} // namespace sluice
