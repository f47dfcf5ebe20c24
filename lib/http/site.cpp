#include "http/site.hpp"

#include "control/history_json.hpp"
#include "control/status_json.hpp"
#include "http/health.hpp"
#include "http/history_question.hpp"
#include "http/host.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

namespace sluice::http {

namespace {

/// What an answer is made of.
struct context {
    const control::daemon_reader& daemon;
    const metrics& numbers;
    const boost::urls::url_view& url;
    std::string name; // what stands for {name} in the path

    [[nodiscard]] bool asks_for(std::string_view parameter) const { return url.params().contains(parameter); }
};

response text(std::string body) {
    return {200, "text/plain; charset=utf-8", std::move(body), {}};
}

response document(const boost::json::object& body) {
    return {200, "application/json", boost::json::serialize(body) + '\n', {}};
}

response verdict_on(const context& asked, std::span<const check> checks) {
    auto answer = text(render(checks, asked.asks_for("verbose")));
    if (!all_ok(checks)) answer.status = 503;
    return answer;
}

response livez(const context& asked) {
    return verdict_on(asked, liveness(*asked.daemon.view(), asked.daemon.now().mono));
}

response healthz(const context& asked) {
    if (!asked.asks_for("pipelines")) return livez(asked);
    return verdict_on(asked, pipeline_health(*asked.daemon.view()));
}

response readyz(const context& asked) {
    return verdict_on(asked, readiness(*asked.daemon.view(), asked.daemon.stopping()));
}

response metrics_page(const context& asked) {
    return {200, std::string(exposition_content_type), render(asked.numbers), {}};
}

// The whole document, so that `sluice status` is the same over HTTP and over the socket.
response pipelines(const context& asked) {
    return document(control::to_json(*asked.daemon.view()));
}

response one_pipeline(const context& asked) {
    const auto view = asked.daemon.view();
    const auto has_name = [&](const auto& pipeline) { return pipeline->name == asked.name; };
    const auto found = std::ranges::find_if(view->pipelines, has_name);
    if (found == view->pipelines.end()) {
        return error_response(
            404, fmt::format("no pipeline is called \"{}\"; /api/v1/pipelines lists them", asked.name)
        );
    }
    auto body = control::json_header(*view);
    body["pipeline"] = control::to_json(**found);
    return document(body);
}

response findings(const context& asked) {
    const auto view = asked.daemon.view();
    auto body = control::json_header(*view);
    body["findings"] = control::findings_json(*view);
    return document(body);
}

response plan(const context& asked) {
    const auto view = asked.daemon.view();
    auto body = control::json_header(*view);
    body["plan"] = control::to_json(view->plan);
    return document(body);
}

// --- history
// ------------------------------------------------------------------------------------------------

std::optional<std::string> parameter(const boost::urls::url_view& url, std::string_view name) {
    const auto found = url.params().find(name);
    if (found == url.params().end()) return std::nullopt;
    return std::string((*found).value);
}

boost::asio::awaitable<response> history(const context& asked) {
    const history_question question{
        parameter(asked.url, "pipeline"), parameter(asked.url, "since"), parameter(asked.url, "limit")
    };
    auto wanted = read_question(question, asked.daemon.now().wall);
    if (!wanted) co_return error_response(400, wanted.error().message());
    const auto page = co_await asked.daemon.history(std::move(*wanted));
    if (!page) co_return error_response(503, page.error().message());
    auto body = control::json_header(*asked.daemon.view());
    const auto events = control::to_json(*page);
    body.insert(events.begin(), events.end());
    co_return document(body);
}

response index(const context& asked);

enum class hosts : std::uint8_t { any, ours };

struct route {
    std::string_view method;
    std::string_view path; // a last segment {name} stands for any one segment
    hosts allowed;         // probes and scrapers come under whatever name they know
    response (*answer)(const context&);
    std::string_view about;
    boost::asio::awaitable<response> (*later)(const context&) = nullptr; // instead, where it takes a while
};

constexpr std::array routes{
    route{"GET", "/", hosts::ours, index, "this list"},
    route{"GET", "/livez", hosts::any, livez, "200 while the loops turn, else 503"},
    route{"GET", "/readyz", hosts::any, readyz, "200 once a valid file is in force and all was asked"},
    route{"GET", "/healthz", hosts::any, healthz, "as /livez; ?pipelines: 503 when any is not well"},
    route{"GET", "/metrics", hosts::any, metrics_page, "for Prometheus"},
    route{"GET", "/api/v1/pipelines", hosts::ours, pipelines, "status, links and findings of each"},
    route{"GET", "/api/v1/pipelines/{name}", hosts::ours, one_pipeline, "of one"},
    route{"GET", "/api/v1/findings", hosts::ours, findings, "what is wrong, and what to do"},
    route{"GET", "/api/v1/plan", hosts::ours, plan, "what is about to change, or waits"},
    route{"GET", "/api/v1/history", hosts::ours, nullptr, "what was seen and done", history},
};

response index(const context& asked) {
    auto body = fmt::format("Sluice, instance {}\n\n", asked.daemon.view()->instance);
    for (const auto& r : routes) body += fmt::format("{:<26} {}\n", r.path, r.about);
    body += "\nThe three probes take ?verbose, which lists their checks; history takes ?pipeline=NAME, "
            "?since=2h (or a time) and ?limit=N.\n";
    return text(std::move(body));
}

/// What stands for {name}, empty for a path without it; none when the path is another.
std::optional<std::string> match(const route& r, const boost::urls::url_view& url) {
    constexpr std::string_view variable = "{name}";
    const std::string_view path = url.encoded_path();
    if (!r.path.ends_with(variable)) return path == r.path ? std::optional(std::string()) : std::nullopt;
    const auto prefix = r.path.substr(0, r.path.size() - variable.size());
    if (!path.starts_with(prefix)) return std::nullopt;
    const auto rest = path.substr(prefix.size());
    if (rest.empty() || rest.find('/') != std::string_view::npos) return std::nullopt;
    return url.segments().back();
}

response wrong_host(const std::string& host) {
    return error_response(
        421, fmt::format("Host \"{}\" is not served here: use an IP address or localhost", host)
    );
}

response wrong_method(const std::string& method, std::string allow) {
    auto answer = error_response(405, fmt::format("{} is not possible here, only {}", method, allow));
    answer.headers.emplace_back("Allow", std::move(allow));
    return answer;
}

} // namespace

site::site(const control::daemon_reader& daemon, build_identity build, std::vector<std::string> hosts)
    : daemon_(daemon)
    , metrics_(daemon, std::move(build))
    , hosts_(std::move(hosts)) {}

boost::asio::awaitable<response> site::answer(request asked) const {
    const auto url = boost::urls::parse_origin_form(asked.target);
    if (!url) co_return error_response(400, "the request's target is not a path");
    const std::string_view method = asked.method == "HEAD" ? "GET" : std::string_view(asked.method);

    for (const auto& r : routes) {
        auto name = match(r, *url);
        if (!name) continue;
        if (r.allowed == hosts::ours && !is_allowed_host(asked.host, hosts_))
            co_return wrong_host(asked.host);
        if (r.method != method) co_return wrong_method(asked.method, "GET, HEAD");
        const context about{daemon_, metrics_, *url, std::move(*name)};
        if (r.later != nullptr) co_return co_await r.later(about);
        co_return r.answer(about);
    }
    if (!is_allowed_host(asked.host, hosts_)) co_return wrong_host(asked.host);
    co_return error_response(404, "nothing is here; / lists what is");
}

} // namespace sluice::http
