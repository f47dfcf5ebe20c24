#include "connect/workers.hpp"

#include "base/remedy.hpp"

#include <utility>

namespace sluice::connect {

namespace asio = boost::asio;

namespace {

// Shorter than Jetty's 30 s, longer than the interval between two passes.
constexpr auto idle_limit = seconds(20);
constexpr std::size_t idle_per_worker = 16; // as many as creations run at a time

connection_settings
settings_of(asio::any_io_executor executor, time_source& time, const model::connect_cluster& cluster) {
    connection_settings s;
    s.executor = std::move(executor);
    s.time = &time;
    s.authorization = basic_authorization(cluster.username, cluster.password.value_or(secret()));
    s.ca_file = cluster.ca_file;
    s.certificate_file = cluster.certificate_file;
    s.key_file = cluster.key_file;
    s.body_limit = cluster.body_limit;
    return s;
}

/// What is told when every worker failed: the failure that came furthest, and beside it the others.
class failures {
public:
    void add(const worker_url& at, failure why) {
        const bool says_more = all_.empty() || why.reached > all_[told_].why.reached;
        if (says_more) told_ = all_.size();
        all_.push_back({at.text, std::move(why)});
    }

    error as_error(const request& what) const {
        const auto& told = all_[told_];
        auto detail = told.why.detail;
        for (std::size_t i = 0; i < all_.size(); ++i) {
            if (i != told_) detail += "; " + all_[i].at + ": " + all_[i].why.detail;
        }
        const auto code = code_for_caller(what, told.why);
        const bool says_it_itself = told.why.reached == progress::answered; // see failure_in
        if (!says_it_itself) detail = with_remedy(std::move(detail), peer::connect, code);
        return {code, what.attempted, told.at, std::move(detail)};
    }

private:
    struct entry {
        std::string at;
        failure why;
    };

    std::vector<entry> all_;
    std::size_t told_ = 0;
};

} // namespace

workers::workers(
    asio::any_io_executor executor,
    time_source& time,
    const model::connect_cluster& cluster,
    std::shared_ptr<const scrubber> known
)
    : time_(time)
    , known_(std::move(known))
    , settings_(settings_of(std::move(executor), time, cluster)) {
    for (const auto& text : cluster.urls) {
        auto url = parse_worker_url(text);
        if (url)
            targets_.push_back({std::move(*url), {}});
        else
            unusable_.push_back(std::move(url.error()));
    }
}

asio::awaitable<result<workers::reply>> workers::send(request what, mono_time deadline) {
    if (!unusable_.empty()) co_return std::unexpected(unusable_.front());
    if (targets_.empty())
        co_return fail(errc::invalid, what.attempted, "(no URL)", "the Connect cluster has no urls");
    close_the_long_idle();
    const auto first = preferred_;
    const auto count = targets_.size();
    failures met;
    for (std::size_t i = 0; i < count; ++i) {
        const auto index = (first + i) % count;
        const auto& url = targets_[index].url;
        const auto connect_by = share_of(time_.now().mono, deadline, count - i);
        auto got = co_await ask(index, what, connect_by, deadline);
        if (got) {
            preferred_ = index;
            reply r{std::move(*got), url.text};
            co_return r;
        }
        const auto& why = got.error();
        const bool go_on = may_fail_over(what, why);
        // A worker that says no is as good as any. One that hangs took the whole deadline: begin elsewhere
        // next time.
        if (!go_on && why.reached == progress::answered) preferred_ = index;
        if (why.code == errc::timeout && preferred_ == index) preferred_ = (index + 1) % count;
        met.add(url, std::move(got.error()));
        if (!go_on) break;
    }
    co_return std::unexpected(met.as_error(what));
}

asio::awaitable<workers::outcome>
workers::ask(std::size_t whom, request what, mono_time connect_by, mono_time deadline) {
    if (auto link = take_idle(targets_[whom])) {
        auto got = co_await exchange(whom, std::move(link), what, deadline);
        if (got || !is_worth_a_fresh_connection(what, got.error())) co_return got;
        targets_[whom].idle.clear(); // the others are likely as stale
    }
    auto fresh = co_await open_connection(targets_[whom].url, settings_, connect_by);
    if (!fresh) co_return std::unexpected(std::move(fresh.error()));
    co_return co_await exchange(whom, std::move(*fresh), std::move(what), deadline);
}

asio::awaitable<workers::outcome>
workers::exchange(std::size_t whom, std::unique_ptr<connection> link, request what, mono_time deadline) {
    auto got = co_await link->exchange(what, deadline);
    if (!got) co_return got;
    // Whatever the answer says, the connection that brought it is good for another one.
    auto& idle = targets_[whom].idle;
    if (idle.size() < idle_per_worker) idle.push_back({std::move(link), time_.now().mono});
    if (auto problem = failure_in(*got, what, *known_)) co_return std::unexpected(std::move(*problem));
    co_return got;
}

/// The one used last: the others may then fall idle for good.
std::unique_ptr<connection> workers::take_idle(target& from) {
    while (!from.idle.empty()) {
        auto last = std::move(from.idle.back());
        from.idle.pop_back();
        if (last.link->is_reusable()) return std::move(last.link);
    }
    return nullptr;
}

void workers::close_the_long_idle() {
    const auto oldest = time_.now().mono - idle_limit;
    for (auto& each : targets_) {
        std::erase_if(each.idle, [&](const idle_connection& c) { return c.since < oldest; });
    }
}

} // namespace sluice::connect
