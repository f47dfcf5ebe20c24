#include "postgres/libpq_login_probe.hpp"

#include "base/remedy.hpp"
#include "postgres/login_failure.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>
#include <libpq-fe.h>

#include <netdb.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
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
    try {
        const auto first =
            co_await (socket.descriptor().async_wait(what, use_awaitable) || timer.async_wait(use_awaitable));
        co_return first.index() == 0;
    } catch (const asio::multiple_exceptions& both) { // both were cancelled
        std::rethrow_exception(both.first_exception());
    }
}

// ---- names

struct found_addresses {
    std::string problem; // empty: none
    std::vector<std::string> addresses;
};

// Blocks as long as the name servers do.
found_addresses look_up(const std::string& host) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int outcome = ::getaddrinfo(host.c_str(), nullptr, &wanted, &list);
    if (outcome != 0) return {::gai_strerror(outcome), {}};
    found_addresses found;
    for (const auto* entry = list; entry != nullptr; entry = entry->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        const int named = ::getnameinfo(
            entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST
        );
        if (named == 0) found.addresses.emplace_back(text.data());
    }
    ::freeaddrinfo(list);
    return found;
}

/// Shared with the look-up, which cannot be cancelled and may outlive the probe.
struct lookup {
    lookup(const asio::any_io_executor& executor, deadline until) : done(executor, until) {}

    asio::steady_timer done; // rung by the answer
    std::optional<found_addresses> answer;
};

awaitable<void> ask(std::shared_ptr<lookup> search, std::string host, blocking_lane& names) {
    auto call = [host = std::move(host)] { return look_up(host); };
    search->answer = co_await names.run(std::move(call));
    search->done.cancel();
}

awaitable<std::shared_ptr<lookup>>
resolve(asio::any_io_executor executor, blocking_lane& names, std::string host, deadline until) {
    auto search = std::make_shared<lookup>(executor, until);
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        search->answer = found_addresses{{}, {host}};
        co_return search;
    }
    asio::co_spawn(executor, ask(search, std::move(host), names), asio::detached);
    boost::system::error_code rung;
    auto token = asio::redirect_error(use_awaitable, rung);
    co_await search->done.async_wait(token);
    const bool is_cancelled = rung == asio::error::operation_aborted && !search->answer;
    if (is_cancelled) throw boost::system::system_error(rung);
    co_return search;
}

// ---- the connection

std::string repeated(const std::string& text, std::size_t times) {
    std::string list = text;
    for (std::size_t i = 1; i < times; ++i) list += ',' + text;
    return list;
}

/// Why the connection cannot be secured from this machine as it is declared; empty: it can.
std::string obstacle(const model::database_tls& tls) {
    if (!tls.unknown_because.empty()) return tls.unknown_because;
    const bool is_key_store = tls.key.ends_with(".p12") || tls.key.ends_with(".pfx");
    if (is_key_store) return fmt::format("the key {} is a key store, which only Java reads", tls.key);
    for (const auto& file : {tls.root_certificate, tls.certificate, tls.key})
        if (!file.empty() && ::access(file.c_str(), R_OK) != 0)
            return fmt::format(
                "{} cannot be read on this machine ({}), and without it the connection would be less secure "
                "than "
                "declared",
                file,
                std::strerror(errno)
            );
    return {};
}

/// Only these two look at the server's certificate, in pgjdbc as in libpq; where libpq finds a root
/// certificate it would look at it for the others too.
std::string root_certificate_of(const model::database_tls& tls) {
    const bool verifies = tls.mode == "verify-ca" || tls.mode == "verify-full";
    return verifies ? tls.root_certificate : "/nonexistent";
}

connection_handle start(const login& who, const std::vector<std::string>& addresses) {
    const auto root_certificate = root_certificate_of(who.tls);
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
        {"sslmode", who.tls.mode.c_str()},
        {"sslrootcert", root_certificate.c_str()},
        {"sslcert", who.tls.certificate.c_str()},
        {"sslkey", who.tls.key.c_str()},
        {"sslpassword", who.tls.key_password.reveal().c_str()},
        {"gssencmode", "disable"},
        {nullptr, nullptr},
    };
    std::vector<const char*> keys;
    std::vector<const char*> values;
    for (const auto& [key, value] : parameters) {
        keys.push_back(key);
        values.push_back(value);
    }
    // Without a hook OpenSSL asks for a pass phrase on the terminal, and the one thread waits there for ever.
    PQsetSSLKeyPassHook_OpenSSL(PQdefaultSSLKeyPassHook_OpenSSL);
    connection_handle made(PQconnectStartParams(keys.data(), values.data(), 0));
    if (made) PQsetErrorVerbosity(made.get(), PQERRORS_VERBOSE);
    return made;
}

class attempt {
public:
    attempt(asio::any_io_executor executor, blocking_lane& names, login who, milliseconds timeout)
        : executor_(std::move(executor))
        , names_(names)
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
        auto told = with_remedy(std::move(detail), peer::database, code);
        return fail(code, "log in to", std::move(subject), std::move(told));
    }
    [[nodiscard]] std::unexpected<error> refused() const {
        auto why = read_login_failure(PQerrorMessage(connection_.get()));
        return failed(why.code, std::move(why.detail));
    }
    [[nodiscard]] std::unexpected<error> too_late() const {
        return failed(errc::timeout, fmt::format("no answer within {} ms", timeout_.count()));
    }

    asio::any_io_executor executor_;
    blocking_lane& names_;
    login who_;
    milliseconds timeout_;
    deadline until_;
    connection_handle connection_;
};

awaitable<result<server_facts>> attempt::run() {
    if (auto why = obstacle(who_.tls); !why.empty()) co_return failed(errc::unsupported, std::move(why));
    const auto found = co_await resolve(executor_, names_, who_.host, until_);
    if (!found->answer)
        co_return failed(errc::timeout, fmt::format("the name {} was not resolved in time", who_.host));
    if (found->answer->addresses.empty()) {
        co_return failed(
            errc::unreachable, fmt::format("the name {} is not known: {}", who_.host, found->answer->problem)
        );
    }
    const auto connected = co_await connect(found->answer->addresses);
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
    libpq_login_probe(asio::any_io_executor executor, blocking_lane& names, milliseconds timeout)
        : executor_(std::move(executor))
        , names_(names)
        , timeout_(timeout) {}

    awaitable<result<server_facts>> probe(login who) override {
        attempt one(executor_, names_, std::move(who), timeout_);
        try {
            co_return co_await one.run();
        } catch (const boost::system::system_error& stopped) {
            if (stopped.code() != asio::error::operation_aborted) throw;
            co_return fail(errc::cancelled, "log in to a database");
        }
    }

private:
    asio::any_io_executor executor_;
    blocking_lane& names_;
    milliseconds timeout_;
};

} // namespace

std::unique_ptr<login_probe>
make_libpq_login_probe(asio::any_io_executor executor, blocking_lane& names, milliseconds timeout) {
    return std::make_unique<libpq_login_probe>(std::move(executor), names, timeout);
}

} // namespace sluice::postgres
