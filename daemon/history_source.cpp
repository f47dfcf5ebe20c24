#include "history_source.hpp"

#include "control/history_json.hpp"
#include "http/history_question.hpp"
#include "http/local_client.hpp"
#include "http_get.hpp"

#include <boost/json.hpp>
#include <boost/url/url.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <exception>

namespace sluice {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr milliseconds patience = seconds(10);

bool can_read(const std::string& directory) {
    return !directory.empty() && ::access(directory.c_str(), R_OK | X_OK) == 0;
}

std::string target_of(const control::history_query& wanted) {
    const auto asked = http::as_question(wanted);
    boost::urls::url target("/api/v1/history");
    if (asked.pipeline) target.params().set("pipeline", *asked.pipeline);
    if (asked.since) target.params().set("since", *asked.since);
    if (asked.limit) target.params().set("limit", *asked.limit);
    return std::string(target.buffer());
}

asio::awaitable<result<control::history_page>>
ask_over_http(workbench& bench, model::http_settings where, control::history_query wanted) {
    const auto answer = co_await http_get(bench.context.get_executor(), where, target_of(wanted), patience);
    if (!answer) co_return std::unexpected(answer.error());
    const auto whom = fmt::format("http://{}:{}", where.address, where.port);
    try {
        const auto body = json::parse(answer->body);
        co_return control::page_from(body.as_object());
    } catch (const std::exception&) {
        co_return fail(errc::bad_answer, "read the history from", whom, "it is no Sluice, or an older one");
    }
}

} // namespace

asio::awaitable<result<control::history_page>>
find_history(workbench& bench, daemon_address where, control::history_query wanted) {
    if (can_read(where.state_dir)) {
        const auto files = control::make_file_journal(bench.world.history(), where.state_dir);
        auto page = co_await files->read(wanted);
        if (page || page.error().code != errc::io) co_return page;
        bench.log.warning(
            "the files cannot be read; asking the daemon", {{"problem", page.error().message()}}
        );
    }
    auto client = co_await http::local_client::connect(where.socket, patience);
    if (client) {
        auto page = co_await (*client)->history(wanted, patience);
        if (page) co_return page;
    }
    auto tried = "at " + where.socket;
    if (where.http) {
        auto page = co_await ask_over_http(bench, *where.http, wanted);
        if (page) co_return page;
        tried += fmt::format(" or http://{}:{}", where.http->address, where.http->port);
    }
    if (!client && client.error().code == errc::unauthorized) co_return std::unexpected(client.error());
    co_return fail(
        errc::unreachable,
        "read the history of",
        where.name,
        fmt::format(
            "its files in {} are not there or not to be read, and nobody answers {}", where.state_dir, tried
        )
    );
}

} // namespace sluice
