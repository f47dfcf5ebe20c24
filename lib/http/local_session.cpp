#include "http/local_session.hpp"

#include "base/json_fields.hpp"
#include "control/history_json.hpp"
#include "control/operations.hpp"
#include "control/status_json.hpp"
#include "http/health.hpp"
#include "http/history_question.hpp"
#include "http/operation_json.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <unistd.h>

#include <exception>
#include <optional>

namespace sluice::http {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

json::object failure(errc code, std::string_view message) {
    return {{"ok", false}, {"error", {{"code", to_string(code)}, {"message", message}}}};
}

/// The names in `connectors`, none when it is no list of texts.
std::optional<std::vector<std::string>> names_in(const json::object& asked) {
    std::vector<std::string> names;
    const auto* list = asked.if_contains("connectors");
    if (!list) return names;
    if (!list->is_array()) return std::nullopt;
    for (const auto& name : list->get_array()) {
        if (!name.is_string()) return std::nullopt;
        names.emplace_back(name.get_string());
    }
    return names;
}

std::optional<std::string> text_if(const json::object& asked, std::string_view key) {
    return asked.contains(key) ? std::optional(text_of(asked, key)) : std::nullopt;
}

} // namespace

local_session::local_session(unix_stream peer, std::shared_ptr<local_service> service)
    : peer_(std::move(peer))
    , service_(std::move(service)) {
    ++service_->connections;
}

local_session::~local_session() {
    --service_->connections;
}

asio::awaitable<void> local_session::serve() {
    std::exception_ptr failed; // a cancellation too: the holds must end with the session whatever ends it
    try {
        co_await answer_lines();
    } catch (...) {
        failed = std::current_exception();
    }
    release();
    if (failed) std::rethrow_exception(failed);
}

asio::awaitable<void> local_session::answer_lines() {
    const auto& limits = service_->limits;
    if (!peer_is_trusted(peer_)) {
        const auto refusal =
            failure(errc::unauthorized, "only the daemon's own user and root may use this socket");
        co_await send(refusal);
        co_return;
    }
    if (service_->connections > limits.connections) {
        const auto refusal = failure(errc::busy, "too many commands are connected; try again");
        co_await send(refusal);
        co_return;
    }
    for (;;) {
        auto buffer = asio::dynamic_buffer(received_, limits.line_bytes);
        const auto [ec, size] = co_await asio::async_read_until(peer_, buffer, '\n', as_result);
        if (ec == asio::error::not_found) {
            const auto refusal =
                failure(errc::too_large, fmt::format("a line has more than {} bytes", limits.line_bytes));
            co_await send(refusal);
        }
        if (ec) co_return;
        const auto line = received_.substr(0, size - 1);
        received_.erase(0, size);
        const auto reply = co_await answer(line);
        const bool sent = co_await send(reply);
        if (!sent) co_return;
    }
}

asio::awaitable<json::object> local_session::answer(std::string_view line) {
    error_code ec;
    const auto parsed = json::parse(line, ec);
    if (ec || !parsed.is_object())
        co_return failure(errc::invalid, "a request is one JSON object in one line");
    const auto& asked = parsed.get_object();
    const auto op = text_of(asked, "op");
    std::string why;
    try {
        co_return co_await carry_out(op, asked);
    } catch (const boost::system::system_error& e) {
        if (e.code() == asio::error::operation_aborted) throw;
        why = e.what();
    } catch (const std::exception& e) {
        why = e.what();
    }
    service_->log.error("a command could not be carried out", {{"op", op}, {"why", why}});
    co_return failure(errc::server_error, "the daemon could not carry this out; its log says why");
}

asio::awaitable<json::object> local_session::carry_out(std::string_view op, const json::object& asked) {
    if (op == "reload") co_return co_await reload(asked);
    if (op == "history") co_return co_await history(asked);
    if (op == "hold") co_return co_await hold(asked);
    if (const auto what = control::operation_from(op)) co_return co_await operate(*what, asked);
    if (op == "release") {
        release();
        co_return json::object{{"ok", true}};
    }
    const auto view = service_->daemon.view();
    if (op == "status") co_return json::object{{"ok", true}, {"status", control::to_json(*view)}};
    if (op == "health") {
        const auto checks = liveness(*view, service_->daemon.now().mono);
        co_return json::object{{"ok", true}, {"live", all_ok(checks)}, {"text", render(checks, false)}};
    }
    if (op == "version") {
        const auto& build = service_->build;
        co_return json::object{
            {"ok", true},
            {"version", build.version},
            {"revision", build.revision},
            {"instance", view->instance},
            {"file", view->config.file},
            {"pid", ::getpid()},
        };
    }
    co_return failure(errc::unsupported, fmt::format("this daemon knows no \"{}\"", op));
}

asio::awaitable<json::object> local_session::reload(const json::object& asked) {
    const auto* accepted = asked.if_contains("accept_deletion");
    const bool deletion_is_accepted = accepted != nullptr && accepted->is_bool() && accepted->as_bool();
    const auto outcome = co_await service_->daemon.reload(deletion_is_accepted);
    json::object reply{{"ok", true}, {"accepted", outcome.accepted}};
    reply["problems"] = json::array(outcome.problems.begin(), outcome.problems.end());
    co_return reply;
}

asio::awaitable<json::object> local_session::history(const json::object& asked) {
    const history_question question{
        text_if(asked, "pipeline"), text_if(asked, "since"), text_if(asked, "limit")
    };
    auto wanted = read_question(question, service_->daemon.now().wall);
    if (!wanted) co_return failure(wanted.error().code, wanted.error().message());
    const auto page = co_await service_->daemon.history(std::move(*wanted));
    if (!page) co_return failure(page.error().code, page.error().message());
    auto reply = control::to_json(*page);
    reply["ok"] = true;
    co_return reply;
}

asio::awaitable<json::object> local_session::hold(const json::object& asked) {
    auto names = names_in(asked);
    if (!names) co_return failure(errc::invalid, "`connectors` is a list of names");
    control::hold_request request{std::move(*names), text_of(asked, "reason")};
    const auto id = co_await service_->daemon.take_hold(std::move(request));
    holds_.push_back(id);
    co_return json::object{{"ok", true}, {"hold", id}};
}

asio::awaitable<json::object> local_session::operate(control::operation what, const json::object& asked) {
    auto request = operation_request_from(what, asked);
    if (!request) co_return failure(request.error().code, request.error().message());
    const auto outcome = co_await service_->daemon.operate(std::move(*request));
    // What was tried, and on what, whoever asked knows.
    if (!outcome) co_return failure(outcome.error().code, outcome.error().detail);
    auto reply = to_json(*outcome);
    reply["ok"] = true;
    co_return reply;
}

asio::awaitable<bool> local_session::send(const json::object& answer) {
    const auto line = json::serialize(answer) + '\n';
    const auto [ec, size] = co_await asio::async_write(peer_, asio::buffer(line), as_result);
    co_return !ec;
}

void local_session::release() {
    for (const auto id : holds_) service_->daemon.release(id);
    holds_.clear();
}

} // namespace sluice::http
