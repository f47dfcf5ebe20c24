#include "http/local_client.hpp"

#include "base/json_fields.hpp"
#include "control/history_json.hpp"
#include "http/history_question.hpp"
#include "http/operation_json.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include <fmt/format.h>

#include <sys/un.h>

#include <exception>
#include <type_traits>
#include <utility>

namespace sluice::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace json = boost::json;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t longest_answer = 64 << 20;
constexpr std::size_t longest_path = sizeof(sockaddr_un::sun_path) - 1;

/// The code whose word the daemon sent; a newer daemon may know more of them.
errc code_from(std::string_view word) {
    for (std::uint8_t number = 0;; ++number) {
        const auto code = static_cast<errc>(number);
        if (to_string(code) == word) return code;
        if (to_string(code) == "unknown") return errc::server_error; // behind the last one
    }
}

error connect_error(const std::string& path, const error_code& ec) {
    const std::string attempted = "reach the daemon at";
    if (ec == beast::error::timeout) return {errc::timeout, attempted, path, "it does not answer"};
    if (ec == asio::error::access_denied) {
        return {
            errc::unauthorized, attempted, path, "permission denied; run this as the daemon's user or as root"
        };
    }
    const bool nobody =
        ec == asio::error::connection_refused || ec == boost::system::errc::no_such_file_or_directory;
    return {
        errc::unreachable,
        attempted,
        path,
        nobody ? "no daemon listens there; `sluice run` starts one" : ec.message()
    };
}

} // namespace

struct local_client::impl {
    impl(const asio::any_io_executor& executor, std::string p) : stream(executor), path(std::move(p)) {}

    /// Sends one request and reads its answer; `attempted` says what for.
    asio::awaitable<result<json::object>>
    ask(json::object request, std::string attempted, milliseconds limit);

    /// What `read` finds in a reply; it throws where a key is missing or of another type.
    template <class Read>
    result<std::invoke_result_t<Read, const json::object&>>
    take(const result<json::object>& reply, const std::string& attempted, Read read) const;
    [[nodiscard]] result<json::object> judge(const std::string& line, const std::string& attempted) const;
    [[nodiscard]] std::unexpected<error> broken(const error_code& ec, const std::string& attempted) const;

    beast::basic_stream<stream_protocol> stream;
    std::string path;
    std::string received;
};

std::unexpected<error> local_client::impl::broken(const error_code& ec, const std::string& attempted) const {
    if (ec == beast::error::timeout)
        return fail(errc::timeout, attempted, path, "the daemon did not answer in time");
    if (ec == asio::error::not_found) return fail(errc::too_large, attempted, path, "the answer is too long");
    return fail(errc::unreachable, attempted, path, "the daemon ended the connection: " + ec.message());
}

result<json::object> local_client::impl::judge(const std::string& line, const std::string& attempted) const {
    error_code ec;
    auto parsed = json::parse(line, ec);
    const auto* ok = !ec && parsed.is_object() ? parsed.get_object().if_contains("ok") : nullptr;
    if (!ok || !ok->is_bool())
        return fail(errc::bad_answer, attempted, path, "this is no answer of a Sluice daemon");
    if (ok->get_bool()) return std::move(parsed.get_object());
    try {
        const auto& why = parsed.at("error");
        const auto code = code_from(json::value_to<std::string>(why.at("code")));
        return fail(code, attempted, path, json::value_to<std::string>(why.at("message")));
    } catch (const std::exception&) {
        return fail(errc::bad_answer, attempted, path, "the daemon refused without saying why");
    }
}

asio::awaitable<result<json::object>>
local_client::impl::ask(json::object request, std::string attempted, milliseconds limit) {
    const auto line = json::serialize(request) + '\n';
    stream.expires_after(limit);
    const auto [write_ec, written] = co_await asio::async_write(stream, asio::buffer(line), as_result);
    // Other failures to write are left to the reading: the daemon may have refused us before we asked.
    if (write_ec == beast::error::timeout) co_return broken(write_ec, attempted);
    auto buffer = asio::dynamic_buffer(received, longest_answer);
    const auto [read_ec, size] = co_await asio::async_read_until(stream, buffer, '\n', as_result);
    if (read_ec) co_return broken(read_ec, attempted);
    const auto answer = received.substr(0, size - 1);
    received.erase(0, size);
    co_return judge(answer, attempted);
}

template <class Read>
result<std::invoke_result_t<Read, const json::object&>>
local_client::impl::take(const result<json::object>& reply, const std::string& attempted, Read read) const {
    if (!reply) return std::unexpected(reply.error());
    try {
        return read(*reply);
    } catch (const std::exception&) {
        return fail(
            errc::bad_answer, attempted, path, "the daemon's answer lacks something; is it another version?"
        );
    }
}

