#include "control/history.hpp"

#include "control/history_json.hpp"

#include <fmt/format.h>

#include <utility>

namespace sluice::control {

namespace asio = boost::asio;

namespace {

void scrub(std::optional<std::string>& text, const scrubber& secrets) {
    if (text) text = secrets.scrub(*text);
}

void scrub(history_event& event, const scrubber& secrets) {
    for (auto* text : {&event.before, &event.after, &event.why, &event.answer}) *text = secrets.scrub(*text);
    for (auto& key : event.keys) {
        scrub(key.before, secrets);
        scrub(key.after, secrets);
    }
}

} // namespace

history::history(time_source& time, const logger& log, telemetry& numbers)
    : time_(time)
    , log_(log)
    , numbers_(numbers)
    , wake_(time.make_alarm()) {}

void history::write_to(journal& where, std::shared_ptr<const scrubber> secrets) {
    journal_ = &where;
    secrets_ = std::move(secrets);
}

void history::note(history_event event) {
    if (journal_ == nullptr) return;
    if (event.at == wall_time{}) event.at = time_.now().wall;
    if (secrets_) scrub(event, *secrets_);
    const auto line = to_line(event);
    if (waiting_.size() + line.size() > most_waiting) {
        drop(1, "the disk does not keep up");
        return;
    }
    waiting_ += line;
    ++waiting_events_;
    wake_->ring();
}

void history::note(std::vector<history_event> events) {
    for (auto& event : events) note(std::move(event));
}

asio::awaitable<void> history::run() {
    for (;;) {
        co_await wake_->wait();
        co_await write();
    }
}

asio::awaitable<void> history::write() {
    if (journal_ == nullptr || waiting_.empty()) co_return;
    auto lines = std::exchange(waiting_, {});
    const auto events = std::exchange(waiting_events_, 0);
    const auto written = co_await journal_->append(std::move(lines));
    if (written)
        tell_what_was_dropped();
    else
        drop(events, written.error().message());
}

void history::drop(std::uint64_t events, const std::string& why) {
    if (dropped_ == 0) log_.error("history is not written", {{"problem", why}});
    dropped_ += events;
    numbers_.history_dropped += events;
}

void history::tell_what_was_dropped() {
    if (dropped_ == 0) return;
    const auto events = std::exchange(dropped_, 0);
    log_.warning("history is written again", {{"events_dropped", events}});
    history_event gap;
    gap.at = time_.now().wall;
    gap.kind = history_kind::dropped;
    gap.what = fmt::format("{} events", events);
    gap.why = "they could not be written";
    waiting_ += to_line(gap); // whatever room there is
    ++waiting_events_;
    wake_->ring();
}

} // namespace sluice::control
