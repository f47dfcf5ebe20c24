#include "postgres/libpq_login_probe.hpp"

#include "postgres/login_failure.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>
#include <libpq-fe.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::postgres {

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using namespace asio::experimental::awaitable_operators;
using deadline = asio::steady_timer::time_point;
using wait_type = asio::posix::stream_descriptor::wait_type;

struct closes_connection {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct clears_result {
    void operator()(PGresult* result) const { PQclear(result); }
};
using connection_handle = std::unique_ptr<PGconn, closes_connection>;
using result_handle = std::unique_ptr<PGresult, clears_result>;

/// libpq's socket, lent to Asio for one wait: libpq may replace it at every step and closes it itself.
class borrowed_socket {
public:
    borrowed_socket(const asio::any_io_executor& executor, int socket) : descriptor_(executor, socket) {}
    ~borrowed_socket() { descriptor_.release(); }
    borrowed_socket(const borrowed_socket&) = delete;
    borrowed_socket& operator=(const borrowed_socket&) = delete;

    asio::posix::stream_descriptor& descriptor() { return descriptor_; }

private:
    asio::posix::stream_descriptor descriptor_;
};

/// False: the deadline came first.
awaitable<bool> wait_for(asio::any_io_executor executor, int libpq_socket, wait_type what, deadline until) {
    borrowed_socket socket(executor, libpq_socket);
    asio::steady_timer timer(executor, until);
    const auto first =
        co_await (socket.descriptor().async_wait(what, use_awaitable) || timer.async_wait(use_awaitable));
    co_return first.index() == 0;
}

// ---- names

/// Shared with the lookup, which cannot be cancelled and may outlive the probe.
struct lookup {
    explicit lookup(const asio::any_io_executor& executor, deadline until)
        : resolver(executor)
        , done(executor, until) {}

    tcp::resolver resolver;
    asio::steady_timer done; // rung by the answer
    std::optional<boost::system::error_code> outcome;
    std::vector<std::string> addresses;
};

void begin(const std::shared_ptr<lookup>& search, const std::string& host) {
    auto on_answer =
        [search](const boost::system::error_code& outcome, const tcp::resolver::results_type& found) {
            search->outcome = outcome;
            for (const auto& entry : found)
                search->addresses.push_back(entry.endpoint().address().to_string());
            search->done.cancel();
        };
    search->resolver.async_resolve(host, "", std::move(on_answer));
}

awaitable<std::shared_ptr<lookup>> resolve(asio::any_io_executor executor, std::string host, deadline until) {
    auto search = std::make_shared<lookup>(executor, until);
    begin(search, host);
    boost::system::error_code rung;
    auto token = asio::redirect_error(use_awaitable, rung);
    co_await search->done.async_wait(token);
    const bool is_cancelled = rung == asio::error::operation_aborted && !search->outcome;
    if (is_cancelled) throw boost::system::system_error(rung);
    co_return search;
}

// ---- the connection

std::string repeated(const std::string& text, std::size_t times) {
    std::string list = text;
    for (std::size_t i = 1; i < times; ++i) list += ',' + text;
    return list;
}

connection_handle start(const login& who, const std::vector<std::string>& addresses) {
    const auto hosts = repeated(who.host, addresses.size()); // for the check of the server's certificate
    const auto ports = repeated(fmt::format("{}", who.port), addresses.size());
    const auto hostaddrs = fmt::format("{}", fmt::join(addresses, ","));
    const std::vector<std::pair<const char*, const char*>> parameters{
        {"host", hosts.c_str()},
        {"hostaddr", hostaddrs.c_str()},
        {"port", ports.c_str()},
        {"dbname", who.database.c_str()},
        {"user", who.user.c_str()},
        {"password", who.password.reveal().c_str()},
        {"passfile", "/nonexistent"}, // these credentials are probed, no others
        {"application_name", "sluice"},
        {"sslmode", "prefer"},
        {"gssencmode", "disable"},
        {nullptr, nullptr},
    };
    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : parameters) {
        keys.push_back(key);
        values.push_back(value);
    }
    connection_handle made(PQconnectStartParams(keys.data(), values.data(), 0));
    if (made) PQsetErrorVerbosity(made.get(), PQERRORS_VERBOSE);
    return made;
}

class attempt {
public:
    attempt(asio::any_io_executor executor, login who, milliseconds timeout)
        : executor_(std::move(executor))
        , who_(std::move(who))
        , timeout_(timeout)
        , until_(std::chrono::steady_clock::now() + timeout) {}

