#include "workbench.hpp"

#include "exit_code.hpp"
#include "terminal.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>

#include <fmt/format.h>

#include <csignal>

namespace sluice {

namespace asio = boost::asio;

namespace {

/// Reads what another process owns and never writes.
class reading_store final : public control::memory_store {
public:
    explicit reading_store(std::unique_ptr<control::memory_store> from) : from_(std::move(from)) {}
    asio::awaitable<result<control::records>> load() override { return from_->load(); }
    asio::awaitable<result<void>> save(control::records) override { co_return result<void>{}; }

private:
    std::unique_ptr<control::memory_store> from_;
};

logger make_logger(log_level least, const std::shared_ptr<scrubber>& secrets) {
    auto log = make_stderr_logger(least);
    log.scrub_with(secrets);
    return log;
}

} // namespace

log_level level_of(const common_options& common) {
    return common.debug ? log_level::debug : log_level::warning;
}

workbench::workbench(log_level least)
    : time(make_system_time(context.get_executor()))
    , secrets(std::make_shared<scrubber>())
    , log(make_logger(least, secrets))
    , world(context.get_executor(), *time, log, numbers, secrets) {}

int workbench::run(asio::awaitable<int> command) {
    int code = failed;
    asio::cancellation_signal cancel;
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code ec, int) {
        if (ec) return;
        complain("\nsluice: interrupted\n");
        cancel.emit(asio::cancellation_type::terminal);
        signals.cancel();
    });
    auto on_end = [&](const std::exception_ptr& failure, int result) {
        code = result;
        signals.cancel();
        context.stop();
        if (!failure) return;
        code = failed;
        try {
            std::rethrow_exception(failure);
        } catch (const boost::system::system_error& e) {
            if (e.code() != asio::error::operation_aborted) complain(fmt::format("sluice: {}\n", e.what()));
        } catch (const std::exception& e) {
            complain(fmt::format("sluice: {}\n", e.what()));
        }
    };
    asio::co_spawn(
        context, std::move(command), asio::bind_cancellation_slot(cancel.slot(), std::move(on_end))
    );
    context.run();
    if (world.hanging(seconds(1)).empty()) return code;
    // A library call that hangs must not keep a command that is done.
    std::fflush(nullptr);
    std::_Exit(code);
}

std::unique_ptr<control::memory_store> workbench::memory_for_reading(const std::string& state_dir) {
    return std::make_unique<reading_store>(control::make_file_memory_store(world.disk(), state_dir));
}

} // namespace sluice
