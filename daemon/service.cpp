#include "service.hpp"

#include "config/load.hpp"
#include "libraries.hpp"
#include "pipeline_file.hpp"

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

constexpr milliseconds writes_may_end = seconds(2);

/// Counts while it lives.
class counted {
public:
    explicit counted(int& number) : number_(number) { ++number_; }
    ~counted() { --number_; }
    counted(const counted&) = delete;
    counted& operator=(const counted&) = delete;

private:
    int& number_;
};

control::reconcile_mode daemon_mode() {
    control::reconcile_mode mode;
    mode.tells_news = true;
    return mode;
}

} // namespace

service::service(workbench& bench, control::memory_store& store, control::journal& journal, std::string file)
    : bench_(bench)
    , file_(std::move(file))
    , journal_(journal)
    , loop_(
          bench.context.get_executor(),
          *bench.time,
          bench.world,
          store,
          bench.log,
          bench.numbers,
          daemon_mode()
      ) {
    loop_.keep_history(journal, bench.secrets);
}

asio::awaitable<result<void>> service::start(model::declaration declared) {
    auto recalled = co_await loop_.recall();
    if (!recalled) co_return recalled;
    const auto now = bench_.time->now().wall;
    config_.file = file_;
    config_.last_reload_at = now;
    config_.last_success_at = now;
    note(control::history_kind::started);
    loop_.tell_config(config_);
    loop_.adopt_declaration(std::move(declared));
    loop_.start_loops();
    co_return result<void>{};
}

// What a running daemon cannot change under itself.
std::string service::why_not(const model::declaration& next) const {
    const auto& now = loop_.declared();
    if (next.name != now.name)
        return "`name:` is the ownership mark and cannot change in a running daemon; restart it";
    if (next.state_dir != now.state_dir) return "`state_dir:` cannot change in a running daemon; restart it";
    if (next.http != now.http) return "`http.listen:` cannot change in a running daemon; restart it";
    return loop_.objection_to(next);
}

asio::awaitable<control::reload_outcome> service::reload() {
    auto loaded = config::load(file_, config::process_surroundings(file_));
    for (const auto& s : loaded.secrets) bench_.secrets->learn(s);
    control::reload_outcome outcome;
    for (auto& text : rendered(loaded.diagnostics)) outcome.problems.push_back(bench_.secrets->scrub(text));
    if (loaded.declared) {
        if (auto reason = why_not(*loaded.declared); !reason.empty())
            outcome.problems.push_back(file_ + ": error: " + reason);
        else
            outcome.accepted = true;
    }
    config_.last_reload_at = bench_.time->now().wall;
    config_.last_reload_successful = outcome.accepted;
    config_.problems = outcome.problems;
    if (outcome.accepted) {
        config_.last_success_at = config_.last_reload_at;
        bench_.log.info("file reloaded", {{"file", file_}});
    } else {
        bench_.log.error("file refused; the last good one stays in force", {{"file", file_}});
    }
    for (const auto& problem : outcome.problems) bench_.log.warning("file", {{"problem", problem}});
    loop_.tell_config(config_);
    if (outcome.accepted) loop_.adopt_declaration(std::move(*loaded.declared));
    co_return outcome;
}

asio::awaitable<control::hold_id> service::take_hold(control::hold_request request) {
    co_return co_await loop_.take_hold(std::move(request));
}

asio::awaitable<result<control::operation_outcome>> service::operate(control::operation_request request) {
    co_return co_await loop_.operate(std::move(request));
}

void service::note(control::history_kind what) {
    const auto build = this_build();
    control::history_event event;
    event.kind = what;
    event.subject = file_;
    event.what = fmt::format("sluice {} ({})", build.version, build.revision);
    event.who = "daemon";
    loop_.note(std::move(event));
}

// A disk that hangs may keep a few of those who ask waiting, and no more.
asio::awaitable<result<control::history_page>> service::history(control::history_query wanted) const {
    constexpr int most = 2;
    if (reading_history_ >= most)
        co_return fail(
            errc::busy, "read the history of", loop_.declared().name, "others are reading it; try again"
        );
    const counted reading(reading_history_);
    co_return co_await journal_.read(std::move(wanted));
}

asio::awaitable<void> service::stop() {
    stopping_ = true;
    note(control::history_kind::stopped);
    const auto late = co_await loop_.stop(writes_may_end);
    for (const auto& name : late) bench_.log.warning("left behind at shutdown", {{"late", name}});
}

} // namespace sluice
