#include "service.hpp"

#include "libraries.hpp"
#include "pipeline_file.hpp"

#include <fmt/format.h>

namespace sluice {

namespace asio = boost::asio;

namespace {

constexpr milliseconds writes_may_end = seconds(2);
constexpr milliseconds children_may_end = milliseconds(300);

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
      )
    , secret_files_(bench.context.get_executor(), *bench.time, bench.world.disk())
    , children_(bench.context.get_executor(), *bench.time, [this](auto& child, auto& what) {
        bench_.log.error("a loop ended by an exception", {{"loop", child}, {"what", what}});
    }) {
    loop_.keep_history(journal, bench.secrets);
}

asio::awaitable<result<void>> service::start(config::loaded file) {
    auto recalled = co_await loop_.recall();
    if (!recalled) co_return recalled;
    const auto now = bench_.time->now().wall;
    config_.file = file_;
    config_.last_reload_at = now;
    config_.last_success_at = now;
    note(control::history_kind::started);
    loop_.tell_config(config_);
    put_in_force(std::move(file));
    loop_.start_loops();
    children_.spawn("secret files", secret_files_.listen());
    children_.spawn("secrets", follow_secrets());
    co_return result<void>{};
}

// What a running daemon cannot change under itself.
std::string service::why_not(const model::declaration& next, bool deletion_is_accepted) const {
    const auto& now = loop_.declared();
    if (next.name != now.name)
        return "`name:` is the ownership mark and cannot change in a running daemon; restart it";
    if (next.state_dir != now.state_dir) return "`state_dir:` cannot change in a running daemon; restart it";
    if (next.http != now.http) return "`http.listen:` cannot change in a running daemon; restart it";
    return deletion_is_accepted ? std::string() : loop_.objection_to(next);
}

asio::awaitable<control::reload_outcome> service::reload(bool deletion_is_accepted) {
    auto loaded = config::load(file_, with_known_secrets());
    for (const auto& s : loaded.secrets) bench_.secrets->learn(s);
    control::reload_outcome outcome;
    for (auto& text : rendered(loaded.diagnostics)) outcome.problems.push_back(bench_.secrets->scrub(text));
    if (loaded.declared) {
        if (auto reason = why_not(*loaded.declared, deletion_is_accepted); !reason.empty())
            outcome.problems.push_back(file_ + ": error: " + reason);
        else
            outcome.accepted = true;
    }
    config_.last_reload_at = bench_.time->now().wall;
    config_.last_reload_successful = outcome.accepted;
    config_.problems = outcome.problems;
    if (outcome.accepted) {
        config_.last_success_at = config_.last_reload_at;
        config_.secret_problems.clear();
        bench_.log.info("file reloaded", {{"file", file_}});
    } else {
        bench_.log.error("file refused; the last good one stays in force", {{"file", file_}});
    }
    for (const auto& problem : outcome.problems) bench_.log.warning("file", {{"problem", problem}});
    loop_.tell_config(config_);
    if (outcome.accepted) put_in_force(std::move(loaded));
    co_return outcome;
}

void service::put_in_force(config::loaded file) {
    text_in_force_ = std::move(file.text);
    secret_files_.follow(std::move(file.secret_files));
    loop_.adopt_declaration(std::move(*file.declared));
}

// --- secrets that change ----------------------------------------------------------------------------------

// A file that is being replaced must not be read halfway: what is known of it is what its watch found whole.
config::surroundings service::with_known_secrets() const {
    auto around = surroundings_of(file_);
    around.known_secret_file = [this](const std::string& path) -> std::optional<std::string> {
        const auto known = secret_files_.good().find(path);
        if (known == secret_files_.good().end()) return std::nullopt;
        return known->second.reveal();
    };
    return around;
}

asio::awaitable<void> service::follow_secrets() {
    for (;;) {
        const auto news = co_await secret_files_.next();
        use_secrets(news);
    }
}

// The file in force with the new contents: its text as it was read, whatever stands in the file by now.
void service::use_secrets(const control::secret_news& news) {
    for (const auto& [path, content] : news.good) bench_.secrets->learn(content);
    config_.secret_problems = news.problems;
    for (const auto& problem : news.problems) {
        bench_.log.warning("secret not used", {{"problem", problem}});
        note_secret("not used", {}, problem);
    }
    if (!news.changed.empty()) {
        auto loaded = config::parse(file_, text_in_force_.reveal(), with_known_secrets());
        for (const auto& s : loaded.secrets) bench_.secrets->learn(s);
        auto problem = loaded.declared ? why_not(*loaded.declared, false) : std::string();
        if (!loaded.declared && !loaded.diagnostics.empty()) problem = loaded.diagnostics.front().message;
        for (const auto& path : news.changed) {
            bench_.log.info("secret changed", {{"file", path}, {"problem", problem}});
            note_secret("changed", path, problem);
        }
        if (loaded.declared && problem.empty())
            loop_.adopt_declaration(std::move(*loaded.declared));
        else
            config_.secret_problems.push_back(
                "what was read cannot be used: " + bench_.secrets->scrub(problem)
            );
    }
    loop_.tell_config(config_);
}

void service::note_secret(const std::string& what, const std::string& path, const std::string& why) {
    control::history_event event;
    event.kind = control::history_kind::secret;
    event.subject = path;
    event.what = what;
    event.why = why;
    event.who = "daemon";
    loop_.note(std::move(event));
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
    children_.cancel();
    note(control::history_kind::stopped);
    const auto late = co_await loop_.stop(writes_may_end);
    co_await children_.join(children_may_end);
    for (const auto& name : late) bench_.log.warning("left behind at shutdown", {{"late", name}});
    for (const auto& name : children_.running())
        bench_.log.warning("left behind at shutdown", {{"late", name}});
}

} // namespace sluice