local_client::local_client(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
local_client::~local_client() = default;

asio::awaitable<result<std::unique_ptr<local_client>>>
local_client::connect(std::string path, milliseconds limit) {
    const auto executor = co_await asio::this_coro::executor;
    if (path.size() > longest_path) {
        co_return fail(errc::invalid, "reach the daemon at", path, "too long for a socket's path");
    }
    auto made = std::make_unique<impl>(executor, path);
    made->stream.expires_after(limit);
    const stream_protocol::endpoint daemon(path);
    const auto [ec] = co_await made->stream.async_connect(daemon, as_result);
    if (ec) co_return std::unexpected(connect_error(path, ec));
    co_return std::unique_ptr<local_client>(new local_client(std::move(made)));
}

asio::awaitable<result<local_peer>> local_client::version(milliseconds limit) {
    const std::string attempted = "ask for the version through";
    json::object request{{"op", "version"}};
    const auto reply = co_await impl_->ask(std::move(request), attempted, limit);
    const auto peer = [](const json::object& body) {
        return local_peer{
            json::value_to<std::string>(body.at("version")),
            json::value_to<std::string>(body.at("revision")),
            json::value_to<std::string>(body.at("instance")),
            text_of(body, "file"),
            json::value_to<std::int64_t>(body.at("pid"))
        };
    };
    co_return impl_->take(reply, attempted, peer);
}

asio::awaitable<result<local_health>> local_client::health(milliseconds limit) {
    const std::string attempted = "ask for the health through";
    json::object request{{"op", "health"}};
    const auto reply = co_await impl_->ask(std::move(request), attempted, limit);
    const auto health = [](const json::object& body) {
        return local_health{body.at("live").as_bool(), json::value_to<std::string>(body.at("text"))};
    };
    co_return impl_->take(reply, attempted, health);
}

asio::awaitable<result<json::object>> local_client::status(milliseconds limit) {
    const std::string attempted = "ask for the status through";
    json::object request{{"op", "status"}};
    const auto reply = co_await impl_->ask(std::move(request), attempted, limit);
    const auto document = [](const json::object& body) { return body.at("status").as_object(); };
    co_return impl_->take(reply, attempted, document);
}

asio::awaitable<result<control::history_page>>
local_client::history(control::history_query wanted, milliseconds limit) {
    const std::string attempted = "ask for the history through";
    const auto asked = as_question(wanted);
    json::object request{{"op", "history"}};
    if (asked.pipeline) request["pipeline"] = *asked.pipeline;
    if (asked.since) request["since"] = *asked.since;
    if (asked.limit) request["limit"] = *asked.limit;
    const auto reply = co_await impl_->ask(std::move(request), attempted, limit);
    const auto page = [](const json::object& body) { return control::page_from(body); };
    co_return impl_->take(reply, attempted, page);
}

asio::awaitable<result<control::reload_outcome>>
local_client::reload(milliseconds limit, bool deletion_is_accepted) {
    const std::string attempted = "reload through";
    json::object request{{"op", "reload"}};
    if (deletion_is_accepted) request["accept_deletion"] = true;
    auto reply = co_await impl_->ask(std::move(request), attempted, limit);
    if (!reply && reply.error().code == errc::timeout) reply.error().code = errc::outcome_unknown;
    const auto outcome = [](const json::object& body) {
        return control::reload_outcome{
            body.at("accepted").as_bool(), json::value_to<std::vector<std::string>>(body.at("problems"))
        };
    };
    co_return impl_->take(reply, attempted, outcome);
}

asio::awaitable<result<control::hold_id>>
local_client::hold(control::hold_request request, milliseconds limit) {
    const std::string attempted = "take a hold through";
    json::object body{{"op", "hold"}, {"reason", request.reason}};
    body["connectors"] = json::array(request.connectors.begin(), request.connectors.end());
    const auto reply = co_await impl_->ask(std::move(body), attempted, limit);
    const auto id = [](const json::object& answer) {
        return json::value_to<control::hold_id>(answer.at("hold"));
    };
    co_return impl_->take(reply, attempted, id);
}

asio::awaitable<result<void>> local_client::release(milliseconds limit) {
    json::object request{{"op", "release"}};
    const auto reply = co_await impl_->ask(std::move(request), "release a hold through", limit);
    if (!reply) co_return std::unexpected(reply.error());
    co_return result<void>();
}

asio::awaitable<result<control::operation_outcome>>
local_client::operate(control::operation_request request, milliseconds limit) {
    const auto attempted = fmt::format("{} {} through", control::to_string(request.what), request.name);
    auto body = to_json(request);
    auto reply = co_await impl_->ask(std::move(body), attempted, limit);
    if (!reply && reply.error().code == errc::timeout) reply.error().code = errc::outcome_unknown;
    const auto outcome = [](const json::object& answer) { return operation_outcome_from(answer); };
    co_return impl_->take(reply, attempted, outcome);
}

} // namespace sluice::http