    awaitable<result<server_facts>> run();

private:
    /// False: the deadline came first.
    awaitable<bool> socket_ready(wait_type what) {
        return wait_for(executor_, PQsocket(connection_.get()), what, until_);
    }
    awaitable<result<>> connect(std::vector<std::string> addresses);
    awaitable<result<>> select_one();
    awaitable<result<>> flush();

    [[nodiscard]] std::unexpected<error> failed(errc code, std::string detail) const {
        auto subject =
            fmt::format("the database {} at {}:{} as {}", who_.database, who_.host, who_.port, who_.user);
        return fail(code, "log in to", std::move(subject), std::move(detail));
    }
    [[nodiscard]] std::unexpected<error> refused() const {
        auto why = read_login_failure(PQerrorMessage(connection_.get()));
        return failed(why.code, std::move(why.detail));
    }
    [[nodiscard]] std::unexpected<error> too_late() const {
        return failed(errc::timeout, fmt::format("no answer within {} ms", timeout_.count()));
    }

    asio::any_io_executor executor_;
    login who_;
    milliseconds timeout_;
    deadline until_;
    connection_handle connection_;
};

awaitable<result<server_facts>> attempt::run() {
    const auto found = co_await resolve(executor_, who_.host, until_);
    if (!found->outcome)
        co_return failed(errc::timeout, fmt::format("the name {} was not resolved in time", who_.host));
    if (found->outcome->failed()) {
        co_return failed(
            errc::unreachable,
            fmt::format("the name {} is not known: {}", who_.host, found->outcome->message())
        );
    }
    const auto connected = co_await connect(found->addresses);
    if (!connected) co_return std::unexpected(connected.error());
    const auto asked = co_await select_one();
    if (!asked) co_return std::unexpected(asked.error());
    co_return server_facts{PQserverVersion(connection_.get())};
}

awaitable<result<>> attempt::connect(std::vector<std::string> addresses) {
    connection_ = start(who_, addresses);
    if (!connection_) co_return failed(errc::unreachable, "out of memory");
    if (PQstatus(connection_.get()) == CONNECTION_BAD) co_return refused();
    auto next = PGRES_POLLING_WRITING; // as libpq's manual demands for the first wait
    while (next != PGRES_POLLING_OK) {
        if (next == PGRES_POLLING_FAILED) co_return refused();
        const auto what = next == PGRES_POLLING_READING ? wait_type::wait_read : wait_type::wait_write;
        const bool in_time = co_await socket_ready(what);
        if (!in_time) co_return too_late();
        next = PQconnectPoll(connection_.get());
    }
    co_return result<>{};
}

awaitable<result<>> attempt::flush() {
    for (;;) {
        const int left = PQflush(connection_.get());
        if (left < 0) co_return refused();
        if (left == 0) co_return result<>{};
        const bool in_time = co_await socket_ready(wait_type::wait_write);
        if (!in_time) co_return too_late();
    }
}

awaitable<result<>> attempt::select_one() {
    PQsetnonblocking(connection_.get(), 1);
    if (PQsendQuery(connection_.get(), "SELECT 1") == 0) co_return refused();
    const auto sent = co_await flush();
    if (!sent) co_return std::unexpected(sent.error());
    while (PQisBusy(connection_.get()) != 0
    ) { // asked before waiting: with TLS the answer may be here already
        const bool in_time = co_await socket_ready(wait_type::wait_read);
        if (!in_time) co_return too_late();
        if (PQconsumeInput(connection_.get()) == 0) co_return refused();
    }
    const result_handle answer(PQgetResult(connection_.get()));
    if (PQresultStatus(answer.get()) != PGRES_TUPLES_OK) co_return refused();
    co_return result<>{};
}

class libpq_login_probe final : public login_probe {
public:
    libpq_login_probe(asio::any_io_executor executor, milliseconds timeout)
        : executor_(std::move(executor))
        , timeout_(timeout) {}

    awaitable<result<server_facts>> probe(login who) override {
        attempt one(executor_, std::move(who), timeout_);
        try {
            co_return co_await one.run();
        } catch (const boost::system::system_error& stopped) {
            if (stopped.code() != asio::error::operation_aborted) throw;
            co_return fail(errc::cancelled, "log in to a database");
        }
    }

private:
    asio::any_io_executor executor_;
    milliseconds timeout_;
};

} // namespace

std::unique_ptr<login_probe> make_libpq_login_probe(asio::any_io_executor executor, milliseconds timeout) {
    return std::make_unique<libpq_login_probe>(std::move(executor), timeout);
}

} // namespace sluice::postgres
