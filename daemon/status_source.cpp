#include "status_source.hpp"

#include "base/json_fields.hpp"
#include "control/status_json.hpp"
#include "http/local_client.hpp"
#include "http_get.hpp"
#include "onlooker.hpp"
#include "state_directory.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr milliseconds patience = seconds(3);

asio::awaitable<result<json::object>> ask_over_http(workbench& bench, model::http_settings where) {
    const auto answer = co_await http_get(bench.context.get_executor(), where, "/api/v1/pipelines", patience);
    if (!answer) co_return std::unexpected(answer.error());
    boost::system::error_code ec;
    auto value = json::parse(answer->body, ec);
    if (ec || answer->status != 200 || !value.is_object())
        co_return fail(
            errc::bad_answer,
            "ask the daemon at",
            fmt::format("{}:{}", where.address, where.port),
            "it is not a Sluice"
        );
    co_return std::move(value.as_object());
}

// Nobody else does: then that is what to say of a connector that is not there.
void tell_who_creates(json::object& status) {
    const auto tell = [](json::object& thing) {
        auto reason = text_of(thing, "reason");
        if (reason.ends_with(not_there_yet)) thing["reason"] = reason + std::string(who_creates);
    };
    for (auto& value : status.at("pipelines").as_array()) {
        auto& pipeline = value.as_object();
        tell(pipeline);
        for (auto& link : pipeline.at("links").as_array()) tell(link.as_object());
    }
}

} // namespace

asio::awaitable<result<json::object>> ask_daemon(workbench& bench, daemon_address where) {
    auto client = co_await http::local_client::connect(where.socket, patience);
    if (client) {
        auto status = co_await (*client)->status(patience);
        if (status) co_return status;
    }
    auto tried = "at " + where.socket;
    if (where.http) {
        auto answer = co_await ask_over_http(bench, *where.http);
        if (answer) co_return answer;
        tried += fmt::format(" or http://{}:{}", where.http->address, where.http->port);
    }
    if (!client && client.error().code == errc::unauthorized) co_return std::unexpected(client.error());
    co_return fail(
        errc::unreachable,
        "ask the daemon of",
        where.name,
        fmt::format(
            "nobody answers {}; start it with `sluice run`, or look without it: `sluice status --direct`",
            tried
        )
    );
}

asio::awaitable<json::object> look_directly(workbench& bench, model::declaration declared) {
    const bool somebody_writes = is_locked(declared.state_dir);
    onlooker eye(bench, std::move(declared));
    co_await eye.look_once();
    auto status = control::to_json(*eye.loop().view());
    if (!somebody_writes) tell_who_creates(status);
    co_return status;
}

} // namespace sluice
